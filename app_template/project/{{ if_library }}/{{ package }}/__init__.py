"""A server made of the network library alone: nothing here knows of a container."""
