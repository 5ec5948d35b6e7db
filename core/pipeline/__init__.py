"""The method in order: preflight, coarse to fine, register, assess."""
