"""WebSocketProtocolHandler: what keeps an open WebSocket and closes it, for both roles.

Theory of operation. Data frames pass, in one look each. Control frames end here: a ping is answered, a pong has said all it says by
having come, a close is answered and told as `WebSocketClosed`. What `Closing` (the closing handshake's own machine) allows is what leaves.

Law 1. Nothing is written behind a close frame; what is fails with `ClosedChannelError`. Law 2. A close of the channel is a close frame
first, and the connection's end once the peer has answered, or the close timeout is over, or somebody closes again after an error.
Law 3. The server ends the connection; a client waits for that, for as long at most (RFC 6455, 7.1.1). Law 4. Of many pings only the last
is answered as long as the peer takes nothing (5.5.3): answers never pile up. Law 5. A peer is alive if anything comes from it, the half of
a frame too; it is asked by a ping only after silence, and judged only while the channel reads. Law 6. An error that no handler caught is
told the peer by the code of the close frame: 1011 for one of ours, 1007 and 1009 for what came.

Source: RFC 6455, 5.5 and 7; Netty's ``WebSocketProtocolHandler`` and ``WebSocketServerProtocolHandler``.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.farewell import Blame
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError, ReadTimeoutError
from pyboot.components.netty.wire.websocket.close_status import WebSocketCloseStatus
from pyboot.components.netty.wire.websocket.errors import CorruptedWebSocketFrameError
from pyboot.components.netty.wire.websocket.frame import (
    BinaryWebSocketFrame,
    CloseWebSocketFrame,
    PingWebSocketFrame,
    PongWebSocketFrame,
    TextWebSocketFrame,
)
from pyboot.components.netty.wire.websocket.reader import WebSocketFrameReader
from pyboot.components.netty.wire.websocket.state import Closing, ClosingState

from .config import WebSocketConfig
from .events import WebSocketClosed

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["WebSocketProtocolHandler"]

_LONGEST_REASON = 123  # bytes, beside the code

_FAREWELLS: Final = {
    Blame.OURS: WebSocketCloseStatus.INTERNAL_ERROR,
    Blame.WRONG: WebSocketCloseStatus.INVALID_PAYLOAD_DATA,
    Blame.TOO_LONG: WebSocketCloseStatus.MESSAGE_TOO_BIG,
}


@final
class WebSocketProtocolHandler(ChannelHandler[Any]):
    """Keeps an open WebSocket: answers pings and closes, asks a silent peer whether it lives, and ends the connection in order.

    The handlers that open one put it in their place; put it behind a `WebSocketFrameCodec` yourself for a connection that is a WebSocket
    from its first byte.

    Args:
        reader: of the codec.
        config: the times.
        is_server: the role.
    """

    def __init__(self, reader: WebSocketFrameReader, config: WebSocketConfig, *, is_server: bool) -> None:
        self._reader = reader
        self._config = config
        self._is_server = is_server
        self._closing = Closing()
        self._is_open = True  # no close frame has left; the machine's word for the hot path
        self._was_told = False
        self._closers: list[ChannelPromise] = []  # who asked for the channel's end, and waits for the closing handshake
        self._pong: PongWebSocketFrame | None = None  # an answer that the peer has no room for yet
        self._owes_flush = False
        self._seen = 0
        self._ping_deadline: Deadline | None = None
        self._close_deadline: Deadline | None = None

    # The life of the connection.

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._config.ping_interval_seconds > 0:
            self._listen(ctx)
        return None

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._closers:
            self._end(ctx)
        self._stop()
        return None

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._note_close()
        self._end(ctx)
        self._tell(ctx, int(WebSocketCloseStatus.ABNORMAL_CLOSURE), "")
        return ctx.fire_channel_inactive()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        told = ctx.fire_user_event_triggered(event)
        if event is INPUT_SHUTDOWN:
            # Half of a connection is no WebSocket: the peer can neither answer a close nor a ping any more.
            self._note_close()
            self._end(ctx)
        return told

    def _stop(self) -> None:
        if self._ping_deadline is not None:
            self._ping_deadline.cancel()
            self._ping_deadline = None
        if self._close_deadline is not None:
            self._close_deadline.cancel()
            self._close_deadline = None

    # In.

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        # hot path: once for each frame.
        if isinstance(msg, TextWebSocketFrame) or isinstance(msg, BinaryWebSocketFrame):  # noqa: SIM101  # two looks at a type, no tuple
            return ctx.fire_channel_read(msg)
        if isinstance(msg, PingWebSocketFrame):
            self._answer(ctx, PongWebSocketFrame(msg.content))
        elif isinstance(msg, CloseWebSocketFrame):
            self._close_came(ctx, msg)
            return None
        elif not isinstance(msg, PongWebSocketFrame):
            return ctx.fire_channel_read(msg)
        if not ctx.channel.config.auto_read:
            ctx.read()  # whoever asked for a message has not got one yet
        return None

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._owes_flush:
            self._owes_flush = False
            ctx.flush()
        return ctx.fire_channel_read_complete()

    def channel_writability_changed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._pong is not None and ctx.channel.is_writable and self._is_open:
            pong, self._pong = self._pong, None
            ctx.write(pong)
            ctx.flush()
        return ctx.fire_channel_writability_changed()

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        if isinstance(error, CorruptedWebSocketFrameError):
            self._fail(ctx, error)
        return ctx.fire_exception_caught(error)

    def _answer(self, ctx: ChannelHandlerContext, pong: PongWebSocketFrame) -> None:
        if not self._is_open:
            return
        if ctx.channel.is_writable:
            self._owes_flush = True
            ctx.write(pong)
        else:
            self._pong = pong

    def _close_came(self, ctx: ChannelHandlerContext, close: CloseWebSocketFrame) -> None:
        self._closing.receive()
        self._tell(ctx, close.code, close.reason)
        if self._is_open:
            self._send_close(ctx, CloseWebSocketFrame(close.code))
        if self._is_server or not ctx.channel.is_open:
            self._end(ctx)
        else:
            self._await_end(ctx)

    def _tell(self, ctx: ChannelHandlerContext, code: int, reason: str) -> None:
        if not self._was_told:
            self._was_told = True
            ctx.fire_user_event_triggered(WebSocketClosed(code, reason))

    def _fail(self, ctx: ChannelHandlerContext, error: CorruptedWebSocketFrameError) -> None:
        """Fail the connection (7.1.7): say why, and wait for nothing."""
        if ctx.channel.close_cause is None:
            ctx.channel.close_cause = error
        if self._is_open:
            reason = error.seen.encode()[:_LONGEST_REASON].decode(errors="ignore")
            self._send_close(ctx, CloseWebSocketFrame(error.code, reason))
        ctx.channel.linger(self._config.close_timeout_seconds)  # what the peer sends meanwhile must not take the reason away
        self._end(ctx)

    # Out.

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        """Pass *msg* on; raises `ClosedChannelError` behind a close frame."""
        # hot path: once for each frame.
        if not self._is_open:
            release(msg)
            raise ClosedChannelError(f"a close frame has left {ctx.channel!r}, behind which nothing may be written")
        if isinstance(msg, CloseWebSocketFrame):
            self._note_close()
            self._await_end(ctx)
        return ctx.write(msg, promise)

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        if self._closing.state is ClosingState.CLOSED or not ctx.channel.is_active:
            self._stop()
            return ctx.close(promise)
        self._closers.append(promise)
        if self._is_open:
            code = WebSocketCloseStatus.GOING_AWAY if self._is_server else WebSocketCloseStatus.NORMAL_CLOSURE
            self._send_close(ctx, CloseWebSocketFrame(code))
            self._await_end(ctx)
        return promise

    def say_farewell(self, ctx: ChannelHandlerContext, blame: Blame, /) -> None:
        """Begin the closing handshake with the code that fits: law 6."""
        if self._is_open:
            self._send_close(ctx, CloseWebSocketFrame(_FAREWELLS[blame]))
            self._await_end(ctx)

    def _send_close(self, ctx: ChannelHandlerContext, close: CloseWebSocketFrame) -> None:
        self._note_close()
        ctx.write(close)
        ctx.flush()

    def _note_close(self) -> None:
        self._closing.send()
        self._is_open = False
        self._pong = None

    # The end.

    def _await_end(self, ctx: ChannelHandlerContext) -> None:
        """Wait for what the peer has to do, for the close timeout at most."""
        if self._close_deadline is None:
            self._close_deadline = Deadline(ctx.channel.loop, self._config.close_timeout_seconds, self._end, ctx)

    def _end(self, ctx: ChannelHandlerContext) -> None:
        self._stop()
        closers, self._closers = self._closers, []
        for promise in closers:
            ctx.close(promise)
        if not closers:
            ctx.close()

    # Whether the peer lives.

    def _listen(self, ctx: ChannelHandlerContext) -> None:
        self._seen = self._reader.fed
        self._ping_deadline = Deadline(ctx.channel.loop, self._config.ping_interval_seconds, self._silence_may_be_over, ctx)

    def _silence_may_be_over(self, ctx: ChannelHandlerContext) -> None:
        if self._reader.fed != self._seen or not self._is_open or not ctx.channel.reading.is_on:
            self._listen(ctx)
            return
        self._ping_deadline = Deadline(ctx.channel.loop, self._config.ping_timeout_seconds, self._judge_peer, ctx, restores=True)
        if ctx.channel.is_writable:  # else the peer takes nothing either: a ping would wait behind what it does not take
            ctx.write(PingWebSocketFrame())
            ctx.flush()

    def _judge_peer(self, ctx: ChannelHandlerContext) -> None:
        if self._reader.fed != self._seen or not ctx.channel.reading.is_on:
            self._listen(ctx)
            return
        error = ReadTimeoutError(self._config.ping_interval_seconds + self._config.ping_timeout_seconds)
        cut_off(ctx.channel, CloseReason.PING_TIMEOUT, error)
        self._stop()
        self._note_close()
        ctx.fire_exception_caught(error)
        self._end(ctx)
