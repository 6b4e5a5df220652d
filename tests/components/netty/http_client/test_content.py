"""Content between the connection and its taker: back-pressure, the end, errors."""

import asyncio

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.http_client.content import IncomingContent


def test_a_slow_taker_stops_the_peer() -> None:
    """At the mark reading stops, at half of it it goes on."""
    channel = EmbeddedChannel()
    content = IncomingContent(channel, 10)
    content.put(b"123456789")
    assert channel.reading.pauses == 0
    content.put(b"x")
    content.put(b"y")
    assert channel.reading.pauses == 1

    assert b"123456789" == content.take_nowait()
    assert channel.reading.pauses == 0
    assert [b"x", b"y", None] == [content.take_nowait() for _ in range(3)]


def test_the_end_resumes_reading() -> None:
    """What comes next is another response's."""
    channel = EmbeddedChannel()
    content = IncomingContent(channel, 1)
    content.put(b"x")
    content.end()
    content.end(error=RuntimeError("too late"))
    content.put(b"too late")

    assert (0, b"x", None) == (channel.reading.pauses, content.take_nowait(), content.take_nowait())
    content.check()


def test_an_error_comes_behind_what_came() -> None:
    """Nothing that was received is lost."""
    content = IncomingContent(EmbeddedChannel(), 10)
    content.put(b"x")
    content.end(error=RuntimeError("lost"))

    content.check()
    content.take_nowait()
    with pytest.raises(RuntimeError, match="lost"):
        content.check()


async def test_a_taker_waits() -> None:
    """For a piece, and for the end; one that was cancelled may come again."""
    content = IncomingContent(EmbeddedChannel(), 10)
    waiting = asyncio.create_task(content.wait())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    waiting = asyncio.create_task(content.wait())
    await asyncio.sleep(0)
    content.put(b"x")
    await waiting
    content.take_nowait()
    waiting = asyncio.create_task(content.wait())
    await asyncio.sleep(0)
    content.end()
    await waiting
