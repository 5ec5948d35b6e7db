"""One question each, the command that answers it."""
