"""SslHandler: TLS in the pipeline, on any transport and at any place.

Theory of operation. Bytes from the network go into the engine's memory, plaintext comes out, and the other way round; the
handler decides when. Its states, and what makes it move::

    WAITING --- active, or added to an active channel; with start_tls, the first flush ---> SHAKING
    SHAKING --- the handshake is over ---> OPEN
    WAITING, SHAKING, OPEN --- an error, a timeout, a close before OPEN, a removal, the end of the channel ---> ENDED

Law 1: what is written before OPEN waits; what is flushed goes out as soon as it can. Law 2: a handshake ends once: its promise
is told, then one event is fired, then what waits goes out or fails; of a failure the alert leaves then, one exception is fired and
the channel is closed. Law 3: the event of success comes before anything that the peer sent after it. Law 4: while ``auto_read`` is
off, a read that is asked for gives one record, and the rest stays encrypted. Source: Netty's class of that name.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import release, take_bytes
from pyboot.components.netty.channel.deadline import Deadline
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.fault import is_fault_of_peer, note
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import (
    ClosedChannelError,
    NettyError,
    NotSslRecordError,
    SslError,
    SslHandshakeError,
    SslHandshakeTimeoutError,
    SslTruncationError,
)
from pyboot.components.netty.wire.tls_record import begins_tls_record, likely_protocol

from .engine import TlsEngine
from .event import SslCloseCompletionEvent, SslHandshakeCompletionEvent
from .farewell import Farewell, when_handled
from .pending import PendingWrites
from .session import SslSession

if TYPE_CHECKING:
    import ssl

    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["SslHandler"]

WAITING: Final = 0
SHAKING: Final = 1
OPEN: Final = 2
ENDED: Final = 3

_STATES: Final = ("waiting", "shaking hands", "open", "ended")

# So much of what is no TLS is shown.
_SHOWN_BYTES: Final = 16

# So long a peer may go on sending until it has read our alert; it mostly stops at once.
_ALERT_SECONDS: Final = 1.0


class SslHandler(ChannelHandler[Any]):
    """Encrypts what goes out, decrypts what comes in. Put it first: what stands behind it sees plaintext.

    Args:
        context: of `ssl_context_for_server` or `ssl_context_for_client`, or any ``ssl.SSLContext``.
        server_side: whether this is the side that accepted the connection.
        server_hostname: whom a client means to talk to: sent to the server (SNI) and compared with its certificate.
        handshake_timeout: seconds; 0 for no limit.
        close_notify_flush_timeout: seconds that our last word has to leave when nothing else is left to send; 0 for no limit
            but the channel's close timeout, which rules what was flushed.
        close_notify_read_timeout: seconds to wait for the peer's last word after our own; 0 does not wait.
        start_tls: let what is written before the first flush out in clear, and begin then.

    Raises:
        SslContextError: for a context of the other side, and for a client that checks names without a *server_hostname*.

    *handshake_future* and *ssl_close_future* tell the two ends, as `SslHandshakeCompletionEvent` and `SslCloseCompletionEvent` do;
    *session* what was agreed on.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        *,
        server_side: bool = False,
        server_hostname: str | None = None,
        handshake_timeout: float = 10.0,
        close_notify_flush_timeout: float = 3.0,
        close_notify_read_timeout: float = 0.0,
        start_tls: bool = False,
    ) -> None:
        for seconds in (handshake_timeout, close_notify_flush_timeout, close_notify_read_timeout):
            if not seconds >= 0:
                raise ValueError(f"timeout of {seconds} s, must be at least 0")
        self._engine = TlsEngine(context, server_side=server_side, server_hostname=server_hostname)
        self.session = SslSession(self._engine.ssl_object)
        self.handshake_future = ChannelPromise()
        self.ssl_close_future = ChannelPromise()
        self._farewell = Farewell(self._engine, close_notify_flush_timeout, close_notify_read_timeout)
        self._writes = PendingWrites()
        self._handshake_seconds = handshake_timeout
        self._start_tls = start_tls
        self._state = WAITING
        self._ctx: ChannelHandlerContext | None = None
        self._timer: Deadline | None = None
        self._head: bytes | None = b""  # the first bytes of the peer, until it is known that they are TLS
        self._read_wanted = False
        self._is_delivering = False
        self._is_paused = False
        self._is_leaving = False  # the peer has said its last word, and so shall we
        self._cause: Exception | None = None  # of the end

    @property
    def application_protocol(self) -> str | None:
        """What ALPN has chosen; None where the sides share nothing, or one of them does not ask."""
        return self.session.application_protocol

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {_STATES[self._state]}>"

    # The handshake.

    def handler_added(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        self._ctx = ctx
        self.handshake_future.channel = self.ssl_close_future.channel = ctx.channel
        if ctx.channel.is_active and not self._start_tls:
            self._begin(ctx)
        return None

    def channel_active(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        if not self._start_tls:
            self._begin(ctx)
        return ctx.fire_channel_active()

    def _begin(self, ctx: ChannelHandlerContext) -> None:
        if self._state != WAITING:
            return
        self._state = SHAKING
        if self._handshake_seconds > 0:
            self._timer = Deadline(ctx.channel.loop, self._handshake_seconds, self._timed_out, ctx, restores=True)
        self._shake(ctx)
        self._read_on(ctx)

    def _shake(self, ctx: ChannelHandlerContext) -> None:
        try:
            is_over = self._engine.shake_hands()
        except SslHandshakeError as error:
            self._fail(ctx, error)
            return
        self._send(ctx)
        if is_over and self._state == SHAKING:
            self._open(ctx)

    def _open(self, ctx: ChannelHandlerContext) -> None:
        self._state = OPEN
        self._cancel_timer()
        self.handshake_future.try_success(ctx.channel)
        ctx.fire_user_event_triggered(SslHandshakeCompletionEvent())
        if self._state == OPEN:
            self._write_out(ctx)
        for promise in self._farewell.take_waiting():
            self.close(ctx, promise)

    def _timed_out(self, ctx: ChannelHandlerContext) -> None:
        self._timer = None
        self._fail(ctx, SslHandshakeTimeoutError(self._handshake_seconds))

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # What comes in.

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Awaitable[None] | None:
        data = take_bytes(msg)
        if data is None:
            return ctx.fire_channel_read(msg)
        if self._state == ENDED:
            return None
        if self._head is not None and not (data := self._without_doubt(ctx, self._head + data)):
            return None
        self._engine.feed(data)
        if self._state == SHAKING:
            self._shake(ctx)
        if not self._is_delivering:
            self._is_delivering = True
            try:
                self._deliver(ctx)
            finally:
                self._is_delivering = False
        return None

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        fired = ctx.fire_channel_read_complete()
        self._after_read(ctx)
        return fired

    def read(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        self._read_wanted = True
        if self._is_delivering:
            return None  # the loop that runs sees it
        if self._state != OPEN or ctx.channel.auto_read or not self._engine.has_unread():
            return ctx.read()
        self._deliver_kept(ctx)
        return None

    def _without_doubt(self, ctx: ChannelHandlerContext, head: bytes) -> bytes:
        """What came so far, if it is TLS; nothing while that cannot be told, and where it is not, which is the end."""
        verdict = begins_tls_record(head)
        self._head = head if verdict is None else None
        if verdict is False:
            self._fail(ctx, NotSslRecordError(head[:_SHOWN_BYTES], likely_protocol(head)))
        return head if verdict else b""

    def _deliver(self, ctx: ChannelHandlerContext, *, to_the_end: bool = False) -> bool:
        """Hand on plaintext, record by record, for as long as it is wanted and the turn lasts; tell whether there was any."""
        # hot path: once for each read from the network, its loop once for each record.
        engine, channel, farewell, fired = self._engine, ctx.channel, self._farewell, False
        if self._is_paused and not to_the_end:
            return False
        try:
            while self._state == OPEN and (self._read_wanted or channel.auto_read or to_the_end or farewell.is_said):
                data = engine.read()
                if data is None:
                    break
                if not data:
                    self._peer_has_closed(ctx, None)
                    break
                if not farewell.is_said:  # else it was closed here, and nobody wants it any more
                    self._read_wanted = False
                    fired = True
                    ctx.fire_channel_read(ByteBuffer(data))
                if (channel.must_pause or not channel.may_go_on()) and not to_the_end:
                    self._is_paused = True
                    channel.pause_read(lambda: self._go_on(ctx))
                    break
            self._send(ctx)  # answers of TLS itself, to updates of keys for instance
        except SslTruncationError as error:
            self._peer_has_closed(ctx, error)
        except SslError as error:
            self._fail(ctx, error)
        return fired

    def _go_on(self, ctx: ChannelHandlerContext) -> None:
        """The next turn of a read whose records were too many for one (`channel.budget`)."""
        self._is_paused = False
        if self._state == OPEN:
            self._deliver_kept(ctx)

    def _deliver_kept(self, ctx: ChannelHandlerContext) -> None:
        """There may be reads that no network is needed for; who asked for one may ask again from inside."""
        self._is_delivering = True
        try:
            while (self._read_wanted or ctx.channel.auto_read) and self._deliver(ctx):
                ctx.fire_channel_read_complete()
        finally:
            self._is_delivering = False
        self._after_read(ctx)

    def _after_read(self, ctx: ChannelHandlerContext) -> None:
        self._read_on(ctx)
        if self._farewell.is_heard and self._state == OPEN and not self._farewell.is_said:
            self._leave_too(ctx)

    def _read_on(self, ctx: ChannelHandlerContext) -> None:
        """The handshake needs more, whoever keeps reads to himself; or who asked, where nobody else does, has not got anything yet."""
        if self._farewell.is_heard:
            return
        if self._state == SHAKING or (
            self._state == OPEN and not ctx.channel.auto_read and (self._read_wanted or self._farewell.is_waiting)
        ):
            ctx.read()

    # What goes out.

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Awaitable[None] | None:
        if self._state == ENDED or self._farewell.is_said or self._farewell.is_waiting:
            release(msg)
            raise ClosedChannelError(f"TLS of {ctx.channel!r} has ended") from self._cause
        return self._writes.add(ctx, msg, promise)

    def flush(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        if self._state == OPEN:
            self._writes.mark_flushed()
            self._write_out(ctx)
        elif self._start_tls and self._state == WAITING:
            self._start_tls = False
            for piece, promise in self._writes.take_all(ctx.channel):
                ctx.write(piece, promise)
            ctx.flush()
            self._begin(ctx)
        else:
            self._writes.mark_flushed()
            ctx.flush()
        return None

    def _write_out(self, ctx: ChannelHandlerContext) -> None:
        """Encrypt what was flushed and send it; a promise is told when the ciphertext of its message was delivered."""
        # hot path: once for each flush.
        engine = self._engine
        while self._state == OPEN and (run := self._writes.next_run(ctx.channel)) is not None:
            data, promises = run
            try:
                engine.encrypt(data)
            except SslError as error:
                _settle(promises, error)
                self._fail(ctx, error)
                return
            answer = ctx.write(engine.take_outgoing(), _carrier(ctx, promises))
            if isinstance(answer, ChannelPromise) and answer.error is not None and ctx.channel.is_open:
                ctx.channel.abort()  # a record that is missing makes all that follow unreadable
        ctx.flush()

    def _send(self, ctx: ChannelHandlerContext) -> bool:
        """Send what TLS itself has to say; tell whether it has anything."""
        data = self._engine.take_outgoing()
        if data:
            ctx.write(data)
            ctx.flush()
        return len(data) > 0

    # The end.

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> Awaitable[None] | None:
        farewell = self._farewell
        if farewell.is_waiting or (self._state == SHAKING and self._writes.has_flushed()):
            farewell.wait(ctx.channel, promise)  # what was flushed before leaves first: see `_open`
        elif self._state == OPEN and not farewell.is_said:
            self._lose(ctx, self._writes.fail_unflushed(ctx.channel, ClosedChannelError(f"{ctx.channel!r} was closed before the flush")))
            farewell.close(ctx, promise)
        else:
            if self._state != ENDED and not farewell.is_said:
                self._lose(ctx, self._end(ctx, _closed_early(ctx)))
            return ctx.close(promise)
        return None

    def close_outbound(self) -> ChannelPromise:
        """End the own side: close_notify is sent, later writes fail, reading goes on. The promise tells when it has left."""
        ctx = self._ctx
        if ctx is None or self._state != OPEN or self._farewell.is_said:
            answer = ChannelPromise() if ctx is None else ctx.new_promise()
            answer.set_failure(ClosedChannelError(f"{self!r} has nothing to end"))
            return answer
        self._lose(ctx, self._writes.fail_unflushed(ctx.channel, ClosedChannelError(f"{self!r} was ended before the flush")))
        return self._farewell.say(ctx)

    def _fail(self, ctx: ChannelHandlerContext, error: SslError) -> None:
        """TLS with this peer is over: those who wait are told, the alert leaves, the channel closes."""
        self._end(ctx, error)
        if self._send(ctx) and hasattr(ctx.channel, "linger_seconds"):
            # A peer that is still sending would be answered by a reset, which takes the alert away from it.
            ctx.channel.linger_seconds = max(ctx.channel.linger_seconds, _ALERT_SECONDS)
        ctx.fire_exception_caught(error)
        self._farewell.finish(ctx)
        ctx.close()

    def _end(self, ctx: ChannelHandlerContext, error: Exception) -> int:
        """Nothing is encrypted or decrypted any more; gives how many messages were lost that nobody waited for."""
        was, self._state = self._state, ENDED
        note(error, ctx.channel)  # before anybody else is told, who may be of another channel
        self._cause = error
        self._cancel_timer()
        if self.handshake_future.try_failure(error) and was == SHAKING:
            ctx.fire_user_event_triggered(SslHandshakeCompletionEvent(error))
        lost = self._writes.fail(ctx.channel, error)
        self._peer_has_closed(ctx, error)
        return lost

    def _lose(self, ctx: ChannelHandlerContext, messages: int) -> None:
        if messages:
            ctx.fire_exception_caught(ClosedChannelError(f"{messages} written messages were not delivered by {ctx.channel!r}"))

    def _peer_has_closed(self, ctx: ChannelHandlerContext, error: Exception | None) -> None:
        """The peer's close_notify has come; or, with *error*, will not come any more."""
        if self.ssl_close_future.is_done:
            return
        if error is None:
            self._farewell.is_heard = True
            self.ssl_close_future.try_success(ctx.channel)
        else:
            self.ssl_close_future.try_failure(error)
        if self.handshake_future.is_success:
            ctx.fire_user_event_triggered(SslCloseCompletionEvent(error))
        if error is None and self._farewell.is_said:
            self._farewell.finish(ctx)

    def _leave_too(self, ctx: ChannelHandlerContext) -> None:
        """The peer has said that this is all: so it is the end here too, when all that came before is handled.

        The end of the connection, which mostly follows at once, must not overtake that: it would leave no time for our own last word.
        """
        channel = ctx.channel
        if channel.config.allow_half_closure:
            return
        self._is_leaving = True
        if channel.pipeline().has_mail():
            channel.own_config().allow_half_closure = True
            channel.expect_close()
        when_handled(channel, lambda: self.close(ctx, ctx.new_promise()))

    def channel_inactive(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        if self._end_input(ctx):
            ctx.fire_channel_read_complete()
        if self._state != ENDED:
            self._lose(ctx, self._end(ctx, ctx.channel.closed_error() if self._state == OPEN else _closed_early(ctx)))
        self._farewell.finish(ctx)
        return ctx.fire_channel_inactive()

    def _end_input(self, ctx: ChannelHandlerContext) -> bool:
        """Nothing more will come: hand on what is left; tell whether there was any."""
        if self._state != OPEN or self._farewell.is_said or self._farewell.is_heard:
            return False
        self._engine.feed_eof()
        return self._deliver(ctx, to_the_end=True)

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> Awaitable[None] | None:
        if event is not INPUT_SHUTDOWN:
            return ctx.fire_user_event_triggered(event)
        if self._is_leaving:
            return None  # nobody asked for half-closure: it serves `_leave_too`
        if self._end_input(ctx):
            ctx.fire_channel_read_complete()
        if self._state in (WAITING, SHAKING):
            self._fail(ctx, SslHandshakeError("the peer left before it was over"))
        return ctx.fire_user_event_triggered(event)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> Awaitable[None] | None:
        is_reset = isinstance(error, ConnectionError) and not isinstance(error, NettyError) and is_fault_of_peer(error, ctx.channel)
        if is_reset and (self._farewell.is_said or self._farewell.is_heard):
            ctx.close()  # one side had said that this is all: a reset then takes nothing away
            return None
        return ctx.fire_exception_caught(error)

    def handler_removed(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        if self._state != ENDED:
            is_open = ctx.channel.is_open
            self._lose(ctx, self._end(ctx, SslError("the handler was removed") if is_open else ctx.channel.closed_error()))
            rest = (self._head or b"") + self._engine.take_unread()
            if rest and is_open:
                ctx.fire_channel_read(ByteBuffer(rest))
                ctx.fire_channel_read_complete()
        self._farewell.finish(ctx)
        return None


def _closed_early(ctx: ChannelHandlerContext) -> ClosedChannelError:
    error = ClosedChannelError(f"{ctx.channel!r} was closed before the handshake was over")
    error.__cause__ = ctx.channel.closed_error().__cause__
    return error


def _carrier(ctx: ChannelHandlerContext, promises: list[ChannelPromise]) -> ChannelPromise | None:
    """A promise for the ciphertext of several writes, which passes its end on to theirs; None where nobody waits."""
    return ctx.new_promise().add_listener(lambda end: _settle(promises, end.error)) if promises else None


def _settle(promises: list[ChannelPromise], error: BaseException | None) -> None:
    """The ciphertext of some writes was delivered, or, with *error*, was not."""
    for promise in promises:
        if error is None:
            promise.try_success()
        else:
            promise.try_failure(error)
