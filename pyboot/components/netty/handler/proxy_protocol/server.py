"""ProxyProtocolHandler: the header of the PROXY protocol, taken off in front of everything else.

::

    the peer is            its first bytes are     becomes
    trusted                a header                the client that the header names; LOCAL and UNKNOWN: the proxy itself
    trusted                anything else           refused, `proxy-protocol`
    trusted                late                    refused, `proxy-protocol-timeout`
    not trusted            a header                refused, `untrusted-proxy`
    not trusted            anything else           itself; or refused, `untrusted-proxy`, where all have to come by a proxy

Law 1. Whether a header is there is not guessed (``proxy-protocol.txt``, 2): of a trusted peer it must be, of any other it must not.
Law 2. No handler behind hears of a trusted peer, `channel_active` least of all, before the channel's remote address is the client's: what
filters, limits, logs and applications see is one address, and the same. Who is refused never was there for them.
Law 3. TLS begins behind the header, so this handler stands in front of it.
The socket's own peer remains ``channel.get_extra_info("peername")``; the header, with its fields, is the attribute `PROXY_HEADER`, and
fired as a user event behind `channel_active`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.attribute import AttributeKey
from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.errors import ClosedChannelError, CorruptedFrameError, DecoderError, NettyError, ReadTimeoutError
from pyboot.components.netty.wire.haproxy.message import HAProxyMessage
from pyboot.components.netty.wire.haproxy.reader import MAX_HEADER_BYTES, HAProxyReader, begins_proxy_header

from .trusted import TrustedPeers

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["HANDLER_NAME", "PROXY_HEADER", "ProxyProtocol", "ProxyProtocolHandler"]

HANDLER_NAME: Final = "proxy-protocol"

PROXY_HEADER: Final = AttributeKey[HAProxyMessage]("proxy-header")
"""The header that a trusted proxy has sent, on the channel of its client."""


@final
class ProxyProtocol:
    """The PROXY protocol of a server.

    Args:
        trusted: the proxies: networks and addresses, and ``unix``, as of `TrustedPeers`.
        timeout_seconds: for the header of a trusted peer, from the connection's beginning; 0: any time.
        max_header_bytes: longest header of version 2.
        required: True if peers that are not trusted are refused; else they are served as who they are.

    Raises ValueError for what cannot be.
    """

    __slots__ = ("max_header_bytes", "required", "timeout_seconds", "trusted")

    def __init__(
        self, trusted: Iterable[str], *, timeout_seconds: float = 5.0, max_header_bytes: int = MAX_HEADER_BYTES, required: bool = False
    ) -> None:
        if timeout_seconds < 0:
            raise ValueError(f"timeout_seconds {timeout_seconds:g}: allowed is 0, for any time, or more")
        HAProxyReader(max_header_bytes)  # refuses what is not allowed
        self.trusted = TrustedPeers(trusted)
        self.timeout_seconds = timeout_seconds
        self.max_header_bytes = max_header_bytes
        self.required = required

    def precede(self, channel: Channel) -> None:
        """Put the handler in front of everything that stands in the pipeline of *channel*."""
        channel.pipeline().add_first(ProxyProtocolHandler(self), name=HANDLER_NAME)


class _State(Enum):
    """The state of a handler, named by what it waits for.

    ==========  =============================  ==============================================
    state       means                          leaves it by
    ==========  =============================  ==============================================
    NEW         the channel is not active yet  `_begin`: to HEADER, PLAIN or REFUSED
    HEADER      a trusted peer's header        a whole one: CLAIMING; anything else: REFUSED
    CLAIMING    room for the client's address  `_claimed`: OVER or REFUSED
    PLAIN       the first bytes of another     no header: OVER; a header: REFUSED
    REFUSED     the end of the channel         nothing
    OVER        nothing: the place is empty    nothing
    ==========  =============================  ==============================================
    """

    NEW = "new"
    HEADER = "header"
    CLAIMING = "claiming"
    PLAIN = "plain"
    REFUSED = "refused"
    OVER = "over"


_SILENT: Final = frozenset({_State.HEADER, _State.CLAIMING, _State.REFUSED})  # nobody behind is to hear of the channel


@final
class ProxyProtocolHandler(ChannelHandler[Any]):
    """Stands in front of everything else, and leaves its place when it is known who the peer is. Source: Netty's ``HAProxyMessageDecoder``.

    `ServerBootstrap.proxy_protocol` and ``netty.servers.*.proxy-protocol`` put one into each pipeline.
    """

    def __init__(self, rules: ProxyProtocol) -> None:
        self._rules = rules
        self._reader = HAProxyReader(rules.max_header_bytes)
        self._state = _State.NEW
        self._holds_active = False  # channel_active has come, and nobody behind knows
        self._head = b""  # of a peer that is not trusted
        self._has_ended = False  # the client has, behind its header
        self._deadline: Deadline | None = None

    def __repr__(self) -> str:
        return f"<ProxyProtocolHandler {self._state.value}>"

    # The beginning.

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            self._begin(ctx)
        return None

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._holds_active = True
        if self._state is _State.NEW:
            self._begin(ctx)
        elif self._state is _State.PLAIN:  # begun when it was added to a connection that is there
            self._fire_active(ctx)
        return None

    def _begin(self, ctx: ChannelHandlerContext) -> None:
        channel = ctx.channel
        if channel.remote_address() in self._rules.trusted:
            self._state = _State.HEADER
            self._watch(ctx, self._timed_out)
            if not channel.auto_read:
                ctx.read()
        elif channel.remote_address() is None:
            # It has left before its address could be asked for, as a health check may: nobody's connection, and nobody's fault.
            self._state = _State.REFUSED
            channel.close_cause = ClosedChannelError("the peer has left before its address was known")
            channel.abort()
        elif self._rules.required:
            error = ClosedChannelError("refused: it is no trusted proxy, and all have to come by one")
            self._refuse(ctx, CloseReason.UNTRUSTED_PROXY, error)
        else:
            self._state = _State.PLAIN
            self._fire_active(ctx)

    def _watch(self, ctx: ChannelHandlerContext, judge: Any) -> None:  # Any: a method of the context
        if self._rules.timeout_seconds > 0 and self._deadline is None:
            self._deadline = Deadline(ctx.channel.loop, self._rules.timeout_seconds, judge, ctx)

    # What comes in.

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if self._state in (_State.OVER, _State.NEW):
            return ctx.fire_channel_read(msg)
        data = take_bytes(msg)
        if self._state is _State.REFUSED:
            return None
        if data is None:
            return ctx.fire_channel_read(msg)
        if self._state is _State.PLAIN:
            self._look(ctx, data)
            return None
        self._reader.feed(data)
        if self._state is _State.HEADER:
            self._read_header(ctx)
        return None

    def _read_header(self, ctx: ChannelHandlerContext) -> None:
        try:
            message: HAProxyMessage | None = self._reader.next_frame()
        except DecoderError as error:
            self._refuse(ctx, CloseReason.PROXY_PROTOCOL, error)
            return
        if message is not None:
            self._take(ctx, message)
        elif not ctx.channel.auto_read:
            ctx.read()

    def _take(self, ctx: ChannelHandlerContext, message: HAProxyMessage) -> None:
        self._end_deadline()
        channel = ctx.channel
        channel.attributes[PROXY_HEADER] = message
        self._state = _State.CLAIMING
        if not message.source:  # LOCAL, UNKNOWN, or a Unix socket without a name: the proxy's own end is what there is
            self._claimed(ctx, message, True)
            return
        channel.use_remote_address(message.source)
        claim = getattr(channel.parent, "claim_address", None)  # of a listening channel, which counts addresses
        if claim is None:
            self._claimed(ctx, message, True)
        else:
            host = str(message.source[0]) if isinstance(message.source, tuple) else message.source
            claim(host, channel, partial(self._claimed, ctx, message))

    def _claimed(self, ctx: ChannelHandlerContext, message: HAProxyMessage, is_allowed: bool) -> None:
        """The client's address has room for one more connection, or has not; the listening channel has told and counted that."""
        channel = ctx.channel
        if not is_allowed:
            self._state = _State.REFUSED
            channel.close_cause = ClosedChannelError("turned away: its address has as many connections as are allowed")
            channel.abort()
        elif channel.is_active and not ctx.is_removed:
            self._leave(ctx, self._reader.unread(), message)

    def _look(self, ctx: ChannelHandlerContext, data: bytes) -> None:
        """Look at the first bytes of a peer that is not trusted."""
        self._head += data
        is_header = begins_proxy_header(self._head)
        if is_header:
            error = CorruptedFrameError("a PROXY header of a peer that is not trusted; if it is a proxy, name it among the trusted ones")
            self._refuse(ctx, CloseReason.UNTRUSTED_PROXY, error)
        elif is_header is None:
            self._watch(ctx, self._is_plain)
            if not ctx.channel.auto_read:
                ctx.read()
        else:
            self._is_plain(ctx)

    def _is_plain(self, ctx: ChannelHandlerContext) -> None:
        """Believe the peer: its bytes begin no header; or do not go on, and then are whatever they are."""
        if self._state is _State.PLAIN:
            head, self._head = self._head, b""
            self._leave(ctx, head, None)

    # The end.

    def _leave(self, ctx: ChannelHandlerContext, rest: bytes, message: HAProxyMessage | None) -> None:
        """Leave the place; those behind hear that the channel is active, who told of it, and the *rest* of what came."""
        self._state = _State.OVER
        self._end_deadline()
        is_left = not ctx.channel.is_open  # by the peer, whose last bytes these are; else somebody behind may refuse it now
        ctx.pipeline.remove(self)
        self._fire_active(ctx)
        if message is not None:
            ctx.fire_user_event_triggered(message)
        if rest and (is_left or ctx.channel.is_open):
            ctx.fire_channel_read(ByteBuffer(rest))
            ctx.fire_channel_read_complete()
        if self._has_ended:
            ctx.fire_user_event_triggered(INPUT_SHUTDOWN)

    def _fire_active(self, ctx: ChannelHandlerContext) -> None:
        if self._holds_active:
            self._holds_active = False
            ctx.fire_channel_active()

    def _timed_out(self, ctx: ChannelHandlerContext) -> None:
        if self._state is _State.HEADER:
            seconds = self._rules.timeout_seconds
            error = ReadTimeoutError(seconds, f"no whole PROXY header has come for {seconds:g} s")
            self._refuse(ctx, CloseReason.PROXY_PROTOCOL_TIMEOUT, error)

    def _refuse(self, ctx: ChannelHandlerContext, reason: CloseReason, error: NettyError) -> None:
        self._state = _State.REFUSED
        self._end_deadline()
        self._reader.unread()
        self._head = b""
        cut_off(ctx.channel, reason, error)
        ctx.channel.abort()

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    # Of a peer that was not let in nobody behind hears.

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        return None if self._state in _SILENT or self._head else ctx.fire_channel_read_complete()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        if event is INPUT_SHUTDOWN:
            self._input_ended(ctx)
        return None if self._state in _SILENT and event is INPUT_SHUTDOWN else ctx.fire_user_event_triggered(event)

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._input_ended(ctx)
        return None if self._holds_active else ctx.fire_channel_inactive()

    def _input_ended(self, ctx: ChannelHandlerContext) -> None:
        self._end_deadline()
        if self._state is _State.PLAIN and self._head:
            self._is_plain(ctx)
        elif self._state is _State.CLAIMING:
            self._has_ended = True
        elif self._state is _State.HEADER:
            # Who only looks whether somebody listens sends nothing; that is not worth a line.
            if held := self._reader.held_bytes():
                error = CorruptedFrameError(f"the peer left with {held} bytes of a PROXY header")
                self._refuse(ctx, CloseReason.PROXY_PROTOCOL, error)
            else:
                self._state = _State.REFUSED
                ctx.close()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._end_deadline()
        if self._state in (_State.HEADER, _State.PLAIN):
            self._state = _State.OVER
            rest = self._reader.unread() + self._head
            if rest:
                ctx.fire_channel_read(ByteBuffer(rest))
        return None
