"""The rows of the tables: one name, one way from two images to an alignment."""
