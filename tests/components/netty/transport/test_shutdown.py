"""Ending the channels of a loop: in order, in time, and nobody else's."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty import (
    Bootstrap,
    ChannelDraining,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    EchoHandler,
    EventLoopGroup,
    ServerBootstrap,
)
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


class Polite(ChannelHandler[Any]):
    """Says good-bye when it hears that the connection will end; hears of it at most once."""

    def __init__(self) -> None:
        """Nothing is written yet."""
        self.asked = asyncio.Event()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Note that somebody is there."""
        self.asked.set()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        """Write the farewell."""
        if isinstance(event, ChannelDraining):
            ctx.write_and_flush(b"good-bye;")


class Lasting(Polite):
    """Has something to finish first."""

    def __init__(self) -> None:
        """It is not finished."""
        super().__init__()
        self.finished = asyncio.Event()

    async def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:  # type: ignore[override]
        """Write the farewell, finish, and write that."""
        super().user_event_triggered(ctx, event)
        await self.finished.wait()
        await ctx.write_and_flush(b"done;")


async def test_handlers_hear_of_the_end_before_it_and_what_they_write_arrives() -> None:
    """Once, though they were told in advance, and the connection goes on until the end itself."""
    polite = Polite()
    bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(polite))
    server = await bootstrap.bind("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.local_address())
    writer.write(b"hello")
    await polite.asked.wait()

    bootstrap.tell_draining()
    assert b"good-bye;" == await reader.readexactly(9)
    polite.asked.clear()
    writer.write(b"still here")
    await polite.asked.wait()
    assert 0 == await bootstrap.shutdown_gracefully(0, 5)

    assert b"" == await reader.read()
    writer.close()


async def test_an_end_that_nobody_announced_is_told_as_well() -> None:
    """Right before the close."""
    polite = Polite()
    bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(polite))
    server = await bootstrap.bind("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.local_address())
    writer.write(b"hello")
    await polite.asked.wait()
    await bootstrap.shutdown_gracefully(0, 5)

    assert b"good-bye;" == await reader.read()
    writer.close()


async def test_a_coroutine_that_hears_of_the_end_holds_it_up() -> None:
    """For as long as the stop has time."""
    lasting = Lasting()
    bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(lasting))
    server = await bootstrap.bind("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.local_address())
    writer.write(b"hello")
    await lasting.asked.wait()
    stopping = asyncio.create_task(bootstrap.shutdown_gracefully(0, 30))
    assert b"good-bye;" == await reader.readexactly(9)
    assert not stopping.done()
    lasting.finished.set()

    assert b"done;" == await reader.read()
    assert 0 == await stopping
    writer.close()


async def test_connections_on_loops_of_a_group_are_told_there() -> None:
    """A pipeline is touched on its loop only."""
    async with EventLoopGroup(2) as group:
        bootstrap = ServerBootstrap().group(group).child_handler(lambda channel: channel.pipeline().add_last(EchoHandler(), Polite()))
        server = await bootstrap.bind("127.0.0.1", 0)
        clients = [await asyncio.open_connection(*server.local_address()) for _ in range(4)]
        for reader, writer in clients:
            writer.write(b"hello")
            assert b"hello" == await reader.readexactly(5)
        bootstrap.tell_draining()
        assert [b"good-bye;"] * 4 == [await reader.readexactly(9) for reader, _ in clients]
        for _, writer in clients:
            writer.close()
        await bootstrap.shutdown_gracefully(0, 5)
