"""Faults of networks and peers, over TCP, TLS and Unix sockets: each ends one connection, in its own words, and nothing else."""

import asyncio
import logging
import socket
import ssl
import struct
import threading
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from pyboot.components.netty import (
    Bootstrap,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    EmbeddedChannel,
    LineBasedFrameDecoder,
    ServerBootstrap,
)
from pyboot.components.netty.channel.close_reason import close_reason_of
from pyboot.components.netty.codec.delimiters import DelimiterBasedFrameDecoder
from pyboot.components.netty.codec.frames import LengthFieldBasedFrameDecoder
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.components.netty.errors import ConnectTimeoutError
from pyboot.components.netty.transport import watching

type Client = tuple[StreamReader, StreamWriter]
type Carrier = Callable[..., Awaitable[tuple[Any, Callable[[], Awaitable[Client]]]]]

FRAME = b"\0\0\0\5hello"
PATIENCE = 20


class Frames(ChannelHandler[Any]):
    """Keeps the messages of all connections, answers them, and notes why each connection ended; tests wait for a number of ends."""

    sharable = True

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.reasons: list[str] = []
        self.channels: list[Any] = []
        self._news = asyncio.Event()

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.channels.append(ctx.channel)
        self._news.set()
        ctx.fire_channel_active()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.messages.append(bytes(msg))
        self._news.set()
        ctx.write_and_flush(msg)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.reasons.append(str(close_reason_of(ctx.channel)))
        self._news.set()
        ctx.fire_channel_inactive()

    async def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until *condition* holds, asked whenever something happens."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._news.clear()
                await self._news.wait()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Made once in a run."""
    return trustme.CA()


@pytest.fixture(params=["tcp", "tls", "unix"])
def carried(request: pytest.FixtureRequest, listen: Any, tmp_path: Path, authority: trustme.CA) -> Iterator[Carrier]:
    """`server, open = await carried(initializer, options)`; all that was opened ends with the test."""
    writers: list[StreamWriter] = []

    async def start(initializer: Any, options: dict[Any, Any] | None = None) -> Any:
        tls, given = None, dict[str, Any]()
        if request.param == "tls":
            tls, server_side = ssl.create_default_context(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            authority.configure_trust(tls)
            authority.issue_cert("127.0.0.1").configure_cert(server_side)
            given = {"ssl": server_side}
        bootstrap = ServerBootstrap(**given)
        for option, value in (options or {}).items():
            bootstrap.child_option(option, value)
        server = await listen(initializer, bootstrap, str(tmp_path / "s") if request.param == "unix" else "127.0.0.1")

        async def opened() -> Client:
            address = server.local_address()
            opening = asyncio.open_unix_connection(address) if isinstance(address, str) else asyncio.open_connection(*address, ssl=tls)
            reader, writer = await opening
            writers.append(writer)
            return reader, writer

        return server, opened

    yield start
    for writer in writers:
        writer.transport.abort()


def reset(writer: StreamWriter) -> None:
    """End a connection at once, with a reset where there is such a thing."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.parametrize("cut", [1, 3, 4, 5, 8])
async def test_a_reset_in_the_middle_of_a_frame_ends_that_connection(carried: Carrier, cut: int, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing of the frame is delivered; the reset is told at DEBUG, the frame that was cut short as a warning; another peer goes on."""
    frames = Frames()
    server, opened = await carried(lambda channel: channel.pipeline().add_last(LengthFieldBasedFrameDecoder(), frames))
    neighbour = await opened()
    _, writer = await opened()
    writer.write(FRAME + FRAME[:cut])
    await frames.wait_for(lambda: frames.messages == [FRAME])
    with caplog.at_level(logging.DEBUG, "pyboot.components.netty"):
        reset(writer)
        await frames.wait_for(lambda: len(frames.reasons) == 1)

    neighbour[1].write(FRAME)
    async with asyncio.timeout(PATIENCE):
        assert FRAME == await neighbour[0].readexactly(len(FRAME))
    assert [FRAME, FRAME] == frames.messages
    assert ["peer-reset"] == frames.reasons
    assert ["DEBUG", "WARNING"] == [record.levelname for record in caplog.records]
    assert [1, 1] == list(server.peer_faults().values())


@pytest.mark.parametrize("dies", ["by a reset", "in order"])
async def test_a_peer_that_dies_while_reading_is_paused_is_noticed(carried: Carrier, dies: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither loop reports it by itself; a sweep asks the system once a second."""
    monkeypatch.setattr(watching, "_INTERVAL_SECONDS", 0.01)
    frames = Frames()
    _, opened = await carried(lambda channel: channel.pipeline().add_last(LengthFieldBasedFrameDecoder(), frames))
    _, writer = await opened()
    writer.write(FRAME)
    await frames.wait_for(lambda: len(frames.messages) == 1)
    frames.channels[0].auto_read = False
    assert not frames.channels[0].is_reading

    if dies == "in order":
        writer.transport.abort()
    else:
        reset(writer)
    await frames.wait_for(lambda: len(frames.reasons) == 1)

    assert frames.reasons[0] in (("peer-reset",) if dies == "by a reset" else ("peer-reset", "peer-closed"))


async def test_slow_writers_and_slow_readers_get_everything(carried: Carrier) -> None:
    """What comes in slices and late, and is taken slowly, is the same messages, in their order, for both at a time."""
    frames = Frames()
    _, opened = await carried(
        lambda channel: channel.pipeline().add_last(LengthFieldBasedFrameDecoder(), frames), {ChannelOption.SO_SNDBUF: 4096}
    )
    sent = [length.to_bytes(4, "big") + bytes([length % 256]) * length for length in (0, 1, 5, 300, 70_000)]
    reader, writer = await opened()
    stream = b"".join(sent)

    async def write() -> None:
        for start in range(0, 400, 7):
            writer.write(stream[start : start + 7])
            await asyncio.sleep(0)
        writer.write(stream[406:])
        await writer.drain()

    writing = asyncio.create_task(write())
    got = b""
    async with asyncio.timeout(PATIENCE):
        while len(got) < len(stream):
            got += await reader.read(997)
    await writing

    assert stream == got
    assert sent == frames.messages


@pytest.mark.parametrize(
    ("decoder", "begun", "end"),
    [
        (lambda: LengthFieldBasedFrameDecoder(max_frame_length=1 << 24), lambda size: size.to_bytes(4, "big"), b""),
        (lambda: LineBasedFrameDecoder(1 << 24), lambda size: b"", b"\n"),
        (lambda: DelimiterBasedFrameDecoder(delimiters=[b"--end--"], max_length=1 << 24), lambda size: b"", b"--end--"),
    ],
    ids=["length field", "lines", "delimiter"],
)
def test_a_long_message_in_single_bytes_costs_by_its_length(decoder: Any, begun: Any, end: bytes) -> None:
    """Twice as long is twice the work, not four times: what was looked at is not looked at again, what was kept is not copied again."""

    def seconds(size: int) -> float:
        channel = EmbeddedChannel(decoder())
        piece, began = b"x", time.process_time()
        channel.write_inbound(begun(size))
        for _ in range(size):
            channel.write_inbound(piece)
        channel.write_inbound(end)
        took = time.process_time() - began
        message = channel.read_inbound()
        assert size <= len(bytes(message)) <= size + 4
        return took

    short, long = min(seconds(10_000) for _ in range(2)), min(seconds(40_000) for _ in range(2))

    assert long / short < 9  # 4, and noise; 16 if all were looked at for each byte


def test_a_head_of_http_in_single_bytes_is_one_request() -> None:
    """However it is cut."""
    channel = EmbeddedChannel(HttpServerCodec())
    for byte in b"GET /" + b"a" * 3000 + b" HTTP/1.1\r\nHost: a\r\n\r\n":
        channel.write_inbound(bytes([byte]))

    assert "/" + "a" * 3000 == channel.read_inbound().uri


async def test_a_name_server_that_does_not_answer_is_within_the_connect_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking a name up is part of connecting."""
    answered = threading.Event()

    def system(*arguments: Any, **options: Any) -> Any:
        answered.wait(PATIENCE)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", system)
    bootstrap = Bootstrap().handler(lambda channel: None).option(ChannelOption.CONNECT_TIMEOUT, 0.05)
    try:
        with pytest.raises(ConnectTimeoutError):
            await bootstrap.connect("slow.example", 9)
    finally:
        answered.set()


async def test_a_name_server_that_fails_fails_the_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the system's own words, and the loop goes on."""

    def system(*arguments: Any, **options: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", system)
    with pytest.raises(socket.gaierror, match="Temporary failure"):
        await Bootstrap().handler(lambda channel: None).connect("gone.example", 9)
