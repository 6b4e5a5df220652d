"""Nothing comes unasked to a channel that does not read yet, and nothing is lost of what came."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty import ChannelOption, ServerBootstrap
from pyboot.components.netty.transport import watching


async def unread(listen: Any, connect: Any, recorder: Any) -> Any:
    """A fresh connection without auto_read, whose peer has spoken at once; its streams."""
    server = await listen(recorder, ServerBootstrap().child_option(ChannelOption.AUTO_READ, False))
    reader, writer = await connect(server)
    writer.write(b"first")
    await recorder.seen("channel_active")
    return reader, writer


async def test_the_first_read_gets_what_came_meanwhile(listen: Any, connect: Any, recorder: Any) -> None:
    """And the second what comes then."""
    _, writer = await unread(listen, connect, recorder)
    (channel,) = recorder.channels
    channel.read()
    await recorder.seen("channel_read")
    assert b"first" == recorder.received

    writer.write(b"second")
    channel.read()
    await recorder.seen("channel_read", 2)

    assert b"firstsecond" == recorder.received


async def test_switching_auto_read_on_goes_on_reading(listen: Any, connect: Any, recorder: Any) -> None:
    """All of it."""
    _, writer = await unread(listen, connect, recorder)
    recorder.channels[0].auto_read = True
    await recorder.until(lambda: recorder.received == b"first")
    writer.write(b"second")

    await recorder.until(lambda: recorder.received == b"firstsecond")


async def test_the_end_of_the_peer_comes_after_its_bytes(listen: Any, connect: Any, recorder: Any) -> None:
    """When they are read."""
    _, writer = await unread(listen, connect, recorder)
    writer.close()
    await writer.wait_closed()
    assert "channel_inactive" not in recorder.events

    recorder.channels[0].auto_read = True
    await recorder.seen("channel_inactive")

    assert b"first" == recorder.received
    assert [] == recorder.errors


async def test_writing_does_not_wait_for_reading(listen: Any, connect: Any, recorder: Any) -> None:
    """Back-pressure works before the first read."""
    reader, _ = await unread(listen, connect, recorder)
    (channel,) = recorder.channels
    page = b"x" * 3_000_000

    promise = channel.new_promise()
    channel.write_and_flush(page, promise)

    assert page == await reader.readexactly(len(page))
    await promise


async def test_a_channel_that_closes_before_its_first_read_gets_nothing(listen: Any, connect: Any, recorder: Any) -> None:
    """Not even what came."""
    reader, _ = await unread(listen, connect, recorder)
    (channel,) = recorder.channels
    channel.read()
    channel.abort()
    await recorder.seen("channel_inactive")

    assert "channel_read" not in recorder.events
    try:
        assert b"" == await reader.read()
    except ConnectionResetError:
        assert channel.close_future.is_done


async def test_a_reset_before_the_first_read_is_found(
    listen: Any, connect: Any, reset: Any, recorder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a second or so: see `watching`."""
    monkeypatch.setattr(watching, "_INTERVAL_SECONDS", 0.01)
    _, writer = await unread(listen, connect, recorder)
    reset(writer)

    async with asyncio.timeout(5):
        await recorder.seen("channel_inactive")

    assert "exception_caught ConnectionResetError" in recorder.events


async def test_a_read_that_is_taken_back_gets_nothing(listen: Any, connect: Any, recorder: Any) -> None:
    """What came is kept for the next one."""
    await unread(listen, connect, recorder)
    (channel,) = recorder.channels
    channel.auto_read = True
    channel.auto_read = False
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert b"" == recorder.received

    channel.read()
    await recorder.until(lambda: recorder.received == b"first")
