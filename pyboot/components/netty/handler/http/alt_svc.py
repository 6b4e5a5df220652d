"""HttpAltSvcHandler: tells clients that came over TCP that the same site is served over HTTP/3. Source: RFC 7838, RFC 9114 3.1.1.

A browser comes over TCP first, reads ``Alt-Svc: h3=":8443"; ma=86400`` in a response, and tries QUIC for what it asks next; where UDP does
not get through it stays with TCP. A response that says the field itself keeps what it says.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.wire.http.message import HttpResponse

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["HttpAltSvcHandler"]


class HttpAltSvcHandler(ChannelHandler[Any]):
    """Adds ``Alt-Svc`` to each response that is no interim one.

    Args:
        port: of UDP, as clients see it; None: the number of the TCP port that they came to.
        age_seconds: for how many seconds a client may remember it.

    Raises:
        ValueError: for a port that there is none, or a negative age.
    """

    def __init__(self, port: int | None = None, age_seconds: int = 86_400) -> None:
        if port is not None and not 1 <= port <= 65_535:
            raise ValueError(f"port={port}: allowed is 1 to 65535, or None for the port of the connection")
        if age_seconds < 0:
            raise ValueError(f"age_seconds={age_seconds}: allowed is 0 or more")
        self._port = port
        self._max_age = age_seconds
        self._value = ""

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        # hot path: once for each message that leaves.
        if isinstance(msg, HttpResponse) and msg.status >= 200:
            if not self._value:
                port = self._port or ctx.channel.local_address()[1]
                self._value = f'h3=":{port}"; ma={self._max_age}'
            msg.headers.set_default("alt-svc", self._value)
        return ctx.write(msg, promise)
