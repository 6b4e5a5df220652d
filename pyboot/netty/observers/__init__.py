"""Observers of connections, besides their handlers: groups that a server feeds, methods of beans that hear of channels."""
