"""Training of the networks; not shipped."""
