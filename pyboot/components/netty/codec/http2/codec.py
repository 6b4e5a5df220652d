"""Http2FrameCodec: a connection of HTTP/2 in its pipeline. Source: Netty's class of that name, with ``Http2ConnectionHandler``.

Theory of operation. Bytes go through the machine (`wire.http2`), which answers what has to be answered; its frames go on to the next
handler, an `Http2MultiplexHandler` as a rule. What the machine wants to send gathers there, and leaves with a flush: once for each read,
and once for each turn of the loop in which streams have sent something.

The end has two forms. Who closes in order says GOAWAY, and the channel closes when its streams are over, within the close timeout; it reads
on until then, for the peer has to make room for what is still sent. A server whose peer has begun streams says it twice, the second time,
with the last stream that it serves, when the peer has heard the first (RFC 9113 6.8), or a second later: what was on its way is served.
It says so as soon as it knows that the connection will end (`ChannelDraining`), so that the peer asks elsewhere before it does.
Whoever breaks the protocol, or asks for more than `Http2Config` allows, is told so with GOAWAY, once in the log for each reason, and the
channel closes.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar, Final

from mypy_extensions import mypyc_attr

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.event import DRAINING
from pyboot.components.netty.channel.fault import blame_peer, cut_off
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.frames import FrameDecoder
from pyboot.components.netty.errors import DecoderError, UnsupportedMessageError
from pyboot.components.netty.wire.http2.config import Http2Config
from pyboot.components.netty.wire.http2.connection import Http2Connection
from pyboot.components.netty.wire.http2.errors import Http2ErrorCode, Http2StreamError
from pyboot.components.netty.wire.http2.frame import Http2Frame, Http2GoAwayFrame, Http2PingFrame

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Http2FrameCodec"]

# For how long a peer is waited for that does not say whether it has heard of the end.
_DRAIN_SECONDS: Final = 1.0
# Of the codes of connection errors; any other one breaks the protocol.
_REASONS: Final = {
    int(Http2ErrorCode.ENHANCE_YOUR_CALM): CloseReason.ENHANCE_YOUR_CALM,
    int(Http2ErrorCode.FRAME_SIZE_ERROR): CloseReason.FRAME_TOO_LONG,
}


@mypyc_attr(allow_interpreted_subclasses=True)
class Http2FrameCodec(FrameDecoder):
    """Turns bytes into frames, for one side of a connection; frames of the connection that are written, PING and GOAWAY, into bytes.

    Args:
        is_server: the side; a client sends the preface.
        config: settings for the peer, limits and budgets.

    Other frames that are written to the connection fail with `UnsupportedMessageError`: those of a stream are written to its channel.
    """

    makes_frames: ClassVar[bool | None] = None

    def __init__(self, *, is_server: bool, config: Http2Config | None = None) -> None:
        self.machine = Http2Connection(config, is_server=is_server)
        super().__init__(self.machine)
        self._has_begun = False
        self._close_promise: ChannelPromise | None = None
        self._draining: Deadline | None = None

    # Begin and end.

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            self._begin(ctx)
        return None

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._begin(ctx)
        return ctx.fire_channel_active()

    def _begin(self, ctx: ChannelHandlerContext) -> None:
        if not self._has_begun:
            self._has_begun = True
            ctx.channel.ends_by_handler = True
            self.machine.sender.begin()
            self.send(ctx)

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        """Say GOAWAY, and close when the streams that have begun are over, within the close timeout."""
        channel, machine = ctx.channel, self.machine
        if self._close_promise is not None:
            self._close_promise.add_listener(lambda _: promise.try_success())
            return None
        is_over = machine.is_broken or not channel.is_active
        waits = not is_over and machine.sender.drain()
        if is_over:
            machine.sender.go_away(Http2ErrorCode.NO_ERROR)
        self.send(ctx)
        if is_over or not (waits or machine.streams.open):
            return ctx.close(promise)
        self._close_promise = promise
        channel.close_future.add_listener(lambda _: promise.try_success())  # the peer may end it meanwhile
        channel.expect_close()
        if waits:
            self._wait_for_answer(ctx)
        return None

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        if event is DRAINING and self.machine.is_server and self._has_begun and not self.machine.is_broken:
            if self.machine.sender.drain(is_early=True):
                self._wait_for_answer(ctx)
            self.send(ctx)
        return super().user_event_triggered(ctx, event)

    def _wait_for_answer(self, ctx: ChannelHandlerContext) -> None:
        if self._draining is None:
            self._draining = Deadline(ctx.channel.loop, _DRAIN_SECONDS, self._has_drained, ctx)

    def _has_drained(self, ctx: ChannelHandlerContext) -> None:
        self._draining = None
        if ctx.channel.is_active:
            self.machine.sender.go_away(Http2ErrorCode.NO_ERROR)
            self.send(ctx)
            self.streams_are_over(ctx)

    def streams_are_over(self, ctx: ChannelHandlerContext, /) -> None:
        """Go on with a close that waits for the last stream."""
        promise = self._close_promise
        if promise is not None and not self.machine.streams.open and not self.machine.sender.is_draining:
            self._close_promise = None
            self._stop_draining()
            if not promise.is_done:  # the connection may have ended meanwhile, for what its peer did
                ctx.close(promise)

    def _stop_draining(self) -> None:
        if self._draining is not None:
            self._draining.cancel()
            self._draining = None

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._stop_draining()
        return super().channel_inactive(ctx)

    # In.

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        # hot path: once for each read.
        sender = self.machine.sender
        sender.now = ctx.channel.loop.time()
        if ctx.channel.outbound.is_empty:
            sender.controls = 0
        return super().channel_read(ctx, msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        ctx.fire_channel_read_complete()
        self.send(ctx)
        if self._close_promise is not None:
            self.streams_are_over(ctx)
        return None

    def frame_failed(self, ctx: ChannelHandlerContext, error: DecoderError, /) -> None:
        """Go on behind a stream that has failed; end a connection that has."""
        if isinstance(error, Http2StreamError):
            blame_peer(error, ctx.channel)
            ctx.fire_exception_caught(error)
        if self.machine.is_broken:
            self.give_up(ctx, error)

    def give_up(self, ctx: ChannelHandlerContext, error: DecoderError, /) -> None:
        """Tell the peer why, and close: *error* is its fault."""
        channel = ctx.channel
        cut_off(channel, _REASONS.get(getattr(error, "code", -1), CloseReason.PROTOCOL_ERROR), error)
        channel.linger(2.0)  # a reset, for what the peer still sends, would take GOAWAY with it
        self._is_stopped = True
        self.send(ctx)
        ctx.close()

    # Out.

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        sender = self.machine.sender
        if isinstance(msg, Http2PingFrame):
            sender.ping(msg.content)
        elif isinstance(msg, Http2GoAwayFrame):
            sender.go_away(msg.code, msg.debug)
        elif isinstance(msg, Http2Frame):
            raise UnsupportedMessageError(msg)  # frames of a stream are written to its channel
        else:
            return ctx.write(msg, promise)
        return ctx.write(sender.take(), promise)

    def flush(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        output = self.machine.sender.take()
        if output:
            ctx.write(output)
        return ctx.flush()

    def send(self, ctx: ChannelHandlerContext, /) -> None:
        """Send what the machine has for the peer."""
        output = self.machine.sender.take()
        if output:
            ctx.write(output)
            ctx.flush()
