"""Servers in one line, started as users start them: a process, a port, signals."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty import (
    Channel,
    ChannelHandlerContext,
    ChannelOption,
    EchoHandler,
    EchoServer,
    EmbeddedChannel,
    EventLoopGroup,
    HJ212Frame,
    HJ212FrameHandler,
    Server,
)

ECHO = """
import logging
logging.basicConfig(level=logging.INFO, format="%(message)s")
from pyboot.components.netty.server import EchoServer
EchoServer().address('127.0.0.1', 0).grace()
"""


class Shouting(Server):
    """Writes its pipeline in a class."""

    def init_channel(self, channel: Channel) -> None:
        """One handler."""
        channel.pipeline().add_last(EchoHandler())


async def test_a_server_in_a_class_serves(connect: Any) -> None:
    """Bound inside a running loop."""
    server = (
        await Shouting().address("127.0.0.1", 0).option(ChannelOption.SO_BACKLOG, 7).child_option(ChannelOption.SO_KEEPALIVE, True).bind()
    )
    reader, writer = await connect(server)
    writer.write(b"word")

    assert b"word" == await reader.readexactly(4)
    assert 7 == server.get_option(ChannelOption.SO_BACKLOG)
    await server.close()


async def test_a_server_runs_on_a_group(connect: Any) -> None:
    """Everything in its thread."""
    async with EventLoopGroup(1) as group:
        server = await EchoServer(("127.0.0.1", 0)).group(group).bind()
        reader, writer = await connect(server)
        writer.write(b"word")

        assert b"word" == await reader.readexactly(4)
        assert group.loops == (server.loop,)


async def test_a_server_without_a_pipeline_says_what_is_missing(connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The connection is closed."""
    server = await Server(("127.0.0.1", 0)).bind()
    reader, _ = await connect(server)

    assert b"" == await reader.read()
    assert "Server must write init_channel(channel)" in caplog.text
    await server.close()


@pytest.fixture
def echo(serve: Callable[..., Any], tmp_path: Path) -> Any:
    """The one-line echo server in a process of its own."""
    return serve(sys.executable, "-X", "dev", "-c", ECHO, cwd=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_one_line_server_cleanly(echo: Any, number: signal.Signals) -> None:
    """Exit code 0, nothing on its streams, an open connection closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", echo.port)
    writer.write(b"word")
    assert b"word" == await reader.readexactly(4)

    echo.process.send_signal(number)
    assert b"" == await reader.read()
    writer.close()
    output = await asyncio.to_thread(echo.finish)

    assert 0 == echo.process.returncode
    assert f"listening on 127.0.0.1:{echo.port}" == output.strip()


@pytest.mark.slow
def test_the_published_start_is_grace_under_another_name(serve: Callable[..., Any], tmp_path: Path) -> None:
    """Programs of old end the same way."""
    server = serve(sys.executable, "-c", ECHO.replace("grace", "start"), cwd=tmp_path)

    server.process.send_signal(signal.SIGTERM)
    server.finish()

    assert 0 == server.process.returncode


def test_a_server_has_a_name_where_it_is_given_one() -> None:
    """In front of the address, as in the published package; otherwise that of its class."""
    assert ["Mine", "Shouting", "EchoServer"] == [
        Server("Mine", ("127.0.0.1", 0)).name,
        Shouting(("127.0.0.1", 0)).name,
        EchoServer(("127.0.0.1", 0)).name,
    ]


async def test_a_server_logs_what_passes(connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    """At INFO if nothing is said."""
    caplog.set_level(logging.INFO)
    server = await EchoServer(("127.0.0.1", 0)).log().bind()
    reader, writer = await connect(server)
    writer.write(b"word")
    await reader.readexactly(4)

    assert any("READ: 4B" in message for message in caplog.messages)
    await server.close()


async def test_frames_of_monitors_are_handled_and_other_messages_pass() -> None:
    """`on_frame` is what one writes."""
    seen: list[HJ212Frame] = []

    class Keeping(HJ212FrameHandler):
        def on_frame(self, ctx: ChannelHandlerContext, data: HJ212Frame) -> None:
            seen.append(data)

    channel = EmbeddedChannel(Keeping())
    channel.write_inbound(frame := HJ212Frame("1"), b"word")

    assert ([frame], [b"word"]) == (seen, channel.inbound_messages())
