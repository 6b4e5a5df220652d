"""Addresses as people write them: ``127.0.0.1:80``, ``[::1]:80`` (RFC 3986 3.2.2), a path, or ``@name`` for an abstract one of Linux."""

from __future__ import annotations

from typing import Any

__all__ = ["address_text"]


def address_text(address: Any) -> str:
    """The text of *address*, as a socket or a user gives it: host and port, or a path. No host is ``*``; several are all named."""
    if isinstance(address, bytes):
        address = address.decode(errors="surrogateescape")
    if isinstance(address, str):
        return f"@{address[1:]}" if address.startswith("\0") else address
    if not isinstance(address, tuple) or len(address) < 2:
        return str(address)
    host, port = address[:2]
    if isinstance(host, list | tuple):
        return ", ".join(address_text((each, port)) for each in host)
    return f"[{host}]:{port}" if isinstance(host, str) and ":" in host else f"{host or '*'}:{port}"
