"""Ending the channels of a loop: in order, in time, and nobody else's."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty import Bootstrap, ChannelOption, EchoHandler, ServerBootstrap
from pyboot.components.netty.channel.loop_state import state_of
from pyboot.components.netty.transport import shutdown
from pyboot.components.netty.transport.shutdown import close_gracefully, shut_down


async def test_listening_channels_end_first(listen: Any, connect: Any, new_recorder: Any) -> None:
    """So that nothing new comes in while the others end."""
    order: list[str] = []
    server = await listen(lambda channel: channel.close_future.add_listener(lambda _: order.append("connection")))
    server.close_future.add_listener(lambda _: order.append("server"))
    _, writer = await connect(server)
    await asyncio.sleep(0.01)
    writer.close()
    writer.transport.abort()

    await shut_down(state_of(asyncio.get_running_loop()), 0, 5)

    assert "server" == order[0] or ["connection", "server"] == order


async def test_only_the_channels_that_belong_are_ended(listen: Any, connect: Any) -> None:
    """The connections of another server stay."""
    first, second = await listen(EchoHandler()), await listen(EchoHandler())
    one, other = await connect(first), await connect(second)
    for _, writer in (one, other):
        writer.write(b"word")
    assert b"word" == await one[0].readexactly(4)
    assert b"word" == await other[0].readexactly(4)

    stopping = asyncio.create_task(shut_down(state_of(asyncio.get_running_loop()), 0, 5, lambda channel: channel.parent is first))
    assert b"" == await one[0].read()
    one[1].close()
    await stopping

    other[1].write(b"still")
    assert b"still" == await other[0].readexactly(5)


async def test_a_loop_without_channels_ends_at_once() -> None:
    """There is nothing to wait for."""
    before = asyncio.get_running_loop().time()

    await shut_down(state_of(asyncio.get_running_loop()), 0, 3600)

    assert asyncio.get_running_loop().time() - before < 1


async def test_a_channel_that_still_connects_is_closed(listen: Any, recorder: Any) -> None:
    """It has nothing to finish."""
    server = await listen(EchoHandler())
    connecting = asyncio.create_task(Bootstrap().handler(recorder).connect(*server.local_address()))
    await recorder.seen("channel_registered")

    close_gracefully(recorder.channels[0])

    with pytest.raises(ConnectionError):
        await connecting


async def test_a_half_closed_channel_is_closed(listen: Any, connect: Any, recorder: Any) -> None:
    """There the end of the input alone would not end it."""
    bootstrap = ServerBootstrap().child_option(ChannelOption.ALLOW_HALF_CLOSURE, True)
    server = await listen(recorder, bootstrap)
    reader, writer = await connect(server)
    writer.write_eof()
    await recorder.until(lambda: recorder.user_events)

    close_gracefully(recorder.channels[0])

    assert b"" == await reader.read()
    await recorder.seen("channel_inactive")


async def test_a_reset_that_nobody_has_met_yet_hurries_no_other_connection(listen: Any, connect: Any, reset: Any, recorder: Any) -> None:
    """The others are finished as ever, and their last answers are delivered."""
    bootstrap = ServerBootstrap()
    server = await listen(lambda channel: channel.pipeline().add_last(recorder, EchoHandler()), bootstrap)
    clients = [await connect(server) for _ in range(5)]
    await recorder.seen("channel_active", 5)
    for channel in recorder.channels:
        channel.auto_read = False
    reset(clients[2][1])
    page = b"0123456789" * 100_000
    for channel in recorder.channels:
        channel.write_and_flush(page)

    stopping = asyncio.create_task(bootstrap.shutdown_gracefully(0, 5))
    for number, (reader, _) in enumerate(clients):
        if number != 2:
            assert page == await reader.read()
    await stopping


async def test_a_channel_that_cannot_be_ended_in_order_is_aborted_alone(
    listen: Any, connect: Any, recorder: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said, and the others end."""
    bootstrap = ServerBootstrap()
    server = await listen(lambda channel: channel.pipeline().add_last(recorder), bootstrap)
    for _ in range(3):
        await connect(server)
    await recorder.seen("channel_active", 3)
    whole = shutdown.close_gracefully

    def close_gracefully(channel: Any) -> None:
        if channel is recorder.channels[1]:
            raise RuntimeError("a bug")
        whole(channel)

    monkeypatch.setattr(shutdown, "close_gracefully", close_gracefully)
    await shut_down(state_of(asyncio.get_running_loop()), 0, 5, lambda channel: channel.parent is server)

    assert 1 == caplog.text.count("did not end in order; it was aborted")
    assert all(channel.close_future.is_done for channel in recorder.channels)
