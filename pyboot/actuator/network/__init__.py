"""Endpoints of the network: servers, their connections, what stands in pipelines, the loops, and the memory of buffers."""
