"""What tests of HTTP/3 share: connections of QUIC in one process, a server of it and requests."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler
from pyboot.components.netty.codec.http3 import (
    Http3ClientConnectionHandler,
    Http3ServerConnectionHandler,
    Http3ServerDeadlines,
    new_request_stream,
)
from pyboot.components.netty.wire.http.message import FullHttpRequest, FullHttpResponse, HttpContent, HttpRequest, LastHttpContent
from tests.components.netty.transport.quic.conftest import Quic, pki, quic

__all__ = ["pki", "quic"]


class Answer(ChannelHandler[Any]):
    """Answers each request with its method, its target and its content."""

    def __init__(self) -> None:
        self.request: Any = None
        self.content = b""
        self.seen: list[Any] = []

    def channel_read(self, ctx: Any, msg: Any) -> None:
        self.seen.append(msg)
        if isinstance(msg, HttpRequest):
            self.request = msg
        if isinstance(msg, HttpContent):
            self.content += msg.content
        if isinstance(msg, LastHttpContent):
            body = b"%s %s %s" % (str(self.request.method).encode(), self.request.uri.encode(), self.content)
            ctx.write_and_flush(FullHttpResponse(200, body, {"content-type": "text/plain", "connection": "close"}))


class Response(ChannelHandler[Any]):
    """Keeps the messages of one stream; `whole` gives them, or raises what went wrong."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.whole: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()

    def channel_read(self, ctx: Any, msg: Any) -> None:
        self.messages.append(msg)
        if isinstance(msg, LastHttpContent) and not self.whole.done() and getattr(msg, "status", 200) >= 200:
            self.whole.set_result(self.messages)

    def exception_caught(self, ctx: Any, error: Exception) -> None:
        if not self.whole.done():
            self.whole.set_exception(error)

    def channel_inactive(self, ctx: Any) -> None:
        if not self.whole.done():
            self.whole.set_exception(ConnectionError("the stream has ended before its response"))


class Web:
    """A server whose streams have the handlers that *handler* makes, and its clients."""

    def __init__(self, quic: Quic) -> None:
        self.quic = quic

    async def serve(self, handler: Any = Answer, config: Any = None, times: dict[str, Any] | None = None, **told: Any) -> Any:
        """Start the server; with *times* it is watched by `Http3ServerDeadlines`."""

        def fill(channel: Any) -> None:
            streams = Http3ServerConnectionHandler(lambda stream: stream.pipeline().add_last(handler()), config)
            channel.pipeline().add_last(streams, *([] if times is None else [Http3ServerDeadlines(**times)]))

        return await self.quic.serve(child=fill, alpn=["h3"], **told)

    async def connect(self, server: Any, handler: Any = None, **told: Any) -> Any:
        """Open a connection."""

        def fill(channel: Any) -> None:
            channel.pipeline().add_last(Http3ClientConnectionHandler())
            if handler is not None:
                channel.pipeline().add_last(handler)

        return await self.quic.connect(server, fill, alpn=["h3"], **told)

    @staticmethod
    async def ask(channel: Any, *messages: Any) -> list[Any]:
        """Send a request in *messages*, and return those of its response."""
        response = Response()
        stream = new_request_stream(channel, response)
        for message in messages:
            stream.write_and_flush(message)
        return await asyncio.wait_for(response.whole, 20)

    async def get(self, channel: Any, target: str = "/", method: str = "GET", **headers: str) -> list[Any]:
        """Ask for *target*."""
        return await self.ask(channel, FullHttpRequest(method, target, b"", {"host": "localhost", **headers}))


@pytest.fixture
def web(quic: Quic) -> Web:
    """Servers and clients of HTTP/3."""
    return Web(quic)
