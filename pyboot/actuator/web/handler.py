"""ManagementHandler: the last handler of a management connection; what the dispatcher says goes to the network."""

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
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

_REFUSALS: Final = frozenset({401, 403, 429})
_SHOWN: Final = 200  # characters of a path, in the log
_AT_ONCE: Final = 256 * 1024  # bytes of an answer that are written without waiting for the client; a connection holds 4 MiB at most


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
            if len(answer.content) <= _AT_ONCE or request.method == "HEAD":
                await ctx.write_and_flush(FullHttpResponse(answer.status, answer.content, headers))
                return
            headers["content-length"] = str(len(answer.content))
        content = _cut(answer.content) if isinstance(answer.content, bytes) else answer.content
        async with _closing(content) as pieces:
            if request.method == "HEAD":
                await ctx.write_and_flush(FullHttpResponse(answer.status, b"", headers))
            else:
                await _stream(ctx, answer, pieces, headers)


async def _cut(content: bytes) -> AsyncIterator[bytes]:
    for first in range(0, len(content), _AT_ONCE):
        yield content[first : first + _AT_ONCE]


@asynccontextmanager
async def _closing(content: AsyncIterable[bytes | str]) -> AsyncIterator[AsyncIterable[bytes | str]]:
    """Close *content* behind the block, where it can be, however much of it was sent: it may hold a file, or a place among viewers."""
    try:
        yield content
    finally:
        close = getattr(content, "aclose", None)
        if close is not None:  # a bare asynchronous iterator has nothing to close
            await close()


async def _stream(ctx: ChannelHandlerContext, answer: Answer, pieces: AsyncIterable[bytes | str], headers: dict[str, str]) -> None:
    """Send *pieces* one by one; each waits until the client takes it. One that fails cuts the connection: the answer is not whole."""
    await ctx.write_and_flush(HttpResponse(answer.status, headers))
    try:
        async for piece in pieces:
            await ctx.write_and_flush(DefaultHttpContent(piece))
    except Exception:
        ctx.channel.abort()
        raise
    await ctx.write_and_flush(DefaultLastHttpContent())
