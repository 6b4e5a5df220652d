"""Bridges: the codecs that a report offers to stand between two that do not fit, or in front of one whose messages nobody encodes. Pure."""

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple, final

from .flow import Way
from .kinds import BUFFER, BYTES_LIKE, Kind

_TEXT = Kind((str,))
_HTTP = "pyboot.components.netty.wire.http.message"
_FRAME = "pyboot.components.netty.wire.websocket.frame"


@final
class Bridge(NamedTuple):
    """One codec: its name as a pipeline has it, what it takes and what it makes."""

    name: str
    taken: Kind
    made: Kind


_PLAIN = (  # the usual first
    Bridge("'string'", BYTES_LIKE, _TEXT),
    Bridge("'json'", BYTES_LIKE | _TEXT, Kind((dict, list))),
    Bridge("'bytes'", BUFFER, Kind((bytes,))),
)


def _of_web(*, is_client: bool) -> Sequence[Bridge]:
    """Those of HTTP: whose messages somebody wants has imported them."""
    if _HTTP not in sys.modules:
        return ()
    name, head = ("'http-client'", "HttpResponse") if is_client else ("'http'", "HttpRequest")
    pieces, whole = _loaded(_HTTP, head, "HttpContent"), _loaded(_HTTP, f"Full{head}")
    bridges = [Bridge(name, BYTES_LIKE, whole), Bridge("'http-aggregator'", pieces, whole)]
    if _FRAME in sys.modules:
        frames = _loaded(_FRAME, "WebSocketFrame")
        bridges.append(Bridge("'websocket-client'", BYTES_LIKE, frames) if is_client else Bridge("'websocket'", pieces, frames))
    return bridges


def _loaded(module: str, *names: str) -> Kind:
    return Kind(getattr(sys.modules[module], name) for name in names)


def between(kind: Kind, way: Way, *, is_client: bool) -> tuple[str, ...]:
    """Return the fewest codecs that make of *kind* what *way* takes, as a pipeline names them; none if no two do."""
    bridges = (*_PLAIN, *_of_web(is_client=is_client))
    for bridge in bridges:
        if kind.chosen(bridge.taken) and way.takes(bridge.made):
            return (bridge.name,)
    for first in bridges:
        for second in bridges:
            if first is not second and kind.chosen(first.taken) and first.made.chosen(second.taken) and way.takes(second.made):
                return (first.name, second.name)
    return ()


def giving(kind: Kind, attribute: str) -> str | None:
    """Return the codec that makes of *kind* something that has *attribute*, or None."""
    return next((name for name, taken, made in _PLAIN if kind.chosen(taken) and has(made, attribute)), None)


def has(kind: Kind, attribute: str) -> bool:
    """Tell whether a message of *kind* may have *attribute*."""
    return any(hasattr(each, attribute) for each in kind.types or ())


def encoder_for(kind: Kind) -> str:
    """Return what to insert where *kind* is written and nobody makes bytes of it."""
    types: Sequence[type[Any]] = kind.types or ()
    if kind == _TEXT:
        return "'string'"
    if all(issubclass(each, dict | list | tuple | int | float) or hasattr(each, "model_fields") for each in types):
        return "'json'"
    if any(each.__name__.startswith("Chunked") for each in types):
        return "'chunked-write'"
    if all(hasattr(each, "SerializeToString") for each in types):
        return "'protobuf'"
    if all(_comes_from(each, _HTTP) for each in types):
        return "'http-client'" if any(each.__name__.endswith("Request") for each in types) else "'http'"
    if all(_comes_from(each, _FRAME) for each in types):
        return "'websocket', behind 'http',"
    also = " or 'json'" if all(hasattr(each, "__dataclass_fields__") for each in types) else ""
    return f"a MessageToByteEncoder[{kind}]{also}"


def _comes_from(each: type[Any], module: str) -> bool:
    return any(base.__module__ == module for base in each.__mro__)


def instead_of(kind: Kind, encoder: str) -> str | None:
    """Return what to write instead of *kind* through *encoder*, the class of a handler of HTTP or of WebSockets; None for any other."""
    if any(_comes_from(each, _FRAME) for each in kind.types or ()):
        return None  # it is what is to be written, where somebody opens WebSockets
    if encoder.startswith("WebSocket"):
        return "TextWebSocketFrame(...)"
    if encoder in ("HttpClientCodec", "HttpRequestEncoder"):
        return "FullHttpRequest(...)"
    return "FullHttpResponse(200, ...)" if encoder in ("HttpServerCodec", "HttpResponseEncoder") else None
