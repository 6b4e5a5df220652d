"""CorsHandler: which other sites may use a server from a browser. Source: the Fetch standard, 3.2; Netty's class of that name.

::

    browser ── OPTIONS, Origin: https://a, Access-Control-Request-Method: PUT ──▶  answered here: a preflight goes no further
    browser ◀── 204, Access-Control-Allow-Origin: https://a, … ────────────────

    browser ── PUT, Origin: https://a ──▶  yours
    browser ◀── your response, with Access-Control-Allow-Origin added ──

Laws. An origin is compared as a whole, never by a part of it. What the answer depends on is said in ``Vary``, which is added to and never
replaced (CVE-2026-59903). ``null``, the origin of files and of pages in a sandbox, is allowed by its own switch alone: no other rule holds
for it (CVE-2026-56746). A preflight is answered in its turn, behind the responses of the requests before it.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import FullHttpResponse, HttpContent, HttpRequest, HttpResponse, LastHttpContent

from .requests import RequestQueue

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["CorsConfig", "CorsHandler"]

_SIMPLE_METHODS: Final = ("GET", "HEAD", "POST")


@dataclass(frozen=True, kw_only=True)
class CorsConfig:
    """The rules for some origins.

    Args:
        origins: ``https://example.org`` each, or ``*`` alone for any.
        allow_credentials: whether requests may carry cookies; then the origin itself is told, and never ``*``.
        allow_null_origin: whether ``Origin: null`` is one of them.
        allow_private_network: whether a public page may ask a server of a private network.
        allowed_methods: of requests that are asked for in advance.
        allowed_headers: that such requests may have; ``*`` stands for all but ``Authorization``, and without credentials only.
        exposed_headers: of a response that the page may read, beyond the usual ones.
        max_age: for how many seconds a browser need not ask again.
        short_circuit: whether requests of other origins are refused with 403, instead of being left for the browser to keep from the page.
        preflight_headers: that the answer to a preflight has besides.

    Raises:
        ValueError: for no origin, for one that is not a scheme with a host and maybe a port, and for ``*`` beside others.
    """

    origins: tuple[str, ...] = ("*",)
    allow_credentials: bool = False
    allow_null_origin: bool = False
    allow_private_network: bool = False
    allowed_methods: tuple[str, ...] = _SIMPLE_METHODS
    allowed_headers: tuple[str, ...] = ()
    exposed_headers: tuple[str, ...] = ()
    max_age: int | None = None
    short_circuit: bool = False
    preflight_headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.origins and not self.allow_null_origin:
            raise ValueError("CORS without origins: name some, or *")
        if "*" in self.origins and len(self.origins) > 1:
            raise ValueError(f"CORS origins {self.origins}: * stands for all, and alone")
        for origin in self.origins:
            if origin != "*" and not _is_origin(origin):
                raise ValueError(f"CORS origin {origin!r}: allowed is a scheme with a host and maybe a port: https://example.org")

    @property
    def is_any_origin(self) -> bool:
        """True if any site but ``null`` is allowed."""
        return "*" in self.origins

    def allows(self, origin: str) -> bool:
        """True if *origin* is one of these."""
        if origin == "null":
            return self.allow_null_origin
        return self.is_any_origin or origin in self.origins


def _is_origin(text: str) -> bool:
    scheme, divider, host = text.partition("://")
    return bool(scheme and divider and host) and text == text.lower() and not any(each in host for each in "/?#@ *")


class _Asked(NamedTuple):
    origin: str | None
    config: CorsConfig | None


class CorsHandler(ChannelHandler[Any]):
    """Answers preflights, and adds to responses what browsers want to see; put it behind the server's codec.

    Of several *configs* the first holds that allows the origin of a request.
    """

    def __init__(self, *configs: CorsConfig) -> None:
        self.configs: Final = configs or (CorsConfig(),)
        # With "*" for everybody an answer is the same for all; else it depends on who asks, also where nobody does.
        self._varies = any(config.allow_credentials or not config.is_any_origin or config.allow_null_origin for config in self.configs)
        self._requests: RequestQueue[_Asked] = RequestQueue()
        self._is_dropping = False  # what is left of a request that was answered here

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if isinstance(msg, HttpRequest):
            answer = self._answer(msg)
            if answer is None:
                return ctx.fire_channel_read(msg)
            self._is_dropping = not isinstance(msg, LastHttpContent)
            self._requests.answer(ctx, answer)
            return None
        if self._is_dropping and isinstance(msg, HttpContent):
            self._is_dropping = not isinstance(msg, LastHttpContent)
            return None
        return ctx.fire_channel_read(msg)

    def _answer(self, request: HttpRequest) -> FullHttpResponse | None:
        """The answer to a request that goes no further; None of one that was noted and goes on."""
        origin = request.headers.get("origin")
        config = None if origin is None else next((each for each in self.configs if each.allows(origin)), None)
        if origin is not None:
            if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
                return self._preflight(request, origin, config)
            if config is None and any(each.short_circuit for each in self.configs):
                answer = FullHttpResponse(403, headers={"content-length": 0})
                self._vary(answer.headers)
                return answer
        self._requests.add(_Asked(origin, config))
        return None

    def _preflight(self, request: HttpRequest, origin: str, config: CorsConfig | None) -> FullHttpResponse:
        answer = FullHttpResponse(204)
        headers = answer.headers
        self._vary(headers)
        headers.add("vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
        if config is None:
            return answer  # without a word of permission the browser goes no further
        self._allow(headers, origin, config)
        headers.set("access-control-allow-methods", ", ".join(config.allowed_methods))
        if config.allowed_headers:
            headers.set("access-control-allow-headers", ", ".join(config.allowed_headers))
        if config.max_age is not None:
            headers.set("access-control-max-age", config.max_age)
        if config.allow_private_network and request.headers.get("access-control-request-private-network") == "true":
            headers.set("access-control-allow-private-network", "true")
        return FullHttpResponse(204, headers=headers.extend(config.preflight_headers))

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if isinstance(msg, HttpResponse) and (asked := self._requests.of(msg)) is not None:
            headers = msg.headers.copy()
            self._vary(headers)
            if asked.origin is not None and asked.config is not None:
                self._allow(headers, asked.origin, asked.config)
                if asked.config.exposed_headers:
                    headers.set("access-control-expose-headers", ", ".join(asked.config.exposed_headers))
            msg.headers = headers
        written = ctx.write(msg, promise)
        self._requests.written(ctx, msg)
        return written

    def _vary(self, headers: HttpHeaders) -> None:
        if self._varies and not headers.contains_value("vary", "origin") and not headers.contains_value("vary", "*"):
            headers.add("vary", "Origin")

    def _allow(self, headers: HttpHeaders, origin: str, config: CorsConfig) -> None:
        # "*" is what anybody may keep; with cookies, or where only some are allowed, the very origin.
        headers.set(
            "access-control-allow-origin", "*" if config.is_any_origin and not config.allow_credentials and origin != "null" else origin
        )
        if config.allow_credentials:
            headers.set("access-control-allow-credentials", "true")
