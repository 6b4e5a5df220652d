"""Http3Connection: settings, critical streams, and what of aioquic it stands on."""

import asyncio
from typing import Any

from aioquic.h3.connection import H3Connection, H3Stream

from pyboot.components.netty import ChannelHandler
from pyboot.components.netty.codec.http3.config import Http3Config
from pyboot.components.netty.codec.http3.connection import CONNECTION
from pyboot.components.netty.transport.quic import QuicConnectionClosed


def test_all_that_is_used_of_aioquic_is_there() -> None:
    """A release that has moved one of these fails here."""
    assert hasattr(H3Connection, "_get_local_settings")
    assert hasattr(H3Connection, "_check_content_length")
    assert [] == [name for name in ("frame_type", "frame_size") if not hasattr(H3Stream(0), name)]


async def test_the_settings_hold_the_limits(web: Any) -> None:
    """The longest head, and no table in which a peer could keep anything; nothing that was not built is offered."""
    channel = await web.connect(await web.serve(config=Http3Config(max_header_bytes=5000)))
    await web.get(channel)
    machine = channel.attr(CONNECTION).get().machine

    assert {1: 0, 7: 0, 6: 5000} == machine.received_settings
    assert all(hasattr(machine, name) for name in ("_stream", "_is_done", "_decoder", "_encoder"))


async def test_a_table_may_be_kept(web: Any) -> None:
    """Where it is asked for: answers stay the same."""
    channel = await web.connect(await web.serve(config=Http3Config(qpack_table_bytes=4096)))
    for number in range(20):
        assert b"GET /%d " % number == (await web.get(channel, f"/{number}", agent="the same each time"))[1].content


async def test_a_critical_stream_that_ends_ends_the_connection(web: Any) -> None:
    """RFC 9114 6.2.1: H3_CLOSED_CRITICAL_STREAM."""
    closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    class Closed(ChannelHandler[Any]):
        def user_event_triggered(self, ctx: Any, event: Any) -> None:
            if isinstance(event, QuicConnectionClosed):
                closed.set_result(event.code)

        def exception_caught(self, ctx: Any, error: Exception) -> None:
            pass

    channel = await web.connect(await web.serve(), Closed())
    await web.get(channel)
    channel.attr(CONNECTION).get()._streams.control.shutdown_output()

    assert 0x104 == await asyncio.wait_for(closed, 20)
