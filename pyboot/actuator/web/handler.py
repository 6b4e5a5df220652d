"""ManagementHandler: the last handler of a management connection; what the dispatcher says goes to the network."""

from collections.abc import AsyncIterable
from contextlib import aclosing
from typing import Any, Final, final

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext
from pyboot.components.netty.address import address_text
from pyboot.components.netty.channel.fault import tell_peer
from pyboot.components.netty.wire.http.message import (
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpResponse,
)

from .dispatcher import Answer, Dispatcher

_REFUSALS: Final = frozenset({401, 403})
_SHOWN: Final = 200  # characters of a path, in the log


@final
class ManagementHandler(ChannelHandler[FullHttpRequest]):
    """Answers one request after the other, in their order; what is at work when the client goes is cancelled."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        """Take what answers."""
        self._dispatcher = dispatcher

    async def channel_read(self, ctx: ChannelHandlerContext, request: FullHttpRequest, /) -> None:
        """Answer *request*."""
        remote: Any = ctx.channel.remote_address()
        answer = await self._dispatcher.answer(request, address_text(remote))
        if answer.status in _REFUSALS:
            tell_peer(ctx.channel, f"management {answer.status}", f"{request.method} {request.uri[:_SHOWN]!r} refused with {answer.status}")
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff", **answer.headers}
        if isinstance(answer.content, bytes):
            await ctx.write_and_flush(FullHttpResponse(answer.status, answer.content, headers))
        elif request.method == "HEAD":
            await ctx.write_and_flush(FullHttpResponse(answer.status, b"", headers))
        else:
            await _stream(ctx, answer, answer.content, headers)


async def _stream(ctx: ChannelHandlerContext, answer: Answer, content: AsyncIterable[bytes | str], headers: dict[str, str]) -> None:
    """Send *content* piece by piece; each waits until the client takes it. One that fails cuts the connection: the answer is not whole."""
    await ctx.write_and_flush(HttpResponse(answer.status, headers))
    pieces: Any = content
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                await ctx.write_and_flush(DefaultHttpContent(piece))
    except Exception:
        ctx.channel.abort()
        raise
    await ctx.write_and_flush(DefaultLastHttpContent())
