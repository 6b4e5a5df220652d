"""ProxyHandler: a connection to a proxy becomes one to the target, before anybody behind hears of it.

::

    state        means                                       leaves it by
    UNCONNECTED  nobody has asked for a connection           `connect`
    CONNECTING   the proxy is not there yet                  `channel_active`: ASKING; its failure: OVER
    ASKING       proxy and this side talk                    the proxy's last word: OVER, and the handler is gone; a refusal: OVER
    OVER         nothing

Law 1. The promise of `connect` is done, then `channel_active` comes, when the target is there; not before. Law 2. Whatever goes wrong fails
that promise with a `ProxyConnectError`, which has the proxy's answer, and closes the connection; handlers behind never hear of it. Law 3.
Nothing is written for the target before it is there. Source: Netty's ``ProxyHandler``.
"""

from __future__ import annotations

from collections.abc import Awaitable
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, final

from pyboot.components.netty.address import address_text
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.fault import note
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import DecoderError, EncoderError, NotYetConnectedError

from .errors import ProxyConnectError, ProxyConnectTimeoutError

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.wire.reader import FrameReader

__all__ = ["HANDLER_NAME", "ProxyConnectionEvent", "ProxyHandler"]

HANDLER_NAME: Final = "proxy"


@final
class ProxyConnectionEvent(NamedTuple):
    """The target is there: *destination* through *proxy*, which has said so by *protocol*; fired behind `channel_active`."""

    protocol: str
    proxy: str
    destination: str


class _State(Enum):
    """As the table of the module has it."""

    UNCONNECTED = "unconnected"
    CONNECTING = "connecting"
    ASKING = "asking"
    OVER = "over"


class ProxyHandler(ChannelHandler[Any]):
    """Stands in front of everything else, TLS with the target included; derive, and say what is said to the proxy.

    Args:
        proxy: host and port, or the path of a Unix socket.
        reader: reads what the proxy says.
        connect_timeout_seconds: for its answers, once it is connected; 0: any time. For the connection to it ``CONNECT_TIMEOUT`` is.
    """

    protocol = "a proxy"

    def __init__(self, proxy: tuple[str, int] | str, reader: FrameReader, connect_timeout_seconds: float = 10.0) -> None:
        if connect_timeout_seconds < 0:
            raise ValueError(f"connect_timeout_seconds {connect_timeout_seconds:g}: allowed is 0, for any time, or more")
        self.proxy_address = proxy
        self.destination_address: Any = None  # Any: as it was given to connect
        self._reader = reader
        self._seconds = connect_timeout_seconds
        self._state = _State.UNCONNECTED
        self._promise: ChannelPromise | None = None
        self._deadline: Deadline | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {address_text(self.proxy_address)} {self._state.value}>"

    # What you write.

    def first_message(self, host: str, port: int, /) -> bytes:
        """The bytes with which the conversation begins; raises `EncoderError` for a destination that cannot be asked for."""
        raise NotImplementedError

    def answered(self, message: Any, /) -> bytes | None:  # Any: of the reader
        """Give what is said to *message*, perhaps nothing, or None if the target is there; raise what `refusal` makes if it is not."""
        raise NotImplementedError

    def refusal(self, reason: str, status: int | None = None) -> ProxyConnectError:
        """The error of a proxy that refuses."""
        return ProxyConnectError(address_text(self.proxy_address), address_text(self.destination_address), reason, status)

    # Connecting.

    def connect(self, ctx: ChannelHandlerContext, address: Any, promise: ChannelPromise, /) -> Awaitable[None] | None:
        if self._state is not _State.UNCONNECTED:
            return ctx.connect(address, promise)  # which tells what is wrong with it
        self.destination_address = address
        if not isinstance(address, tuple):
            promise.set_failure(self.refusal("a proxy connects to hosts and ports, not to paths"))
            return None
        self._state = _State.CONNECTING
        self._promise = promise
        ctx.connect(self.proxy_address).add_listener(lambda connected: self._connected(ctx, connected))
        return promise

    def _connected(self, ctx: ChannelHandlerContext, connected: ChannelPromise) -> None:
        error = connected.error
        if error is not None:
            reason = self.refusal(f"the proxy was not reached: {error}")
            reason.__cause__ = error
            self._fail(ctx, reason)

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._state is not _State.CONNECTING:
            return ctx.fire_channel_active()
        self._state = _State.ASKING
        if self._seconds > 0:
            self._deadline = Deadline(ctx.channel.loop, self._seconds, self._timed_out, ctx, restores=True)
        try:
            first = self.first_message(*self.destination_address[:2])
        except EncoderError as error:
            self._fail_because(ctx, error)
            return None
        self._say(ctx, first)
        return None

    def _say(self, ctx: ChannelHandlerContext, data: bytes) -> None:
        if data:
            ctx.write(data)
            ctx.flush()
        if not ctx.channel.auto_read:
            ctx.read()

    # What the proxy says.

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if self._state is not _State.ASKING:
            return ctx.fire_channel_read(msg)
        data = take_bytes(msg)
        if data is None:
            return ctx.fire_channel_read(msg)
        self._reader.feed(data)
        try:
            while (message := self._reader.next_frame()) is not None:
                answer = self.answered(message)
                if answer is None:
                    self._has_connected(ctx)
                    return None
                self._say(ctx, answer)
        except ProxyConnectError as error:
            self._fail(ctx, error)
        except (DecoderError, EncoderError) as error:
            self._fail_because(ctx, error)
        else:
            if not ctx.channel.auto_read:
                ctx.read()
        return None

    def _has_connected(self, ctx: ChannelHandlerContext) -> None:
        self._end()
        rest = self._reader.unread()
        promise, channel = self._promise, ctx.channel
        if promise is not None and not promise.try_success(channel):
            channel.abort()  # the attempt was given up
            return
        ctx.pipeline.remove(self)
        ctx.fire_channel_active()
        ctx.fire_user_event_triggered(
            ProxyConnectionEvent(self.protocol, address_text(self.proxy_address), address_text(self.destination_address))
        )
        if rest and channel.is_open:
            ctx.fire_channel_read(ByteBuffer(rest))
            ctx.fire_channel_read_complete()

    # What goes wrong.

    def _timed_out(self, ctx: ChannelHandlerContext) -> None:
        proxy, destination = address_text(self.proxy_address), address_text(self.destination_address)
        self._fail(ctx, ProxyConnectTimeoutError(proxy, destination, self._seconds))

    def _fail_because(self, ctx: ChannelHandlerContext, cause: BaseException) -> None:
        error = self.refusal(str(cause))
        error.__cause__ = cause
        self._fail(ctx, error)

    def _fail(self, ctx: ChannelHandlerContext, error: ProxyConnectError) -> None:
        if self._state is _State.OVER:
            return
        self._end()
        self._reader.unread()
        note(error, ctx.channel)
        ctx.channel.close_cause = error
        if self._promise is not None:
            self._promise.try_failure(error)
        ctx.channel.abort()

    def _end(self) -> None:
        self._state = _State.OVER
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        if self._state is not _State.ASKING:
            return ctx.fire_exception_caught(error)
        self._fail_because(ctx, error)
        return None

    # Of a target that was never there nobody behind hears.

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        return None if self._promise is not None else ctx.fire_channel_read_complete()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._state is _State.ASKING:
            self._fail(ctx, self.refusal("it has closed the connection"))
        return None if self._promise is not None else ctx.fire_channel_inactive()

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if self._state in (_State.CONNECTING, _State.ASKING):
            raise NotYetConnectedError(f"{ctx.channel!r} has no target yet: its proxy was asked for one")
        return ctx.write(msg, promise)

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._state is _State.ASKING:
            self._fail(ctx, self.refusal(f"{type(self).__name__} was removed before it was there"))
        return None
