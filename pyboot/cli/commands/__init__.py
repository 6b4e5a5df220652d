"""The commands, one a file; none imports another."""
