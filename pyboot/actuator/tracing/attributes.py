"""What spans say of both ends and of an answer, by the names of OpenTelemetry's semantic conventions (HTTP, stable since 1.23)."""

from typing import Any, Final

KNOWN_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"})
OTHER: Final = "_OTHER"
SCOPE: Final = "pyboot"
"""The name of the tracer."""

type Attributes = dict[str, Any]


def method_attributes(method: str) -> Attributes:
    """Return what tells the method; one that nobody knows is ``_OTHER``, and stands as it was beside."""
    if method in KNOWN_METHODS:
        return {"http.request.method": str(method)}
    return {"http.request.method": OTHER, "http.request.method_original": str(method)}


def named_method(method: str) -> str:
    """Return the method as the name of a span has it: ``HTTP`` stands for one that nobody knows."""
    return str(method) if method in KNOWN_METHODS else "HTTP"


def peer_attributes(address: object) -> Attributes:
    """Return what tells the other end of a connection, a host with its port or a path."""
    if isinstance(address, tuple):
        return {"network.peer.address": str(address[0]), "network.peer.port": address[1]}
    return {"network.peer.address": str(address)} if address else {}


def error_type(error: BaseException) -> str:
    """Return the full name of what was raised."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
