"""Exchanges of HTTP: the last requests of the application's servers, and their responses."""
