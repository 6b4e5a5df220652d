"""A channel without a network, on a loop whose clock its test turns."""
