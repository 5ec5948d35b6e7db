"""Sets of images, protocols and the pairs that these make."""
