"""PortUnificationHandler: one port, several protocols, told apart by the first bytes of the client.

::

    state      means                              leaves it by
    NEW        the channel is not active yet      `channel_active`
    LOOKING    the first bytes are looked at      a rule fits: OVER, and its handlers stand here; none can, or time or bytes are up: REFUSED
    REFUSED    the end of the channel             nothing
    OVER       nothing: the place is taken        nothing

Law 1. The first rule that fits, in their order, has the connection; a rule that cannot tell yet is waited for, as are all behind it. Law 2.
`max_bytes` are looked at, no more: rules that could not tell by then do not fit. Law 3. Nobody behind hears that the channel is active
before the handlers of its protocol stand there, so that they hear it too, and every byte. Law 4. Who says nothing in time, or nothing that
a rule knows, is refused, told of and counted. Source: Netty's example ``portunification``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, final

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.errors import CorruptedFrameError, NettyError, ReadTimeoutError
from pyboot.components.netty.wire.first_bytes import FirstBytes, Matcher, begins_with, matcher_of

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["PortRule", "PortUnificationHandler", "ProtocolDetectedEvent"]

_SHOWN_BYTES: Final = 16

type NewHandlers = Callable[[], Sequence[ChannelHandler[Any]]]


@final
class PortRule(NamedTuple):
    """A protocol: its *name*, whether the first bytes are its, and what makes the *handlers* of each of its connections."""

    name: str
    matches: Matcher
    handlers: NewHandlers

    @classmethod
    def of(cls, protocol: FirstBytes | str, handlers: NewHandlers) -> PortRule:
        """The rule of a *protocol* that has a name here; raises ValueError for another."""
        known = FirstBytes(protocol)
        return cls(known.value, matcher_of(known), handlers)

    @classmethod
    def beginning(cls, name: str, beginnings: bytes | Sequence[bytes], handlers: NewHandlers) -> PortRule:
        """The rule of a protocol of yours, which begins with any of *beginnings*; raises ValueError for an empty one."""
        return cls(name, begins_with(*((beginnings,) if isinstance(beginnings, bytes) else beginnings)), handlers)


@final
class ProtocolDetectedEvent(NamedTuple):
    """The connection speaks *protocol*, the name of a rule; fired behind `channel_active`."""

    protocol: str


class _State(Enum):
    """As the table of the module has it."""

    NEW = "new"
    LOOKING = "looking"
    REFUSED = "refused"
    OVER = "over"


@final
class PortUnificationHandler(ChannelHandler[Any]):
    """Looks at the first bytes, lets the handlers of the first of *rules* that fits take its place, and hands them the bytes.

    For protocols in which the client speaks first. Behind TLS another one may look at what is inside.

    Args:
        rules: in order; a protocol whose beginning is part of another's stands behind it, as `FirstBytes.HTTP1` behind WebSocket.
        timeout_seconds: for as many bytes as it takes, from the connection's beginning; 0: any time.
        max_bytes: that are looked at.

    Raises ValueError for no rules, two of one name, or limits that cannot be.
    """

    def __init__(self, *rules: PortRule, timeout_seconds: float = 10.0, max_bytes: int = 8192) -> None:
        names = [rule.name for rule in rules]
        if not rules or len(set(names)) != len(names):
            raise ValueError(f"rules {names}: there is at least one, and each has a name of its own")
        if timeout_seconds < 0 or max_bytes < 1:
            raise ValueError(f"{timeout_seconds=:g}, {max_bytes=}: allowed is 0 or more, and 1 or more")
        self._rules = rules
        self._seconds = timeout_seconds
        self._max = max_bytes
        self._state = _State.NEW
        self._holds_active = False
        self._head = b""
        self._deadline: Deadline | None = None

    def __repr__(self) -> str:
        return f"<PortUnificationHandler {self._state.value}>"

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            self._begin(ctx)
        return None

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._holds_active = True
        self._begin(ctx)
        return None

    def _begin(self, ctx: ChannelHandlerContext) -> None:
        if self._state is _State.NEW:
            self._state = _State.LOOKING
            if self._seconds > 0:
                self._deadline = Deadline(ctx.channel.loop, self._seconds, self._timed_out, ctx)
            if not ctx.channel.auto_read:
                ctx.read()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        data = take_bytes(msg)
        if data is None:
            return ctx.fire_channel_read(msg)
        if self._state is _State.LOOKING:
            self._head = self._head + data if self._head else data
            self._look(ctx, is_all=len(self._head) >= self._max)
        return None

    def _look(self, ctx: ChannelHandlerContext, *, is_all: bool) -> None:
        seen = self._head[: self._max]
        for rule in self._rules:
            fits = rule.matches(seen)
            if fits:
                self._give_way(ctx, rule)
                return
            if fits is None and not is_all:
                if not ctx.channel.auto_read:
                    ctx.read()
                return
        known = ", ".join(rule.name for rule in self._rules)
        self._refuse(ctx, CloseReason.PROTOCOL_ERROR, CorruptedFrameError(f"{seen[:_SHOWN_BYTES]!r} begins none of: {known}"))

    def _give_way(self, ctx: ChannelHandlerContext, rule: PortRule) -> None:
        self._state = _State.OVER
        self._end_deadline()
        head, self._head = self._head, b""
        base: ChannelHandler[Any] = self
        for handler in rule.handlers():
            ctx.pipeline.add_after(base, handler)
            base = handler
        # From this context, which has left: what it still fires goes to whoever stands behind it (law 3 of `channel.chain`).
        ctx.pipeline.remove(self)
        is_left = not ctx.channel.is_open  # by the peer, whose last bytes these are; else somebody behind may refuse it now
        if self._holds_active:
            self._holds_active = False
            ctx.fire_channel_active()
        ctx.fire_user_event_triggered(ProtocolDetectedEvent(rule.name))
        if head and (is_left or ctx.channel.is_open):
            ctx.fire_channel_read(ByteBuffer(head))
            ctx.fire_channel_read_complete()

    def _timed_out(self, ctx: ChannelHandlerContext) -> None:
        if self._state is _State.LOOKING:
            text = f"{len(self._head)} bytes in {self._seconds:g} s, by which no protocol can be told"
            self._refuse(ctx, CloseReason.FIRST_BYTE_TIMEOUT, ReadTimeoutError(self._seconds, text))

    def _refuse(self, ctx: ChannelHandlerContext, reason: CloseReason, error: NettyError) -> None:
        self._state = _State.REFUSED
        self._end_deadline()
        self._head = b""
        cut_off(ctx.channel, reason, error)
        ctx.channel.abort()

    # Of a peer whose protocol is not known nobody behind hears.

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        return None if self._state in (_State.LOOKING, _State.REFUSED) else ctx.fire_channel_read_complete()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        if event is INPUT_SHUTDOWN:
            self._input_ended(ctx)
        return ctx.fire_user_event_triggered(event)

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._input_ended(ctx)
        return None if self._holds_active else ctx.fire_channel_inactive()

    def _input_ended(self, ctx: ChannelHandlerContext) -> None:
        """All that will ever come is here."""
        self._end_deadline()
        if self._state is _State.LOOKING:
            if self._head:
                self._look(ctx, is_all=True)
            else:
                self._state = _State.REFUSED
                ctx.close()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._end_deadline()
        if self._state is _State.LOOKING and self._head:
            self._state = _State.OVER
            ctx.fire_channel_read(ByteBuffer(self._head))
        return None

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
