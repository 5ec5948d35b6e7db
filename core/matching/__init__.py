"""What a matcher is, and the one that needs no torch."""
