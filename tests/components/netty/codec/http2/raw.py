"""A client of HTTP/2 that does as it likes, over a socket, made with hyperframe and hpack; for tests of what peers may do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from hpack import Encoder
from hyperframe.frame import DataFrame, Frame, HeadersFrame, SettingsFrame

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ASKED = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a")]


class Raw:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take its two halves."""
        self.reader = reader
        self.writer = writer
        self.hpack = Encoder()

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int, settings: dict[int, int] | None = None) -> AsyncIterator[Self]:
        """Connect, and greet with *settings*."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        client = cls(reader, writer)
        writer.write(PREFACE)
        client.send(SettingsFrame(0, settings or {}))
        try:
            yield client
        finally:
            writer.transport.abort()

    def send(self, *frames: Frame) -> None:
        """Send them with one write."""
        self.writer.write(b"".join(frame.serialize() for frame in frames))

    def ask(self, stream: int, *, ends: bool = True, headers: list[tuple[str, str]] = ASKED) -> None:
        """Begin a stream."""
        self.send(HeadersFrame(stream, self.hpack.encode(headers), flags=["END_HEADERS", *(["END_STREAM"] if ends else [])]))

    async def frame(self) -> Frame | None:
        """The next frame, None at the end of the connection."""
        try:
            async with asyncio.timeout(20):
                head = await self.reader.readexactly(9)
                frame, size = Frame.parse_frame_header(memoryview(head))
                frame.parse_body(memoryview(await self.reader.readexactly(size)))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return frame

    async def until[F: Frame](self, kind: type[F]) -> F:
        """The next frame of that kind; others are passed over."""
        while (frame := await self.frame()) is not None:
            if isinstance(frame, kind):
                return frame
        raise ConnectionResetError(f"the connection has ended, and no {kind.__name__} has come")

    async def content(self, stream: int, enough: int | None = None) -> bytes:
        """The content of a stream up to its end, or what is *enough* of it."""
        content = b""
        while enough is None or len(content) < enough:
            frame = await self.until(DataFrame)
            if frame.stream_id == stream:
                content += frame.data
                if "END_STREAM" in frame.flags:
                    break
        return content
