"""ApplicationProtocolNegotiationHandler: the pipeline for the protocol that ALPN has chosen. Source: Netty's class of that name.

Theory of operation. Which handlers are needed is known when the handshake is over (RFC 7301); a peer's first message may come in the same
read. So messages are kept from the beginning, the event of the handshake starts `configure_pipeline`, which may suspend, and when the
handlers are there this one removes itself: what was kept flows on from its place, behind the event. One end for each way: success, an
error of `configure_pipeline`, a failed handshake, or the loss of the channel, which releases what was kept.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.channel.fault import tell_error
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.mask import is_generator
from pyboot.components.netty.errors import ChannelPipelineError, SslHandshakeError

from .event import SslHandshakeCompletionEvent
from .first_bytes import FirstBytesHandler
from .ssl_handler import SslHandler

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["ApplicationProtocolNegotiationHandler"]


class ApplicationProtocolNegotiationHandler(ChannelHandler[Any]):
    """Stands behind an `SslHandler`; write `configure_pipeline`, which adds the handlers of the protocol.

    What comes before they are there is kept for them. Where there is no TLS in the pipeline, it leaves with the first message.

    Args:
        fallback_protocol: given to `configure_pipeline` where ALPN has chosen nothing.
    """

    def __init__(self, fallback_protocol: str) -> None:
        self._fallback = fallback_protocol
        self._kept: list[Any] = []
        self._is_complete = False  # the read that the last of them came with is over

    def configure_pipeline(self, ctx: ChannelHandlerContext, protocol: str, /) -> Any:  # Any: nothing, or an awaitable of it
        """Add the handlers of *protocol*; a plain or a coroutine function."""
        raise NotImplementedError(f"{type(self).__qualname__} must write configure_pipeline(self, ctx, protocol)")

    def handshake_failure(self, ctx: ChannelHandlerContext, error: Exception, /) -> None:
        """The handshake failed; by default it is logged, and the channel closes."""
        tell_error(ctx.channel, error)
        ctx.close()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        self._kept.append(msg)
        self._is_complete = False
        if ctx.pipeline.find(SslHandler) is None and ctx.pipeline.find(FirstBytesHandler) is None:
            ctx.pipeline.remove(self)
        return None

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._is_complete = True
        return None if self._kept else ctx.fire_channel_read_complete()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Any:  # Any: as in the base, or a coroutine to be run
        if isinstance(event, SslHandshakeCompletionEvent) and event.is_success:
            return self._configure(ctx, event)
        return ctx.fire_user_event_triggered(event)

    def _configure(self, ctx: ChannelHandlerContext, event: SslHandshakeCompletionEvent) -> Any:  # Any: as above
        handler = ctx.pipeline.get(SslHandler)
        if not isinstance(handler, SslHandler):
            raise ChannelPipelineError("application protocols are negotiated behind an SslHandler, and there is none in the pipeline")
        try:
            outcome = self.configure_pipeline(ctx, handler.application_protocol or self._fallback)
            if is_generator(outcome):
                raise TypeError("configure_pipeline is a generator, of which nothing would ever run")
        except Exception as error:  # noqa: BLE001  # a user's function
            return self._give_up(ctx, error)
        return self._go_on_after(ctx, event, outcome) if inspect.isawaitable(outcome) else self._go_on(ctx, event)

    async def _go_on_after(self, ctx: ChannelHandlerContext, event: SslHandshakeCompletionEvent, outcome: Awaitable[Any]) -> None:
        try:
            await outcome
        except Exception as error:  # noqa: BLE001  # as above
            self._give_up(ctx, error)
        else:
            self._go_on(ctx, event)

    def _go_on(self, ctx: ChannelHandlerContext, event: SslHandshakeCompletionEvent) -> None:
        ctx.fire_user_event_triggered(event)
        ctx.pipeline.remove_if_exists(self)

    def _give_up(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self._forget()
        ctx.fire_exception_caught(error)
        ctx.close()

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        if not isinstance(error, SslHandshakeError):
            return ctx.fire_exception_caught(error)
        try:
            self.handshake_failure(ctx, error)
        finally:
            ctx.pipeline.remove_if_exists(self)
        return None

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._forget()
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        kept, self._kept = self._kept, []
        for msg in kept:
            ctx.fire_channel_read(msg)
        if kept and self._is_complete:
            ctx.fire_channel_read_complete()
        return None

    def _forget(self) -> None:
        for msg in self._kept:
            release(msg)
        self._kept.clear()
