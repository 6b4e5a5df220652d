"""HttpProxyHandler: through a proxy of HTTP, by CONNECT. Source: RFC 9110 9.3.6; Netty's class of that name."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, final

from pyboot.components.netty.wire.http.message import FullHttpRequest, HttpResponse
from pyboot.components.netty.wire.http1.config import HttpDecoderConfig
from pyboot.components.netty.wire.http1.exchange import Exchange
from pyboot.components.netty.wire.http1.request_writer import HttpRequestWriter
from pyboot.components.netty.wire.http1.responses import HttpResponseReader
from pyboot.components.netty.wire.socks.host import name_bytes

from .handler import ProxyHandler

__all__ = ["HttpProxyHandler"]

_SWITCHING_PROTOCOLS = 101


@final
class HttpProxyHandler(ProxyHandler):
    """Asks *proxy* for a tunnel to the target by CONNECT. A name goes to the proxy as it is, so nothing is looked up here.

    Args:
        proxy: host and port, or the path of a Unix socket.
        username, password: for ``Proxy-Authorization: Basic`` (RFC 7617), which leaves in clear; both or neither.
        headers: further fields of the request.
        connect_timeout_seconds: for the answer; 0: any time.
    """

    protocol = "HTTP CONNECT"

    def __init__(
        self,
        proxy: tuple[str, int] | str,
        username: str | None = None,
        password: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        connect_timeout_seconds: float = 10.0,
    ) -> None:
        exchange = Exchange()
        super().__init__(proxy, HttpResponseReader(HttpDecoderConfig(), exchange), connect_timeout_seconds)
        self._writer = HttpRequestWriter(exchange)
        self._headers = dict(headers or {})
        if username is not None or password is not None:
            if ":" in (username or ""):
                raise ValueError("a user of HTTP's Basic has no colon, which would begin the password")
            credentials = f"{username or ''}:{password or ''}".encode()
            self._headers["proxy-authorization"] = "Basic " + base64.b64encode(credentials).decode("ascii")

    def first_message(self, host: str, port: int, /) -> bytes:
        name = name_bytes(host).decode("ascii")
        target = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
        return b"".join(self._writer.encode(FullHttpRequest("CONNECT", target, b"", {"host": target, **self._headers})))

    def answered(self, message: Any, /) -> bytes | None:
        if not isinstance(message, HttpResponse):
            return b""  # content, that an answer of 1xx has not
        status = int(message.status)
        if 200 <= status < 300:
            return None
        if status < 200 and status != _SWITCHING_PROTOCOLS:
            return b""
        raise self.refusal(f"it answered {status} {message.reason}".rstrip(), status)
