"""The network, in the order of the paper."""
