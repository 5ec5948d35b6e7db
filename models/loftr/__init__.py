"""LoFTR on features of both encoders (Sun et al., CVPR 2021): no keypoints at all."""
