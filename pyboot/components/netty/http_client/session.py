"""HttpSession: a connection of HTTP/2 of the client, whose streams are connections for one exchange each.

::

    TLS ── Http2FrameCodec ── Http2MultiplexHandler ── HttpSession
                                ├─ stream 1: Http2StreamFrameToHttpObjectCodec ── HttpConnection
                                └─ stream 3: Http2StreamFrameToHttpObjectCodec ── HttpConnection

Law 1. A stream is opened only where the peer allows it now: nothing is asked before it has said how many (`ready`). Law 2. Behind GOAWAY,
or the last number that a stream may have, no stream begins; those that the peer serves go on, and the connection ends with the last of
them. Law 3. The pool is told by the session itself: that it is idle, that it has room, and once that it is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.http2.bootstrap import Http2StreamChannelBootstrap
from pyboot.components.netty.codec.http2.codec import Http2FrameCodec
from pyboot.components.netty.codec.http2.multiplex import Http2MultiplexHandler
from pyboot.components.netty.codec.http2.objects import Http2StreamFrameToHttpObjectCodec
from pyboot.components.netty.wire.http1.config import HttpDecoderConfig
from pyboot.components.netty.wire.http2.config import Http2Config
from pyboot.components.netty.wire.http2.frame import Http2GoAwayFrame, Http2SettingsFrame

from .connection import HttpConnection
from .limits import HttpLimits

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["HttpSession"]

_WINDOW: Final = 256 * 1024
_CONNECTION_WINDOW: Final = 4 * 1024 * 1024


@final
class HttpSession(ChannelHandler[Any]):
    """The last handler of a connection of HTTP/2; `begin` puts it, and what it stands behind, into a pipeline."""

    def __init__(self, channel: Channel, limits: HttpLimits, *, is_secure: bool) -> None:
        self.channel = channel
        self.when_idle: Callable[[], object] = _nobody
        self.when_room: Callable[[], object] = _nobody
        self.when_gone: Callable[[], object] = _nobody
        self._limits = limits
        self._is_secure = is_secure
        self._streams: dict[HttpConnection, None] = {}
        self._has_served = False
        self._is_leaving = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    def begin(cls, channel: Channel, limits: HttpLimits, heads: HttpDecoderConfig, *, is_secure: bool) -> HttpSession:
        """Speak HTTP/2 on *channel*, which is connected: its preface leaves now. *heads* limits those of responses."""
        config = Http2Config(
            initial_window_size=_WINDOW,
            connection_window_size=_CONNECTION_WINDOW,
            max_headers=heads.max_headers,
            max_header_fields=heads.max_header_fields,
        )
        session = cls(channel, limits, is_secure=is_secure)
        channel.pipeline().add_last(Http2FrameCodec(is_server=False, config=config), Http2MultiplexHandler(), session)
        return session

    @property
    def is_idle(self) -> bool:
        """True if it serves no request, and may."""
        return not self._streams and self.has_room

    @property
    def has_room(self) -> bool:
        """True if another request may begin now."""
        multiplexer = self.channel.pipeline().get(Http2MultiplexHandler)
        if self._is_leaving or not self.channel.is_active or multiplexer is None:
            return False
        most = multiplexer.machine.sender.peer.max_concurrent_streams
        return (most is None or len(self._streams) < most) and multiplexer.machine.sender.may_open(0)

    def open(self) -> HttpConnection:
        """A stream, for one exchange, to be begun before anything else is waited for; only where there is room."""
        connection = HttpConnection(self._limits, is_stream=True, has_rested=self._has_served)
        self._has_served = True
        scheme = "https" if self._is_secure else "http"

        def fill(stream: Channel) -> None:
            stream.pipeline().add_last(Http2StreamFrameToHttpObjectCodec(is_server=False, scheme=scheme), connection)

        Http2StreamChannelBootstrap(self.channel).handler(fill).open()
        self._streams[connection] = None
        connection.when_gone = lambda: self._stream_over(connection)
        connection.opened(None, is_secure=self._is_secure)
        return connection

    def _stream_over(self, connection: HttpConnection) -> None:
        self._streams.pop(connection, None)
        if not self.channel.is_active:
            return
        multiplexer = self.channel.pipeline().get(Http2MultiplexHandler)
        self._is_leaving = self._is_leaving or multiplexer is None or not multiplexer.machine.sender.has_numbers(0)
        if self._is_leaving:
            if not self._streams:
                self.channel.close()
        elif not self._streams:
            self.when_idle()
        elif self.has_room:
            self.when_room()

    def end(self) -> None:
        """Close in order; what is under way fails."""
        self._is_leaving = True
        for connection in list(self._streams):
            connection.end()
        self.channel.close()

    # Events.

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        if isinstance(event, Http2GoAwayFrame):
            self._is_leaving = True
            if not self._streams:
                ctx.close()
        elif isinstance(event, Http2SettingsFrame):
            if not self.ready.done():
                self.ready.set_result(None)
            elif self._streams and self.has_room:
                self.when_room()
        return None

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        self._is_leaving = True
        self._fail(error)
        ctx.close()
        return None

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._is_leaving = True
        self._fail(ctx.channel.close_cause or ctx.channel.closed_error())
        self.when_gone()
        return None

    def _fail(self, error: Exception) -> None:
        if not self.ready.done():
            self.ready.set_exception(error)
            self.ready.exception()  # whoever waits gets it

    def __repr__(self) -> str:
        return f"<HttpSession {len(self._streams)} streams{', leaving' if self._is_leaving else ''}>"


def _nobody() -> None:
    """There is no pool yet."""
