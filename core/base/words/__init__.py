"""What is said to a person, once, in every language: a leaf of plain Python."""
