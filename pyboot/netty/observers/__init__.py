"""Observers of the connections of servers and clients, besides their handlers: groups that a server feeds."""
