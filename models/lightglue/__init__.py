"""LightGlue on keypoints that radar and light share (Lindenberger et al. 2023)."""
