"""Http2MultiplexHandler: each stream of a connection a channel with its own pipeline. Source: Netty's class of that name.

::

    Http2FrameCodec ── Http2MultiplexHandler ── stream 1: Http2StreamChannel [ your handlers ]
                                             ── stream 3: Http2StreamChannel [ your handlers ]

Theory of operation. Frames of a stream go to its channel, which hands them on when the read of the connection is over; so streams of one
read are served in the order they came, and what they answer leaves with one flush. Streams that wait for room are resumed in a row, each
behind the others when it has had its turn, so that none takes all of what a peer allows.

Frames of the connection go on as events: `Http2SettingsFrame`, `Http2PingFrame`, `Http2GoAwayFrame`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from mypy_extensions import mypyc_attr

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.event import DRAINING
from pyboot.components.netty.channel.fault import blame_peer, tell_peer
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.initializer import FunctionInitializer
from pyboot.components.netty.channel.life.closing import CLOSED, CLOSING
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ChannelPipelineError, ClosedChannelError
from pyboot.components.netty.wire.http2.connection import Http2Connection
from pyboot.components.netty.wire.http2.errors import Http2ErrorCode, Http2GoAwayError, Http2NoMoreStreamIdsError, Http2StreamError, name_of
from pyboot.components.netty.wire.http2.frame import (
    Http2DataFrame,
    Http2Frame,
    Http2GoAwayFrame,
    Http2HeadersFrame,
    Http2ResetFrame,
    Http2SettingsFrame,
    Http2StreamFrame,
    Http2WindowUpdateFrame,
)

from .codec import Http2FrameCodec
from .stream_channel import Http2StreamChannel

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Http2MultiplexHandler"]


@mypyc_attr(allow_interpreted_subclasses=True)
class Http2MultiplexHandler(ChannelHandler[Any]):
    """Stands behind an `Http2FrameCodec`, and gives each stream that the peer opens a channel with *child_handler*.

    Args:
        child_handler: a `ChannelInitializer`, another sharable handler, or a function that takes the stream's channel; None where the
            peer opens no streams, as of a client.

    Raises:
        ChannelPipelineError: it is added where there is no `Http2FrameCodec` in front.
    """

    def __init__(self, child_handler: ChannelHandler[Any] | Callable[[Any], object] | None = None) -> None:
        is_handler = child_handler is None or isinstance(child_handler, ChannelHandler)
        self._child_handler: Any = child_handler if is_handler else FunctionInitializer(child_handler)  # type: ignore[arg-type]  # a function
        self._children: dict[int, Http2StreamChannel] = {}
        self._unnumbered: list[Http2StreamChannel] = []  # streams of ours whose head has not left
        self._touched: list[Http2StreamChannel] = []
        self._over: list[Http2StreamChannel] = []
        self._blocked: dict[Http2StreamChannel, None] = {}
        self._openings: deque[tuple[ChannelHandler[Any] | None, ChannelPromise]] = deque()
        self._is_reading = False
        self._is_due = False
        self._peer_error: Http2GoAwayError | None = None  # for which the peer gives the connection up

    # Its place.

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        codec = ctx.pipeline.get(Http2FrameCodec)
        if codec is None:
            raise ChannelPipelineError("an Http2MultiplexHandler stands behind an Http2FrameCodec, and there is none in the pipeline")
        self._ctx = ctx
        self._codec: Http2FrameCodec = codec
        self._codec_ctx: ChannelHandlerContext = ctx.pipeline.context(codec)
        self.machine: Http2Connection = codec.machine
        return None

    # What comes.

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        # hot path: once for each frame.
        self._is_reading = True
        if isinstance(msg, Http2HeadersFrame):
            child = self._children.get(int(msg.stream_id))
            if child is None:
                child = self._accept(int(msg.stream_id))
            self._hand(child, msg, 0, msg.end_stream)
        elif isinstance(msg, Http2DataFrame):
            child = self._children.get(int(msg.stream_id))
            if child is None:
                self.machine.consumed(int(msg.stream_id), msg.flow_size)
            else:
                self._hand(child, msg, int(msg.flow_size), msg.end_stream)
        elif isinstance(msg, Http2Frame):
            self._apply(ctx, msg)
        else:
            return ctx.fire_channel_read(msg)
        return None

    def _accept(self, stream_id: int) -> Http2StreamChannel:
        channel = self._ctx.channel
        child = Http2StreamChannel(self, channel, channel.config, stream_id)
        if not self.machine.is_server:
            child.sent_before()
        self._children[stream_id] = child
        child.begin_later(self._child_handler)  # with what came for it, at the end of this read
        return child

    def child(self, stream_id: int) -> Http2StreamChannel | None:
        """The channel of a stream, while it has one."""
        return self._children.get(stream_id)

    def _hand(self, child: Http2StreamChannel, frame: Http2StreamFrame, size: int, ends: bool) -> None:
        child.arrived(frame, size)
        if ends:
            child.end_input()
        self._touched.append(child)

    def _apply(self, ctx: ChannelHandlerContext, frame: Http2Frame) -> None:
        if isinstance(frame, Http2WindowUpdateFrame):
            if frame.stream_id == 0:
                self._resume_all()
            else:
                child = self._children.get(int(frame.stream_id))
                if child is not None and child in self._blocked:
                    del self._blocked[child]
                    child.resume()
            return
        if isinstance(frame, Http2ResetFrame):
            child = self._children.get(int(frame.stream_id))
            if child is not None:
                child.deliver()  # what came before it, where that is read
                child.peer_has_reset(frame)
            return
        if isinstance(frame, Http2SettingsFrame):
            self._resume_all()
            self._open_waiting()
        elif isinstance(frame, Http2GoAwayFrame):
            self._peer_goes_away(frame)
        ctx.fire_user_event_triggered(frame)

    def _peer_goes_away(self, frame: Http2GoAwayFrame) -> None:
        error = Http2GoAwayError(frame.code, frame.last_stream_id)
        blame_peer(error, self._ctx.channel)  # here: it ends several streams
        if frame.code != Http2ErrorCode.NO_ERROR:
            self._peer_error = error
            tell_peer(self._ctx.channel, CloseReason.PEER_ERROR, f"{CloseReason.PEER_ERROR}: GOAWAY, {error}")
        parity = 0 if self.machine.is_server else 1
        for number, child in list(self._children.items()):
            if number > frame.last_stream_id and number & 1 == parity:
                child.has_to_live()
                child.lost(error)
        for child in list(self._unnumbered):
            child.lost(error)
        self._fail_waiting(error)

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        # hot path: once for each read.
        touched, self._touched = self._touched, []
        touched.reverse()
        while touched:  # and not through the list, which would keep those that are over already
            touched.pop().deliver()
        self._close_over()
        self._is_reading = False
        self._codec.send(self._codec_ctx)
        return ctx.fire_channel_read_complete()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        if event is DRAINING:
            for child in list(self._children.values()):
                child.has_to_live()
                if child.state < CLOSING and DRAINING not in child.attributes:
                    child.attributes[DRAINING] = True
                    child.run_in_context(child.pipeline().fire_user_event_triggered, DRAINING)
        return ctx.fire_user_event_triggered(event)

    def channel_writability_changed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_writable:
            self._resume_all()
        return ctx.fire_channel_writability_changed()

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        if isinstance(error, Http2StreamError):
            child = self._children.get(error.stream_id)
            if child is not None:
                child.has_to_live()
                child.lost(error)  # its handlers are told, and else the log
            else:
                tell_peer(ctx.channel, f"http2 stream {name_of(error.code)}", f"stream {error.stream_id} reset: {error}")
            return None
        return ctx.fire_exception_caught(error)

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        cause = ctx.channel.close_cause
        if self._peer_error is not None and type(cause) is ClosedChannelError:  # it has left for the reason that it gave
            cause = ctx.channel.close_cause = self._peer_error
        error = ClosedChannelError("the connection of the stream is closed")
        error.__cause__ = cause
        blame_peer(error, ctx.channel)
        self._fail_waiting(error)
        for child in [*self._children.values(), *self._unnumbered]:
            child.has_to_live()
            child.close_cause = child.close_cause or error
            child.lost(error if child.state < 3 else None)
        return ctx.fire_channel_inactive()

    # What streams ask (see `StreamOwner`).

    def has_room(self) -> bool:
        """True if the connection takes more bytes now."""
        channel = self._ctx.channel
        if self.machine.sender.held >= channel.config.high_water_mark:
            self._codec.send(self._codec_ctx)  # the channel is to know what it holds
        return channel.is_writable

    def wait_for_room(self, stream: Http2StreamChannel) -> None:
        """Resume *stream* when there is room."""
        self._blocked[stream] = None

    def numbered(self, stream: Http2StreamChannel) -> None:
        """Note that *stream* has its number."""
        self._unnumbered.remove(stream)
        self._children[int(stream.stream_id)] = stream

    def flush_soon(self) -> None:
        """Send what the machine has, at the end of this read, or of this turn of the loop."""
        if not self._is_reading and not self._is_due:
            self._is_due = True
            self._ctx.channel.loop.call_soon(self._flush)

    def is_over(self, stream: Http2StreamChannel) -> None:
        """Close *stream*, both of whose sides have ended, not on this stack."""
        self._over.append(stream)
        self.flush_soon()

    def closed(self, stream: Http2StreamChannel) -> None:
        """Forget *stream*, which is closed."""
        self._blocked.pop(stream, None)
        if stream.stream_id == 0:
            if stream in self._unnumbered:
                self._unnumbered.remove(stream)
        elif self._children.get(int(stream.stream_id)) is stream:
            del self._children[int(stream.stream_id)]
        self.flush_soon()
        if self._openings:
            self._ctx.channel.loop.call_soon(self._open_waiting)
        if not self._children:
            self._ctx.channel.loop.call_soon(self._codec.streams_are_over, self._codec_ctx)

    def _flush(self) -> None:
        self._is_due = False
        self._close_over()
        if self._ctx.channel.is_active or not self._ctx.channel.is_open:
            self._codec.send(self._codec_ctx)

    def _close_over(self) -> None:
        while self._over:
            over, self._over = self._over, []
            for child in over:
                if not child.has_unread:
                    child.closing.begin()

    def _resume_all(self) -> None:
        blocked, self._blocked = self._blocked, {}
        served: list[Http2StreamChannel] = []
        for child in blocked:
            left = child.unsent()
            child.resume()
            if child in self._blocked and child.unsent() < left:
                del self._blocked[child]
                served.append(child)
        for child in served:  # behind those that got nothing
            if child.state < CLOSED:  # one that closes delivers what it has first
                self._blocked[child] = None

    # Streams of ours.

    def open(self, handler: ChannelHandler[Any] | None, promise: ChannelPromise) -> None:
        """Open a stream with *handler* as soon as the peer allows one more; *promise* is done with its channel, or fails.

        It fails with `ClosedChannelError`, `Http2GoAwayError`, or `Http2NoMoreStreamIdsError` once all numbers are used.
        """
        self._openings.append((handler, promise))
        self._open_waiting()

    def _open_waiting(self) -> None:
        sender = self.machine.sender
        channel: Channel = self._ctx.channel
        if not self._openings:
            return
        if not channel.is_open:
            self._fail_waiting(channel.closed_error())
        elif sender.goaway_received >= 0:
            self._fail_waiting(Http2GoAwayError(0, int(sender.goaway_received)))
        elif not sender.has_numbers(len(self._unnumbered)):
            self._fail_waiting(Http2NoMoreStreamIdsError())
        while self._openings and sender.may_open(len(self._unnumbered)):
            handler, promise = self._openings.popleft()
            if not promise.set_uncancellable():
                continue
            child = Http2StreamChannel(self, channel, channel.config, 0)
            self._unnumbered.append(child)
            child.begin(handler)
            promise.try_success(child)

    def _fail_waiting(self, error: Exception) -> None:
        openings, self._openings = self._openings, deque()
        for _, promise in openings:
            promise.try_failure(error)
