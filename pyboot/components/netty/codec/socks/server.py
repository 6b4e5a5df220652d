"""SocksServerHandler: what a client of SOCKS asks for, as one message, whichever version it speaks.

::

    state       waits for                          leaves it by
    BEGINNING   the first message of a client      version 4: ANSWERING; version 5: PASSWORD or REQUEST; refused: OVER
    PASSWORD    user and password                  CHECKING
    CHECKING    what `authenticate` says of them   REQUEST; refused: OVER
    REQUEST     the request of version 5           ANSWERING
    ANSWERING   your answer                        success: OVER, and the handler is gone; anything else: OVER, and the connection closes
    OVER        nothing                            nothing

While you are asked nothing is read: a client that does not wait for the answer waits in its own socket. Source: RFC 1928 and 1929;
Netty's ``SocksPortUnificationServerHandler`` and the handlers of its example ``socksproxy``.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import cut_off, tell_fault, tell_peer
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import DecoderError, ReadTimeoutError, UnsupportedMessageError
from pyboot.components.netty.wire.socks.kinds import Socks5AuthMethod, SocksCommand
from pyboot.components.netty.wire.socks.message import (
    Socks4CommandRequest,
    Socks4CommandResponse,
    Socks5CommandRequest,
    Socks5CommandResponse,
    Socks5InitialRequest,
    Socks5InitialResponse,
    Socks5PasswordAuthRequest,
    Socks5PasswordAuthResponse,
    SocksMessage,
)
from pyboot.components.netty.wire.socks.reader import SocksPart, SocksReader
from pyboot.components.netty.wire.socks.writer import encode_socks

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Authenticate", "SocksServerHandler"]

type Authenticate = Callable[[str, str], bool | Awaitable[bool]]

_AUTH_FAILED: Final = 1


class _State(Enum):
    """As the table of the module has it."""

    BEGINNING = "beginning"
    PASSWORD = "password"  # noqa: S105  # the name of a state
    CHECKING = "checking"
    REQUEST = "request"
    ANSWERING = "answering"
    OVER = "over"


_READING: Final = frozenset({_State.BEGINNING, _State.PASSWORD, _State.REQUEST})


@final
class SocksServerHandler(ChannelHandler[Any]):
    """Fires one `Socks4CommandRequest` or `Socks5CommandRequest`, and takes the answer to it, which its ``accepted`` and ``refused`` make.

    Put what carries bytes from there on behind this handler, then write the answer: with a success it leaves the pipeline, and
    whatever the client has sent meanwhile comes at once. Any other answer closes the connection behind it.

    Args:
        authenticate: plain or coroutine function of a user and a password, True if they are good; with it nobody else is served, and
            version 4, which has no passwords, not at all.
        versions: those that are spoken.
        timeout_seconds: from the connection's beginning to the whole request, without the time that *authenticate* takes; 0: any time.
    """

    def __init__(
        self, authenticate: Authenticate | None = None, *, versions: tuple[int, ...] = (4, 5), timeout_seconds: float = 10.0
    ) -> None:
        if not versions or not set(versions) <= {4, 5}:
            raise ValueError(f"versions {versions}: allowed are 4 and 5")
        if authenticate is not None and 5 not in versions:
            raise ValueError("SOCKS 4 has no passwords: add version 5, or leave authenticate out")
        self._authenticate = authenticate
        self._versions = versions
        self._seconds = timeout_seconds
        self._reader = SocksReader()
        self._state = _State.BEGINNING
        self._answers = 1  # that the request has; BIND has two
        self._deadline: Deadline | None = None
        self._checking: asyncio.Future[Any] | None = None

    def __repr__(self) -> str:
        return f"<SocksServerHandler {self._state.value}>"

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            self._begin(ctx)
        return None

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._begin(ctx)
        return ctx.fire_channel_active()

    def _begin(self, ctx: ChannelHandlerContext) -> None:
        if self._seconds > 0 and self._deadline is None and self._state in _READING:
            self._deadline = Deadline(ctx.channel.loop, self._seconds, self._timed_out, ctx)

    # What comes in.

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        data = take_bytes(msg)
        if data is None:
            return ctx.fire_channel_read(msg)
        if self._state is not _State.OVER:
            self._reader.feed(data)
            self._go_on(ctx)
        return None

    def _go_on(self, ctx: ChannelHandlerContext) -> None:
        try:
            while self._state in _READING:
                message = self._reader.next_frame()
                if message is None:
                    if not ctx.channel.auto_read:
                        ctx.read()
                    return
                self._take(ctx, message)
        except DecoderError as error:
            self._end()
            ctx.fire_exception_caught(error)

    def _take(self, ctx: ChannelHandlerContext, message: SocksMessage) -> None:
        if isinstance(message, Socks5InitialRequest):
            self._choose(ctx, message)
        elif isinstance(message, Socks5PasswordAuthRequest):
            self._check(ctx, message)
        elif isinstance(message, Socks5CommandRequest):
            self._ask(ctx, message)
        elif isinstance(message, Socks4CommandRequest):
            if 4 in self._versions and self._authenticate is None:
                self._ask(ctx, message)
            else:
                self._refuse(ctx, message.refused(), "version 4, which is not spoken here")

    def _choose(self, ctx: ChannelHandlerContext, message: Socks5InitialRequest) -> None:
        wanted = Socks5AuthMethod.NO_AUTH if self._authenticate is None else Socks5AuthMethod.PASSWORD
        if 5 not in self._versions or wanted not in message.methods:
            text = f"version 5 with the methods {message.methods}, {wanted.name} is spoken here"
            self._refuse(ctx, Socks5InitialResponse(Socks5AuthMethod.UNACCEPTED), text)
            return
        is_open = wanted is Socks5AuthMethod.NO_AUTH
        self._state = _State.REQUEST if is_open else _State.PASSWORD
        self._reader.expect(SocksPart.REQUEST5 if is_open else SocksPart.PASSWORD_REQUEST)
        ctx.write_and_flush(encode_socks(Socks5InitialResponse(wanted)))

    def _check(self, ctx: ChannelHandlerContext, message: Socks5PasswordAuthRequest) -> None:
        assert self._authenticate is not None
        self._state = _State.CHECKING
        self._end_deadline()
        try:
            said = self._authenticate(message.username, message.password)
        except Exception as error:  # noqa: BLE001  # a user's function
            self._checked(ctx, error)
            return
        if inspect.isawaitable(said):
            ctx.channel.pause_reading()
            self._checking = asyncio.ensure_future(said, loop=ctx.channel.loop)
            self._checking.add_done_callback(lambda done: self._awaited(ctx, done))
        else:
            self._checked(ctx, said)

    def _awaited(self, ctx: ChannelHandlerContext, done: asyncio.Future[Any]) -> None:
        ctx.channel.resume_reading()
        if not done.cancelled():
            error = done.exception()
            self._checked(ctx, done.result() if error is None else error)
            if self._state is _State.REQUEST:
                self._go_on(ctx)

    def _checked(self, ctx: ChannelHandlerContext, said: object) -> None:
        """Go on with what `authenticate` *said*, or raised."""
        if self._state is not _State.CHECKING:
            return
        if isinstance(said, BaseException):
            tell_fault(ctx.channel, "authenticate of a SocksServerHandler failed; the client is refused", said)
        if said is not True:
            self._refuse(ctx, Socks5PasswordAuthResponse(_AUTH_FAILED), "user and password are not good")
            return
        self._state = _State.REQUEST
        self._begin(ctx)
        self._reader.expect(SocksPart.REQUEST5)
        ctx.write_and_flush(encode_socks(Socks5PasswordAuthResponse()))

    def _ask(self, ctx: ChannelHandlerContext, request: Socks4CommandRequest | Socks5CommandRequest) -> None:
        self._end_deadline()
        self._state = _State.ANSWERING
        self._answers = 2 if request.command is SocksCommand.BIND else 1
        ctx.channel.pause_reading()
        ctx.channel.messages_in += 1
        ctx.fire_channel_read(request)
        ctx.fire_channel_read_complete()

    # What goes out.

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if self._state is not _State.ANSWERING or not isinstance(msg, Socks4CommandResponse | Socks5CommandResponse):
            raise UnsupportedMessageError(msg)  # bytes, that would be read as an answer
        data = encode_socks(msg)
        self._answers -= 1
        written = ctx.write(data, promise)
        if not msg.is_success:
            self._end()
            ctx.flush()
            ctx.channel.resume_reading()
            ctx.close()
        elif self._answers == 0:
            self._leave(ctx)
        return written

    def _leave(self, ctx: ChannelHandlerContext) -> None:
        self._state = _State.OVER
        rest = self._reader.unread()
        ctx.flush()
        ctx.pipeline.remove(self)
        if rest:
            ctx.fire_channel_read(ByteBuffer(rest))
            ctx.fire_channel_read_complete()
        ctx.channel.resume_reading()

    # The end.

    def _refuse(self, ctx: ChannelHandlerContext, answer: SocksMessage, why: str) -> None:
        self._end()
        tell_peer(ctx.channel, "socks-refused", f"refused: {why}")
        ctx.write(encode_socks(answer))
        ctx.flush()
        ctx.close()

    def _timed_out(self, ctx: ChannelHandlerContext) -> None:
        if self._state in _READING:
            self._end()
            error = ReadTimeoutError(self._seconds, f"no whole request of SOCKS has come for {self._seconds:g} s")
            cut_off(ctx.channel, CloseReason.HANDSHAKE_TIMEOUT, error)
            ctx.close()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._end()
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._end_deadline()
        if self._state is not _State.OVER:
            is_asked = self._state is _State.ANSWERING
            self._state = _State.OVER
            if rest := self._reader.unread():
                ctx.fire_channel_read(ByteBuffer(rest))
            if is_asked:
                ctx.channel.resume_reading()
        return None

    def _end(self) -> None:
        self._state = _State.OVER
        self._end_deadline()
        self._reader.unread()
        if self._checking is not None:
            self._checking.cancel()

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
