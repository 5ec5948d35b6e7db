"""OSR-Net: two encoders, attention, and an affine found at three resolutions."""
