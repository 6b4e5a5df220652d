"""Whoever awaits something of a channel is told, whatever becomes of the channel: every awaitable, every way of ending, both loops."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pyboot.components.netty import Channel, ChannelGroup, ChannelHandler, ChannelHandlerContext, ChannelOption, ServerBootstrap
from pyboot.components.netty.channel.loop_state import state_of
from pyboot.components.netty.transport import watching
from pyboot.components.netty.transport.shutdown import shut_down

ADDRESS = ("127.0.0.1", 9)
STOPPING: set[asyncio.Task[None]] = set()
PAGE = bytes(8_000_000)  # more than the buffers of a connection take


def in_a_thread(operation: Callable[[Channel], Any]) -> Callable[[Channel], Awaitable[Any]]:
    """The same from another thread, which blocks for the result."""
    return lambda channel: asyncio.to_thread(lambda: operation(channel).result(10))


def promised(channel: Channel) -> Awaitable[Any]:
    """The end of one write."""
    promise = channel.new_promise()
    channel.write_and_flush(b"promised", promise)
    return promise


def unflushed(channel: Channel) -> Awaitable[Any]:
    """The end of a write that nobody flushes."""
    promise = channel.new_promise()
    channel.write(b"unflushed", promise)
    return promise


# Everything of a channel that can be awaited.
AWAITABLES: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "write": lambda channel: channel.write(b"x"),
    "flush": lambda channel: channel.flush(),
    "write_and_flush": lambda channel: channel.write_and_flush(b"x"),
    "a promise": promised,
    "a promise of an unflushed write": unflushed,
    "read": lambda channel: channel.read(),
    "close": lambda channel: channel.close(),
    "close_future": lambda channel: channel.close_future,
    "sync": lambda channel: channel.sync(),
    "shutdown_output": lambda channel: channel.shutdown_output(),
    "bind": lambda channel: channel.pipeline().bind(ADDRESS),
    "connect": lambda channel: channel.pipeline().connect(ADDRESS),
    "disconnect": lambda channel: channel.pipeline().disconnect(),
    "deregister": lambda channel: channel.pipeline().deregister(),
    "fire_channel_read": lambda channel: channel.pipeline().fire_channel_read(b"x"),
    "fire_user_event_triggered": lambda channel: channel.pipeline().fire_user_event_triggered("x"),
    "a group's close_future": lambda channel: group_of(channel).new_close_future(),
    "a group's write": lambda channel: group_of(channel).write_and_flush(b"x"),
    "write in a thread": in_a_thread(lambda channel: channel.write_and_flush(b"x")),
    "shutdown_output in a thread": in_a_thread(lambda channel: channel.shutdown_output()),  # type: ignore[attr-defined]  # of sockets
    "close in a thread": in_a_thread(lambda channel: channel.close()),
    "sync in a thread": in_a_thread(lambda channel: channel.sync()),
}


def group_of(channel: Channel) -> ChannelGroup:
    """Of one."""
    group = ChannelGroup()
    group.add(channel)
    return group


def reset(channel: Any, peer: socket.socket) -> None:
    """The peer crashes."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def end_gracefully(channel: Any, peer: socket.socket) -> None:
    """The server is shut down."""
    stopping = asyncio.create_task(shut_down(state_of(channel.loop), 0.0, 0.2, lambda each: each is channel))
    STOPPING.add(stopping)
    stopping.add_done_callback(STOPPING.discard)


# Every way in which a channel ends.
ENDINGS: dict[str, Callable[[Any, socket.socket], object]] = {
    "closed here": lambda channel, peer: channel.close(),
    "aborted here": lambda channel, peer: channel.abort(),
    "closed from a thread": lambda channel, peer: asyncio.get_running_loop().run_in_executor(None, channel.close),
    "an error": lambda channel, peer: channel.pipeline().fire_exception_caught(ValueError("a bug")),
    "failed": lambda channel, peer: channel.fail(ConnectionResetError("as a transport says")),
    "closed by the peer": lambda channel, peer: peer.close(),
    "reset by the peer": reset,
    "half-closed by the peer": lambda channel, peer: peer.shutdown(socket.SHUT_WR),
    "a graceful stop": end_gracefully,
}


class Suspending(ChannelHandler[Any]):
    """Everything goes through coroutines that wait for ever."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        await asyncio.Event().wait()

    async def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        await asyncio.Event().wait()

    async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
        await asyncio.Event().wait()

    async def close(self, ctx: ChannelHandlerContext, promise: Any) -> None:
        await asyncio.Event().wait()


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look every hundredth of a second."""
    monkeypatch.setattr(watching, "_INTERVAL_SECONDS", 0.01)


async def connections(listen: Any, recorder: Any, how: str) -> list[tuple[Any, socket.socket]]:
    """A channel and its peer for each awaitable: writable, or stuck as nothing is read there, or paused, or with endless handlers."""

    def assemble(channel: Channel) -> None:
        channel.pipeline().add_last(recorder)
        if how == "suspending":
            channel.pipeline().add_last(Suspending())

    bootstrap = ServerBootstrap().child_option(ChannelOption.CLOSE_TIMEOUT, 0.05).child_option(ChannelOption.WRITE_BUFFER_LIMIT, 0)
    server = await listen(assemble, bootstrap)
    peers = [socket.create_connection(server.local_address()) for _ in AWAITABLES]
    await recorder.seen("channel_active", len(peers))
    channels = {channel.remote_address(): channel for channel in recorder.channels}
    for channel in channels.values():
        if how == "stuck":
            channel.write_and_flush(PAGE)
        elif how == "paused":
            channel.auto_read = False
    return [(channels[peer.getsockname()], peer) for peer in peers]


async def ended(awaitable: Awaitable[Any]) -> None:
    """However it ends, but in time: what operations answer is the matter of others."""
    try:
        await awaitable
    except Exception:  # noqa: BLE001  # told is told
        return


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("how", ["writable", "stuck", "paused", "suspending"])
@pytest.mark.parametrize("when", ["before", "just before", "just after", "after"])
async def test_every_await_ends_with_the_channel(listen: Any, recorder: Any, ending: str, how: str, when: str) -> None:
    """Begun before its end, in the very turn of it, or after it; just after it the loop has not met the end yet."""
    found = await connections(listen, recorder, how)
    begun: dict[str, asyncio.Future[None]] = {}

    def begin() -> None:
        for (name, awaitable), (channel, _) in zip(AWAITABLES.items(), found, strict=True):
            begun[name] = asyncio.ensure_future(ended(awaitable(channel)))

    if when in ("before", "just before"):
        begin()
    if when == "before":
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    for channel, peer in found:
        ENDINGS[ending](channel, peer)
    if when == "after":
        async with asyncio.timeout(20):
            await asyncio.gather(*(ended(channel.close_future) for channel, _ in found))
    if when in ("just after", "after"):
        begin()

    await asyncio.wait(begun.values(), timeout=10)
    assert [] == [name for name, future in begun.items() if not future.done()]
    for channel, peer in found:
        channel.abort()
        peer.close()
