"""SniHandler: one address, many hosts; the ClientHello tells which certificate to show.

Theory of operation. A ClientHello is the first thing a client says, in clear (RFC 8446, 4.1.2), and names the host (RFC 6066, 3). OpenSSL
could call back in the middle of a handshake, but not wait there; a lookup may have to ask a database. So the hello is read here, the
context found, and only then is an `SslHandler` made, which gets the same bytes again.

Law 1: the hello is read whole before anything is decided. Law 2: who names a host that is not served, names it wrongly, or names
none where there is no default, gets an alert and no certificate: never another host's, whose rules may be laxer. Law 3: while
the answer is looked up nothing more is read. Source: Netty's ``SniHandler``.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final

from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import blame_us, cut_off
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.errors import (
    DecoderError,
    NotSslRecordError,
    SslError,
    SslHandshakeError,
    SslHandshakeTimeoutError,
    UnknownServerNameError,
)
from pyboot.components.netty.wire.client_hello import ClientHello, ClientHelloReader

from .event import SniCompletionEvent
from .first_bytes import FirstBytesHandler
from .hosts import Contexts, HostContexts
from .ssl_handler import SslHandler

if TYPE_CHECKING:
    import ssl

    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["SniHandler"]

# Descriptions of alerts (RFC 8446, 6).
_DECODE_ERROR: Final = 50
_INTERNAL_ERROR: Final = 80
_UNRECOGNIZED_NAME: Final = 112


class SniHandler(FirstBytesHandler):
    """Looks at the host that a client asks for, and lets an `SslHandler` with the right context take its place.

    Args:
        contexts: a mapping from names (``"*.example.com"`` for all that are one label longer), a plain or coroutine function of a
            name, or `HostContexts` made of either.
        default: for clients that name no host, or one that is not in *contexts*; without it they are refused.
        max_client_hello_bytes: longest first message accepted.
        handshake_timeout: seconds for the hello and the lookup together, then again for the rest of the handshake.
        options: further arguments of `SslHandler`.

    `SniCompletionEvent` tells the name, in lower case, or the error. Override `new_ssl_handler` for a handler of your own.
    """

    def __init__(
        self,
        contexts: Contexts | HostContexts,
        *,
        default: ssl.SSLContext | None = None,
        max_client_hello_bytes: int = 64 * 1024,
        handshake_timeout: float = 10.0,
        **options: Any,
    ) -> None:
        super().__init__()
        self._hosts = contexts if isinstance(contexts, HostContexts) else HostContexts(contexts, default)
        self._hello = ClientHelloReader(max_client_hello_bytes)
        self._seconds = handshake_timeout
        self._options = options
        self._name: str | None = None
        self._timer: Deadline | None = None
        self._lookup: asyncio.Future[Any] | None = None

    def new_ssl_handler(self, context: ssl.SSLContext) -> SslHandler:
        """The handler that takes over with *context*."""
        return SslHandler(context, server_side=True, handshake_timeout=self._seconds, **self._options)

    # Until the hello is here.

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            self._begin(ctx)
        return None

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._begin(ctx)
        return ctx.fire_channel_active()

    def _begin(self, ctx: ChannelHandlerContext) -> None:
        if self._seconds > 0 and self._timer is None:
            self._timer = Deadline(ctx.channel.loop, self._seconds, self._timed_out, ctx, restores=True)
        if not ctx.channel.auto_read:
            ctx.read()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if self._is_over:
            return ctx.fire_channel_read(msg)
        data = take_bytes(msg)
        if data is None:
            return ctx.fire_channel_read(msg)
        self._hello.feed(data)
        if self._lookup is not None:
            return None
        try:
            hello = self._hello.next_frame()
        except NotSslRecordError as error:
            self._refuse(ctx, error, None)
        except DecoderError as error:
            self._refuse(ctx, _caused(SslHandshakeError(str(error)), error), _DECODE_ERROR)
        else:
            if hello is not None:
                self._look_up(ctx, hello)
            elif not ctx.channel.auto_read:
                ctx.read()
        return None

    def _timed_out(self, ctx: ChannelHandlerContext) -> None:
        error = SslHandshakeTimeoutError(self._seconds)
        cut_off(ctx.channel, CloseReason.HANDSHAKE_TIMEOUT, error)
        self._refuse(ctx, error, None)

    # Which context.

    def _look_up(self, ctx: ChannelHandlerContext, hello: ClientHello) -> None:
        self._name = hello.server_name
        try:
            found = self._hosts.find(hello.server_name)
        except Exception as error:  # noqa: BLE001  # a user's function
            self._lookup_failed(ctx, error)
            return
        if inspect.isawaitable(found):
            ctx.channel.pause_reading()
            self._lookup = asyncio.ensure_future(found, loop=ctx.channel.loop)
            self._lookup.add_done_callback(lambda done: self._looked_up(ctx, done))
        else:
            self._found(ctx, found)

    def _looked_up(self, ctx: ChannelHandlerContext, done: asyncio.Future[Any]) -> None:
        ctx.channel.resume_reading()
        if done.cancelled() or self._is_over:
            return
        if (error := done.exception()) is not None:
            self._lookup_failed(ctx, error)
        else:
            self._found(ctx, done.result())

    def _lookup_failed(self, ctx: ChannelHandlerContext, error: BaseException) -> None:
        failure = _caused(SslHandshakeError(f"no context for {self._name!r} could be had: {error!r}"), error)
        blame_us(failure, ctx.channel)
        self._refuse(ctx, failure, _INTERNAL_ERROR)

    def _found(self, ctx: ChannelHandlerContext, found: object) -> None:
        try:
            context = self._hosts.or_default(found)
            handler = None if context is None else self.new_ssl_handler(context)
        except Exception as error:  # noqa: BLE001  # of a context that is none, or a user's method
            self._lookup_failed(ctx, error)
            return
        if handler is None:
            self._refuse(ctx, UnknownServerNameError(self._name), _UNRECOGNIZED_NAME)
            return
        self._cancel()
        ctx.fire_user_event_triggered(SniCompletionEvent(None, self._name))
        if not ctx.is_removed and ctx.channel.is_active:
            self.give_way(ctx, handler, self._hello.unread())

    def _refuse(self, ctx: ChannelHandlerContext, error: SslError, alert: int | None) -> None:
        """Refuse the client because of *error*: all are told once, the client by *alert* if there is one, and the channel closes."""
        self._is_over = True
        self._cancel()
        self._hello.unread()
        ctx.fire_user_event_triggered(SniCompletionEvent(error, self._name))
        self._writes.fail(ctx.channel, error)
        if alert is not None:
            ctx.write(bytes((21, 3, 3, 0, 2, 2, alert)))  # a record of two bytes: an alert, and a fatal one (RFC 8446, 6)
            ctx.flush()
        ctx.fire_exception_caught(error)
        ctx.close()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._cancel()
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._cancel()
        return super().handler_removed(ctx)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lookup is not None:
            self._lookup.cancel()


def _caused(error: SslHandshakeError, cause: BaseException) -> SslHandshakeError:
    error.__cause__ = cause
    return error
