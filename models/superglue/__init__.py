"""SuperGlue on keypoints that radar and light share (Sarlin et al., CVPR 2020)."""
