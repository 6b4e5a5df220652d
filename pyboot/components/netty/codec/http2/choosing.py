"""Http2OrHttpHandler: HTTP/2 for whoever begins with it, HTTP/1.1 for all others, on one port.

Theory of operation. Where a client has agreed on ``h2`` with ALPN, that is it, whatever it sends then. Else its first bytes decide: one
that knows already that the server speaks HTTP/2 begins with the preface, and no request of HTTP/1 begins like that (RFC 9113 3.4). Until
it is decided nobody behind is told that there is a connection: the handlers that are added then find it new.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.errors import ReadTimeoutError
from pyboot.components.netty.wire.http2.config import Http2Config
from pyboot.components.netty.wire.http2.frame import PREFACE

from .codec import Http2FrameCodec
from .multiplex import Http2MultiplexHandler

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Http2OrHttpHandler"]


class Http2OrHttpHandler(ChannelHandler[Any]):
    """Stands last, of a server, and behind its `SslHandler` where it has one; leaves when the first bytes have come.

    Args:
        http1: adds the handlers of HTTP/1 to the pipeline of the connection that it is given.
        http2: the same of each stream's channel.
        config: of HTTP/2.
        deadlines: makes the watch of a connection of HTTP/2, an `Http2ServerDeadlines`; None: nobody watches.
        first_byte_seconds: how long a client may take until it has said enough; 0: for ever.
    """

    def __init__(
        self,
        http1: Callable[[Any], object],
        http2: Callable[[Any], object],
        config: Http2Config | None = None,
        first_byte_seconds: float = 30.0,
        deadlines: Callable[[], ChannelHandler[Any]] | None = None,
    ) -> None:
        self.http1 = http1
        self.http2 = http2
        self._config = config
        self._seconds = first_byte_seconds
        self._deadlines = deadlines
        self._deadline: Deadline | None = None
        self._began = b""
        self._was_active = False

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            self._start(ctx)
        return None

    def channel_registered(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        return None

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._start(ctx)
        return None

    def _start(self, ctx: ChannelHandlerContext) -> None:
        if not self._was_active:
            self._was_active = True
            if self._seconds > 0:
                self._deadline = Deadline(ctx.channel.loop, self._seconds, self._overdue, ctx)

    def _overdue(self, ctx: ChannelHandlerContext) -> None:
        error = ReadTimeoutError(self._seconds, f"nothing that tells which HTTP it speaks has come for {self._seconds:.1f} s")
        cut_off(ctx.channel, CloseReason.FIRST_BYTE_TIMEOUT, error)
        ctx.close()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        data = take_bytes(msg)
        if data is None:
            return ctx.fire_channel_read(msg)
        began = self._began = self._began + data
        size = len(PREFACE)
        if began[:size] == PREFACE[: len(began)] and len(began) < size:
            if not ctx.channel.config.auto_read:
                ctx.read()
            return None
        self._decide(ctx, is_http2=began[:size] == PREFACE)
        return None

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        # By its attribute, not its class: TLS is a handler, and codecs do not know handlers.
        if any(getattr(handler, "application_protocol", None) == "h2" for _, handler in ctx.pipeline):
            self._decide(ctx, is_http2=True)
        return ctx.fire_user_event_triggered(event)

    def _decide(self, ctx: ChannelHandlerContext, *, is_http2: bool) -> None:
        channel: Channel = ctx.channel
        if is_http2:
            ctx.pipeline.add_last(Http2FrameCodec(is_server=True, config=self._config), Http2MultiplexHandler(self.http2))
            if self._deadlines is not None:
                ctx.pipeline.add_last(self._deadlines())
        else:
            self.http1(channel)
        began, self._began = self._began, b""
        ctx.fire_channel_registered()
        ctx.fire_channel_active()
        if began:
            ctx.fire_channel_read(ByteBuffer(began))
        ctx.pipeline.remove_if_exists(self)

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        return None  # nobody behind has heard of the beginning

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._deadline is not None:
            self._deadline.cancel()
        return None
