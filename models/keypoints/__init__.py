"""Keypoints of both sensors, their descriptors, and matches of them made exact."""
