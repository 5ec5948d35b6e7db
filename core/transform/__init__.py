"""Transforms: one file per kind, and the JSON file they are stored in."""
