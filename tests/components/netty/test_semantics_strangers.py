"""Who speaks another protocol than the port, or nothing at all: one line that helps, a close within a second, and the others are served."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Any

import pytest
import trustme

from pyboot.components.netty import EchoHandler, LineBasedFrameDecoder, ServerBootstrap, SslHandler
from pyboot.components.netty.codec.frames import LengthFieldBasedFrameDecoder
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.components.netty.codec.http2.choosing import Http2OrHttpHandler


def client_hello() -> bytes:
    """The first bytes of a client of TLS."""
    out = ssl.MemoryBIO()
    shaking = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname="server.test")
    with pytest.raises(ssl.SSLWantReadError):
        shaking.do_handshake()
    return out.read()


FIRST_BYTES = {
    "TLS": client_hello(),
    "HTTP": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "PROXY": b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
    "RDP": b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00",
    "SMB": b"\x00\x00\x00\x85\xffSMBr\x00\x00\x00\x00\x18\x53\xc8",
    "AMQP": b"AMQP\x00\x00\x09\x01",
    "Redis": b"PING\r\n",
    "NULs": bytes(1000),
}


@pytest.fixture(scope="session")
def server_context() -> ssl.SSLContext:
    """Of a server, made once in a run."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("server.test").configure_cert(context)
    return context


def listeners(context: ssl.SSLContext) -> dict[str, Callable[[Any], object]]:
    """A pipeline of each kind."""
    return {
        "TLS": lambda channel: channel.pipeline().add_last(SslHandler(context, server_side=True), EchoHandler()),
        "HTTP": lambda channel: channel.pipeline().add_last(HttpServerCodec()),
        "HTTP or HTTP/2": lambda channel: channel.pipeline().add_last(
            Http2OrHttpHandler(lambda each: each.pipeline().add_last(HttpServerCodec()), lambda each: None)
        ),
        "frames": lambda channel: channel.pipeline().add_last(LengthFieldBasedFrameDecoder(max_frame_length=4096), EchoHandler()),
    }


# What is wrong at sight; all else is a beginning of that protocol, and a matter of its deadlines.
WRONG = [
    *(("TLS", each) for each in ("HTTP", "SSH", "HTTP/2", "PROXY", "RDP", "SMB", "NULs")),
    *(("HTTP", each) for each in ("TLS", "SSH", "HTTP/2", "PROXY", "RDP", "SMB", "AMQP", "Redis", "NULs")),
    *(("HTTP or HTTP/2", each) for each in ("TLS", "SSH", "PROXY", "RDP", "SMB", "AMQP", "Redis", "NULs")),
    *(("frames", each) for each in ("TLS", "HTTP", "SSH", "HTTP/2", "PROXY", "RDP")),
]


@pytest.mark.parametrize(("listener", "first"), WRONG)
async def test_a_stranger_is_closed_with_one_line(
    listen: Any, connect: Any, server_context: ssl.SSLContext, caplog: pytest.LogCaptureFixture, listener: str, first: str
) -> None:
    """At WARNING, without a traceback, and counted; within a second."""
    server = await listen(listeners(server_context)[listener])
    with caplog.at_level(logging.INFO, "pyboot.components.netty"):
        reader, writer = await connect(server)
        writer.write(FIRST_BYTES[first])
        async with asyncio.timeout(1):
            try:
                while await reader.read(4096):
                    pass
            except ConnectionError:  # what it sent behind that was not read
                pass
            while server.connections:  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0)

    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [("WARNING", None)] == [(record.levelname, record.exc_info) for record in told], caplog.text
    assert 1 == sum(server.peer_faults().values())


async def test_http_on_a_port_of_tls_is_named(
    listen: Any, connect: Any, server_context: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    """The line says what it looks like."""
    server = await listen(listeners(server_context)["TLS"])
    reader, writer = await connect(server)
    writer.write(FIRST_BYTES["HTTP"])
    async with asyncio.timeout(20):
        await reader.read()

    assert "HTTP" in caplog.text


async def test_who_only_connects_is_no_news(listen: Any, connect: Any, recorder: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A thousand of a port scan, or a check of health: in order, by reset, before and after they are accepted; nothing above DEBUG."""
    server = await listen(lambda channel: channel.pipeline().add_last(LineBasedFrameDecoder(64), EchoHandler()), ServerBootstrap())
    address = server.local_address()
    with caplog.at_level(logging.INFO, "pyboot.components.netty"):
        for number in range(1000):
            with socket.socket() as scanner:
                if number % 2:
                    scanner.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                scanner.connect(address)
            if number % 50 == 0:
                await asyncio.sleep(0)
        reader, writer = await connect(server)
        writer.write(b"word\n")
        async with asyncio.timeout(20):
            assert b"word" == await reader.readexactly(4)
            writer.transport.abort()
            while server.connections:  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0)

    assert [] == caplog.records
