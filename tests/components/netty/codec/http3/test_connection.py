"""Http3Connection: settings, critical streams, and what of aioquic it stands on."""

import asyncio
from typing import Any

import pylsqpack
import pytest
from aioquic.h3.connection import H3Connection, H3Stream, encode_frame

from pyboot.components.netty import ChannelHandler
from pyboot.components.netty.channel.close_reason import close_reason_of
from pyboot.components.netty.codec.http3 import Http3ServerConnectionHandler, new_request_stream
from pyboot.components.netty.codec.http3.config import Http3Config
from pyboot.components.netty.codec.http3.connection import CONNECTION
from pyboot.components.netty.transport.quic import QuicConnectionClosed
from pyboot.components.netty.wire.http.message import FullHttpRequest, HttpRequest


def test_all_that_is_used_of_aioquic_is_there() -> None:
    """A release that has moved one of these fails here."""
    assert hasattr(H3Connection, "_get_local_settings")
    assert hasattr(H3Connection, "_check_content_length")
    assert [] == [name for name in ("frame_type", "frame_size") if not hasattr(H3Stream(0), name)]


async def test_the_settings_hold_the_limits(web: Any) -> None:
    """The longest head, and no table in which a peer could keep anything; nothing that was not built is offered."""
    channel = await web.connect(await web.serve(config=Http3Config(max_headers=5000)))
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


@pytest.mark.parametrize(("takes", "code"), [(65_535, None), (0, 0x109)])
async def test_who_takes_datagrams_may_say_so(web: Any, takes: int, code: int | None) -> None:
    """As browsers do (RFC 9297 2.1.1): it is answered. Who says so and takes none is told to go."""
    closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    class Closed(ChannelHandler[Any]):
        def user_event_triggered(self, ctx: Any, event: Any) -> None:
            if isinstance(event, QuicConnectionClosed):
                closed.set_result(event.code)

        def exception_caught(self, ctx: Any, error: Exception) -> None:
            pass

    collected = web.quic.collected()
    told = {"alpn": ["h3"], "max_datagram_frame_bytes": takes, "stream": lambda stream: None}
    channel = await web.quic.connect(await web.serve(), Closed(), **told)
    channel.create_stream(ChannelHandler(), unidirectional=True).write_and_flush(b"\x00" + encode_frame(4, b"\x33\x01"))
    if code is None:
        _, head = pylsqpack.Encoder().encode(0, [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/b")])
        stream = channel.create_stream(collected)
        stream.write_and_flush(encode_frame(1, head))
        stream.shutdown_output()
        assert b"GET /b " in await asyncio.wait_for(collected.ended, 20)
    else:
        assert code == await asyncio.wait_for(closed, 20)


async def test_an_end_without_an_error_is_none(web: Any, new_recorder: Any) -> None:
    """H3_NO_ERROR (RFC 9114 8.1): it is HTTP/3 that gives the number its meaning."""
    ours, theirs = new_recorder(), new_recorder()

    def fill(channel: Any) -> None:
        channel.pipeline().add_last(Http3ServerConnectionHandler(lambda stream: None), theirs)

    channel = await web.connect(await web.quic.serve(child=fill, alpn=["h3"]), ours)
    await channel.close()
    await theirs.seen("channel_inactive")

    assert [(0x100, True)] == [
        (event.code, event.is_application) for event in theirs.user_events if isinstance(event, QuicConnectionClosed)
    ]
    assert "peer-closed" == str(close_reason_of(theirs.channels[0]))


async def test_who_only_cancels_requests_is_told_so(web: Any, recorder: Any) -> None:
    """H3_EXCESSIVE_LOAD, past `max_resets`: of requests that are broken off, and of such as want no answer any more (CVE-2023-44487)."""
    channel = await web.connect(await web.serve(ChannelHandler, max_resets=10), recorder)
    for number in range(11):
        stream = new_request_stream(channel, ChannelHandler())
        stream.write_and_flush((FullHttpRequest if number % 2 else HttpRequest)("GET", "/", headers={"host": "a"}))
        await asyncio.sleep(0)
        stream.reset(0x10C)
    await recorder.seen("channel_inactive")

    assert [0x107] == [event.code for event in recorder.user_events if isinstance(event, QuicConnectionClosed)]
