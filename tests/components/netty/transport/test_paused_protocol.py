"""Nothing comes unasked to a channel that does not read yet, and nothing is lost of what came."""

import asyncio
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, ChannelOption, ServerBootstrap
from pyboot.components.netty.errors import ClosedChannelError
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
    """Within a second or so: see `watching`. What is held may be read until the time for closing is up."""
    monkeypatch.setattr(watching, "_INTERVAL_SECONDS", 0.01)
    _, writer = await unread(listen, connect, recorder)
    recorder.channels[0].set_option(ChannelOption.CLOSE_TIMEOUT, 0.05)
    reset(writer)

    async with asyncio.timeout(20):
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


type Ending = Callable[[socket.socket], object]


def _reset(peer: socket.socket) -> None:
    if peer.family == socket.AF_UNIX:
        peer.close()  # there is no reset, but where bytes are left unread
    else:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()


ENDINGS: dict[str, Ending] = {
    "closed": lambda peer: peer.close(),
    "half-closed": lambda peer: peer.shutdown(socket.SHUT_WR),
    "reset": _reset,
}


@pytest.fixture(params=["tcp", "unix"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where to listen."""
    return "127.0.0.1" if request.param == "tcp" else str(tmp_path / "x.sock")


@pytest.mark.parametrize("when", ["option", "channel_active", "coroutine"])
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("half_closure", [False, True])
async def test_what_came_before_the_reading_stopped_is_read_whatever_the_peer_does_then(
    listen: Any, recorder: Any, monkeypatch: pytest.MonkeyPatch, host: str, when: str, ending: str, half_closure: bool
) -> None:
    """A proxy that waits for its backend: many sweeps find the peer gone, and all of it arrives afterwards, once."""
    monkeypatch.setattr(watching, "_INTERVAL_SECONDS", 0.001)

    class Pausing(ChannelHandler[Any]):
        """Stops the reading while it looks for its backend."""

        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            if when == "channel_active":
                ctx.channel.auto_read = False
            ctx.fire_channel_active()

    class Suspended(ChannelHandler[Any]):
        """The same in a coroutine, which goes on a little later."""

        async def channel_active(self, ctx: ChannelHandlerContext) -> None:
            ctx.channel.auto_read = False
            await asyncio.sleep(0.01)
            ctx.fire_channel_active()

    bootstrap = ServerBootstrap().child_option(ChannelOption.ALLOW_HALF_CLOSURE, half_closure)
    if when == "option":
        bootstrap.child_option(ChannelOption.AUTO_READ, False)
    pausing = Suspended if when == "coroutine" else Pausing
    server = await listen(lambda channel: channel.pipeline().add_last(pausing(), recorder), bootstrap, host)
    peer = socket.socket(socket.AF_UNIX if host.startswith("/") else socket.AF_INET)
    peer.connect(server.local_address())
    peer.sendall(b"request")
    await recorder.seen("channel_active")
    (channel,) = recorder.channels
    await asyncio.sleep(0.01)  # uvloop reads what came, and it is held
    is_held = channel.holds_unread
    ENDINGS[ending](peer)
    await asyncio.sleep(0.02)  # twenty sweeps
    if is_held or ending != "reset":
        assert channel.is_active
        assert b"" == recorder.received

    channel.auto_read = True
    if half_closure and ending != "reset":
        await recorder.until(lambda: recorder.user_events)
        channel.close()
    await recorder.seen("channel_inactive")

    peer.close()
    if is_held or ending != "reset" or host.startswith("/"):
        assert b"request" == recorder.received


async def test_an_end_without_bytes_is_told_while_reading_is_paused(
    listen: Any, recorder: Any, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """Even if uvloop has read it and it is held."""
    monkeypatch.setattr(watching, "_INTERVAL_SECONDS", 0.01)
    server = await listen(recorder, ServerBootstrap().child_option(ChannelOption.AUTO_READ, False), host)
    with socket.socket(socket.AF_UNIX if host.startswith("/") else socket.AF_INET) as peer:
        peer.connect(server.local_address())
    async with asyncio.timeout(20):
        await recorder.seen("channel_inactive")

    assert [] == recorder.errors


async def test_reads_that_are_asked_for_one_by_one_get_everything_before_the_end(
    listen: Any, connect: Any, recorder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first gets what is held, the next what the system has, and the end comes last."""
    monkeypatch.setattr(watching, "_INTERVAL_SECONDS", 0.001)
    _, writer = await unread(listen, connect, recorder)
    await asyncio.sleep(0.01)
    writer.write(b" second")
    writer.close()
    await asyncio.sleep(0.01)
    (channel,) = recorder.channels
    while len(recorder.received) < len(b"first second"):
        before = recorder.events.count("channel_read")
        channel.read()
        await recorder.seen("channel_read", before + 1)
    await recorder.seen("channel_inactive")

    assert b"first second" == recorder.received
    assert [] == recorder.errors


async def is_refused(channel: Any) -> bool:
    """Whether a write fails."""
    try:
        await channel.write_and_flush(b"answer")
    except ClosedChannelError:
        return True
    return False


@pytest.mark.parametrize("then", ["read", "auto_read", "close", "abort", "nothing"])
async def test_what_is_held_is_read_after_a_write_has_met_the_error(listen: Any, recorder: Any, host: str, then: str) -> None:
    """The writes have failed and further ones fail at once; who does not read in time, or closes, gets nothing more."""
    server = await listen(recorder, ServerBootstrap().child_option(ChannelOption.AUTO_READ, False), host)
    peer = socket.socket(socket.AF_UNIX if host.startswith("/") else socket.AF_INET)
    peer.connect(server.local_address())
    peer.sendall(b"request")
    await recorder.seen("channel_active")
    (channel,) = recorder.channels
    await asyncio.sleep(0.01)  # uvloop reads what came, and it is held
    is_held = channel.holds_unread
    channel.set_option(ChannelOption.CLOSE_TIMEOUT, 0.05 if then == "nothing" else 15)
    _reset(peer)
    async with asyncio.timeout(10):
        while not await is_refused(channel):
            pass

    assert channel.is_active is is_held
    if is_held:
        assert await is_refused(channel)
        with pytest.raises(ClosedChannelError, match="is lost"):
            await channel.shutdown_output()
    async with asyncio.timeout(10):
        if then == "auto_read":
            channel.auto_read = True
        elif then != "nothing":
            getattr(channel, then)()
        await channel.close_future
    await recorder.seen("channel_inactive")

    assert recorder.received == (b"request" if is_held and "read" in then else b"")
    assert isinstance(channel.close_cause, OSError) or then == "close"


@pytest.mark.parametrize("seed", range(12))
async def test_random_schedules_lose_nothing(listen: Any, recorder: Any, monkeypatch: pytest.MonkeyPatch, host: str, seed: int) -> None:
    """Whatever the order of sending, pausing, asking, sweeping and ending: what was sent before an orderly end is read, in order, once."""
    monkeypatch.setattr(watching, "_INTERVAL_SECONDS", 0.0005)
    random = Random(seed)
    bootstrap = ServerBootstrap().child_option(ChannelOption.AUTO_READ, random.random() < 0.5)
    server = await listen(recorder, bootstrap, host)
    peer = socket.socket(socket.AF_UNIX if host.startswith("/") else socket.AF_INET)
    peer.connect(server.local_address())
    sent = b""
    steps = [random.choice(["send", "pause", "resume", "read", "turn", "sleep"]) for _ in range(30)]
    steps.insert(random.randrange(len(steps)), random.choice(["closed", "half-closed"]))
    if "send" in steps[:3]:
        steps.insert(0, "send")
    for number, step in enumerate(steps):
        channel = recorder.channels[0] if recorder.channels else None
        if step in ENDINGS:
            ENDINGS[step](peer)
            steps[number + 1 :] = [later for later in steps[number + 1 :] if later != "send"]
        elif step == "send" and not set(steps[:number]) & set(ENDINGS):
            piece = b"%d " % number * random.choice([1, 1000])
            peer.sendall(piece)
            sent += piece
        elif step == "turn":
            await asyncio.sleep(0)
        elif step == "sleep":
            await asyncio.sleep(0.002)
        elif channel is not None and channel.is_active:
            if step == "read":
                channel.read()
            else:
                channel.auto_read = step == "resume"
    await recorder.seen("channel_active")
    if recorder.channels[0].is_active:
        recorder.channels[0].auto_read = True
    await recorder.seen("channel_inactive")

    peer.close()
    assert sent == recorder.received, (seed, steps)
    assert [] == recorder.errors, (seed, steps)
