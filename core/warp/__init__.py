"""Resample once and stream into a cloud-optimised GeoTIFF; knows no registration."""
