"""Endpoints over HTTP: the server, what is asked, and what is answered."""
