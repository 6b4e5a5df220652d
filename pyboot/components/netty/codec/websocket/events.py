"""The user events of a WebSocket: it is open, it is closed. Source: Netty's ``HandshakeComplete``."""

from __future__ import annotations

from typing import NamedTuple, final

from pyboot.components.netty.wire.http.headers import HttpHeaders

__all__ = ["HandshakeComplete", "WebSocketClosed"]


@final
class HandshakeComplete(NamedTuple):
    """The WebSocket is open: frames can be written from here on.

    *path* is the target of the request, with its query; *headers* are those of the request on a server, of the response on a client;
    *subprotocol* is the one that was agreed upon, or None; *is_compressed* tells whether permessage-deflate was.
    """

    path: str
    headers: HttpHeaders
    subprotocol: str | None
    is_compressed: bool


@final
class WebSocketClosed(NamedTuple):
    """The peer has closed the WebSocket, with *code* and *reason*; 1006 if the connection ended without a close frame. Told once."""

    code: int
    reason: str
