"""Layers and the map: inputs read, results placed and styled, online maps drawn."""
