"""Everything between the network and the matcher protocol."""
