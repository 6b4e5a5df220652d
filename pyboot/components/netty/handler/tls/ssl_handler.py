"""SslHandler: TLS in the pipeline, on any transport and at any place.

Theory of operation. What TLS is stands in `machine`, which knows bytes and events alone; this handler says when. It feeds the
machine what is read and hands its events on, keeps what is written until it can be encrypted (`pending`), and closes (`close_notify`)::

    network ── channel_read ──> machine.feed ──> Handshaken, Plaintext, PeerClosed ──> handlers
    network <── ctx.write ──── machine.take_outgoing <── machine.encrypt <── PendingWrites <── handlers

Law 1: what is written before the handshake is over waits; what is flushed goes out as soon as it can. Law 2: a handshake ends once: its
promise is told, then one event is fired, then what waits goes out or fails; of a failure the alert leaves then, one exception is fired
and the channel is closed. Law 3: the event of success comes before anything that the peer sent after it. Law 4: while ``auto_read`` is
off, a read that is asked for gives one record, and the rest stays encrypted. Law 5: the peer's close_notify is the end of the input, as
the end of the connection is of a plain channel: ours answers it once all that came before is handled. Source: Netty's class of that name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any, Final

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.file_region import FileRegion
from pyboot.components.netty.buffer.message import release, take_bytes
from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.fault import cut_off, is_fault_of_peer, log_of, note
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError, NettyError, SslError, SslHandshakeError, SslHandshakeTimeoutError
from pyboot.components.netty.handler.chunked import write_in_chunks

from .close_notify import CloseNotify
from .event import SslCloseCompletionEvent, SslHandshakeCompletionEvent
from .machine import CLOSED, ENDED, HANDSHAKE, OPEN, START, Handshaken, Plaintext, TlsMachine, TlsState
from .pending import PendingWrites
from .session import SslSession

if TYPE_CHECKING:
    import ssl

    from pyboot.components.netty.channel.context import ChannelHandlerContext

    from .machine import TlsEvent

__all__ = ["SslHandler"]

_SHOWN: Final[Mapping[TlsState, str]] = {START: "waiting", HANDSHAKE: "shaking hands", OPEN: "open", CLOSED: "open", ENDED: "ended"}

# Ciphertext is handed to the network by so much: four records for each system call, in memory that is used again at once.
_SEND_BYTES: Final = 64 * 1024

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
        ValueError: for a timeout below 0.

    A write after our close_notify fails with `ClosedChannelError`. *handshake_future* and *ssl_close_future* tell the two ends, as
    `SslHandshakeCompletionEvent` and `SslCloseCompletionEvent` do; *session* what was agreed on.
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
        self._machine = TlsMachine(context, server_side=server_side, server_hostname=server_hostname)
        self.session = SslSession(self._machine.ssl_object)
        self.handshake_future = ChannelPromise()
        self.ssl_close_future = ChannelPromise()
        self._closing = CloseNotify(self._machine, close_notify_flush_timeout, close_notify_read_timeout)
        self._writes = PendingWrites()
        self._handshake_seconds = handshake_timeout
        self._start_tls = start_tls
        self._ctx: ChannelHandlerContext | None = None
        self._timer: Deadline | None = None
        self._began_at = 0.0
        self._is_read_wanted = False  # somebody asked for a record and has not got one (law 4)
        self._is_delivering = False
        self._is_paused = False
        self._cause: Exception | None = None  # of the end

    @property
    def application_protocol(self) -> str | None:
        """The protocol that ALPN has chosen (RFC 7301); None where the sides share nothing, or one of them does not ask."""
        return self.session.application_protocol

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {_SHOWN[self._machine.ours]}>"

    # The handshake.

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._ctx = ctx
        self.handshake_future.channel = self.ssl_close_future.channel = ctx.channel
        if ctx.channel.is_active and not self._start_tls:
            self._begin(ctx)
        return None

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if not self._start_tls:
            self._begin(ctx)
        return ctx.fire_channel_active()

    def _begin(self, ctx: ChannelHandlerContext) -> None:
        if self._machine.ours is not START:
            return
        self._machine.start()
        self._began_at = ctx.channel.loop.time()
        if self._handshake_seconds > 0:
            self._timer = Deadline(ctx.channel.loop, self._handshake_seconds, self._timed_out, ctx, restores=True)
        self._deliver_kept(ctx)

    def _open(self, ctx: ChannelHandlerContext) -> None:
        """The handshake is over, and its last message is made."""
        # That message first: what a listener writes must not reach the peer before it.
        self._send(ctx)
        if self._machine.ours is not OPEN:
            return  # whoever saw that message leave has closed
        self._cancel_timer()
        self._count_handshake(ctx, "success")
        self.handshake_future.try_success(ctx.channel)
        ctx.fire_user_event_triggered(SslHandshakeCompletionEvent())
        if self._machine.ours is OPEN:
            self._write_out(ctx)
        for promise in self._closing.take_waiting():
            self.close(ctx, promise)

    def _timed_out(self, ctx: ChannelHandlerContext) -> None:
        self._timer = None
        error = SslHandshakeTimeoutError(self._handshake_seconds)
        cut_off(ctx.channel, CloseReason.HANDSHAKE_TIMEOUT, error)
        self._fail(ctx, error)

    def _count_handshake(self, ctx: ChannelHandlerContext, outcome: str) -> None:
        tally = log_of(ctx.channel).tally
        tally.add("tls.handshake", outcome)
        tally.add("tls.handshake.seconds", outcome, ctx.channel.loop.time() - self._began_at)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # What comes in.

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        data = take_bytes(msg)
        if data is None:
            return ctx.fire_channel_read(msg)
        machine = self._machine
        if machine.ours is ENDED:
            return None
        try:
            machine.feed(data)
        except SslError as error:
            self._fail(ctx, error)
            return None
        # Who reads from inside, by turning `auto_read` on for instance, only adds to what the loop further out finds.
        if not self._is_delivering:
            self._is_delivering = True
            try:
                self._deliver(ctx)
            finally:
                self._is_delivering = False
        return None

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        fired = ctx.fire_channel_read_complete()
        self._after_read(ctx)
        return fired

    def read(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._is_read_wanted = True
        if self._is_delivering:
            return None  # the loop that runs sees it
        if not self._machine.is_established or ctx.channel.auto_read or not self._machine.has_unread():
            return ctx.read()
        self._deliver_kept(ctx)
        return None

    def _deliver(self, ctx: ChannelHandlerContext, *, to_the_end: bool = False) -> bool:
        """Hand on events for as long as they are wanted and the turn lasts; tell whether there was any plaintext."""
        # hot path: once for each read from the network, its loop once for each record.
        machine, channel, fired = self._machine, ctx.channel, False
        if self._is_paused and not to_the_end:
            return False
        try:
            while self._is_read_wanted or channel.auto_read or to_the_end or machine.ours is not OPEN:
                event = machine.next_event()
                if event is None:
                    break
                if not isinstance(event, Plaintext):
                    self._handle(ctx, event)
                    continue
                if machine.ours is OPEN:  # else it was closed here, and nobody wants it any more
                    self._is_read_wanted = False
                    fired = True
                    ctx.fire_channel_read(ByteBuffer(event.data))
                if (channel.must_pause or not channel.may_go_on()) and not to_the_end:
                    self._is_paused = True
                    channel.pause_read(lambda: self._go_on(ctx))
                    break
            self._send(ctx)  # answers of TLS itself, to updates of keys for instance
        except SslError as error:
            self._fail(ctx, error)
        return fired

    def _handle(self, ctx: ChannelHandlerContext, event: TlsEvent) -> None:
        """Act on an event of TLS itself."""
        if isinstance(event, Handshaken):
            self._open(ctx)
        elif not isinstance(event, Plaintext):
            self._peer_has_closed(ctx, event.error)

    def _go_on(self, ctx: ChannelHandlerContext) -> None:
        """The next turn of a read whose records were too many for one (`channel.budget`)."""
        self._is_paused = False
        if self._machine.is_established:
            self._deliver_kept(ctx)

    def _deliver_kept(self, ctx: ChannelHandlerContext) -> None:
        """Hand on what is here already, for as long as somebody asks for it from inside."""
        self._is_delivering = True
        try:
            while self._deliver(ctx):
                ctx.fire_channel_read_complete()
        finally:
            self._is_delivering = False
        self._after_read(ctx)

    def _after_read(self, ctx: ChannelHandlerContext) -> None:
        machine, channel = self._machine, ctx.channel
        if machine.theirs is CLOSED:
            if machine.ours is OPEN and not channel.config.allow_half_closure:
                # As the end of a plain connection says it: the close that answers is not what ended this one (`Channel.closed_here`).
                channel.close_cause = channel.close_cause or ClosedChannelError("the peer has closed the connection")
                channel.input_ended(lambda: self.close(ctx, ctx.new_promise()))
            elif machine.ours is OPEN:
                channel.reading.watch_output()  # the network's own end may never come
        else:
            self._read_on(ctx)

    def _read_on(self, ctx: ChannelHandlerContext) -> None:
        """Ask the network for more: for the handshake, whatever handlers keep reads back; or for a read that has given nothing yet."""
        machine = self._machine
        if machine.ours is HANDSHAKE or (
            machine.is_established and not ctx.channel.auto_read and (self._is_read_wanted or self._closing.is_waiting)
        ):
            ctx.read()

    # What goes out.

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        ours = self._machine.ours
        if ours is CLOSED or ours is ENDED or self._closing.is_waiting:
            release(msg)
            raise ClosedChannelError(f"TLS of {ctx.channel!r} has ended") from self._cause
        if isinstance(msg, FileRegion):
            return write_in_chunks(ctx, msg, promise)
        return self._writes.add(ctx, msg, promise)

    def flush(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._machine.ours is OPEN:
            self._writes.mark_flushed()
            self._write_out(ctx)
        elif self._start_tls and self._machine.ours is START:
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
        # hot path: once for each flush. Handlers may be called by each write, and write, flush or close themselves: so nothing
        # is on its way between queue and network then.
        machine, writes, channel = self._machine, self._writes, ctx.channel
        promises: list[ChannelPromise] = []
        while machine.ours is OPEN and (run := writes.next_run(channel)) is not None:
            data, waiting = run
            promises += waiting
            try:
                machine.encrypt(data)
            except SslError as error:
                _settle(promises, error)
                self._fail(ctx, error)
                return
            # By so much at a time, and at the end: for each write a system call would be dear, and all of them in one would need memory.
            if machine.outgoing_bytes >= _SEND_BYTES or not writes.has_run():
                self._send_records(ctx, promises)
                promises = []
        ctx.flush()

    def _send_records(self, ctx: ChannelHandlerContext, promises: list[ChannelPromise]) -> None:
        # One promise for the ciphertext of several writes, which passes its end on to theirs.
        carrier = ctx.new_promise().add_listener(lambda end: _settle(promises, end.error)) if promises else None
        answer = ctx.write(self._machine.take_outgoing(), carrier)
        if isinstance(answer, ChannelPromise) and answer.error is not None and ctx.channel.is_open:
            ctx.channel.abort()  # a record that is missing makes all that follow unreadable

    def _send(self, ctx: ChannelHandlerContext) -> bool:
        """Send what TLS itself has to say; tell whether it has anything."""
        if self._machine.outgoing_bytes == 0:
            return False
        ctx.write(self._machine.take_outgoing())
        ctx.flush()
        return True

    # The end.

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        ours = self._machine.ours
        if self._closing.is_waiting or (ours is HANDSHAKE and self._writes.has_flushed()):
            self._closing.wait(ctx.channel, promise)  # what was flushed before leaves first: see `_open`
        elif ours is OPEN:
            self._write_out(ctx)  # the rest of a flush that has led here
            self._lose(ctx, self._writes.fail_unflushed(ctx.channel, ClosedChannelError(f"{ctx.channel!r} was closed before the flush")))
            self._closing.close(ctx, promise)
        else:
            if ours is START or ours is HANDSHAKE:
                self._lose(ctx, self._end(ctx, _closed_early(ctx)))
            return ctx.close(promise)
        return None

    def close_outbound(self) -> ChannelPromise:
        """End the own side: close_notify is sent, later writes fail, reading goes on. The promise tells when it has left."""
        ctx = self._ctx
        if ctx is None or self._machine.ours is not OPEN:
            answer = ChannelPromise() if ctx is None else ctx.new_promise()
            answer.set_failure(ClosedChannelError(f"{self!r} has nothing to end"))
            return answer
        self._write_out(ctx)  # as in close
        self._lose(ctx, self._writes.fail_unflushed(ctx.channel, ClosedChannelError(f"{self!r} was ended before the flush")))
        return self._closing.send(ctx)

    def _fail(self, ctx: ChannelHandlerContext, error: SslError) -> None:
        """End TLS with this peer because of *error*: those who wait are told, the alert leaves, the channel closes."""
        self._end(ctx, error)
        if self._send(ctx):
            ctx.channel.linger(_ALERT_SECONDS)  # else a peer that is still sending is answered by a reset, which takes the alert away
        ctx.fire_exception_caught(error)
        self._closing.finish(ctx)
        ctx.close()

    def _end(self, ctx: ChannelHandlerContext, error: Exception) -> int:
        """Encrypt and decrypt nothing any more; return how many messages were lost that nobody waited for."""
        was = self._machine.ours
        self._machine.end()  # first: of those who are told below, one may write, close or remove this handler
        note(error, ctx.channel)  # before anybody else is told, who may be of another channel
        self._cause = error
        self._cancel_timer()
        if was is HANDSHAKE:
            self._count_handshake(ctx, "failure")
        if self.handshake_future.try_failure(error) and was is HANDSHAKE:
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
            self.ssl_close_future.try_success(ctx.channel)
        else:
            self.ssl_close_future.try_failure(error)
        if self.handshake_future.is_success:
            ctx.fire_user_event_triggered(SslCloseCompletionEvent(error))
        if error is None and self._machine.ours is CLOSED:
            self._closing.finish(ctx)

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._end_input(ctx):
            ctx.fire_channel_read_complete()
        if self._machine.ours is not ENDED:
            self._lose(ctx, self._end(ctx, ctx.channel.closed_error() if self._machine.is_established else _closed_early(ctx)))
        self._closing.finish(ctx)
        return ctx.fire_channel_inactive()

    def _end_input(self, ctx: ChannelHandlerContext) -> bool:
        """Nothing more will come: hand on what is left; tell whether there was any."""
        if self._machine.ours is not OPEN or self._machine.theirs is not OPEN:
            return False
        self._machine.feed_eof()
        return self._deliver(ctx, to_the_end=True)

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        if event is INPUT_SHUTDOWN:
            if self._end_input(ctx):
                ctx.fire_channel_read_complete()
            if self._machine.ours is START or self._machine.ours is HANDSHAKE:
                self._fail(ctx, SslHandshakeError("the peer left before it was over"))
        return ctx.fire_user_event_triggered(event)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        is_reset = isinstance(error, ConnectionError) and not isinstance(error, NettyError) and is_fault_of_peer(error, ctx.channel)
        if is_reset and CLOSED in (self._machine.ours, self._machine.theirs):
            ctx.close()  # one side had said that this is all: a reset then takes nothing away
            return None
        return ctx.fire_exception_caught(error)

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._machine.ours is not ENDED:
            is_open = ctx.channel.is_open
            self._lose(ctx, self._end(ctx, SslError("the handler was removed") if is_open else ctx.channel.closed_error()))
            rest = self._machine.take_unread()
            if rest and is_open:
                ctx.fire_channel_read(ByteBuffer(rest))
                ctx.fire_channel_read_complete()
        self._closing.finish(ctx)
        return None


def _closed_early(ctx: ChannelHandlerContext) -> ClosedChannelError:
    error = ClosedChannelError(f"{ctx.channel!r} was closed before the handshake was over")
    error.__cause__ = ctx.channel.closed_error().__cause__
    return error


def _settle(promises: list[ChannelPromise], error: BaseException | None) -> None:
    """The ciphertext of some writes was delivered, or, with *error*, was not."""
    for promise in promises:
        if error is None:
            promise.try_success()
        else:
            promise.try_failure(error)
