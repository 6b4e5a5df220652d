"""The way out: order, and whom a full connection lets wait."""

import asyncio
from collections.abc import Sequence

from pyboot.cluster.errors import EngineLostError
from pyboot.cluster.outage_queue import OutageQueue
from pyboot.cluster.outbox import Outbox


class Engine:
    """Takes so many frames, and then no more."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.is_lost = False
        self.frames: list[bytes] = []

    @property
    def is_writable(self) -> bool:
        return len(self.frames) < self.room

    def publish(self, channel: str, frames: Sequence[bytes]) -> None:
        if self.is_lost:
            raise EngineLostError("test", "gone")
        self.frames += frames


def made(room: int) -> tuple[Outbox, Engine, OutageQueue]:
    """An outbox at an engine with room for so much."""
    engine, queue = Engine(room), OutageQueue(100, 1_000, 5)
    return Outbox(engine, queue, lambda: 0.0), engine, queue  # type: ignore[arg-type]  # what it uses of one


async def test_what_waited_goes_first() -> None:
    """However the connection takes it."""
    outbox, engine, queue = made(2)
    for number in range(3):
        outbox.put("x", b"%d" % number)
    assert [] == engine.frames
    outbox.open()
    outbox.put("x", b"3")
    assert ([b"0", b"1"], 2) == (engine.frames, len(queue))
    engine.room = 5
    outbox.put("x", b"4")
    outbox.on_writable()
    assert [b"0", b"1", b"2", b"3", b"4"] == engine.frames


async def test_who_waits_goes_on_when_there_is_room_or_no_connection() -> None:
    """Without one nobody waits."""
    outbox, engine, _ = made(1)
    await outbox.flushed()
    outbox.open()
    await outbox.flushed()
    outbox.put("x", b"0")
    waiting = asyncio.ensure_future(outbox.flushed())
    await asyncio.sleep(0)
    outbox.on_writable()
    await asyncio.sleep(0)
    assert not waiting.done()
    engine.room = 2
    outbox.on_writable()
    await waiting
    outbox.put("x", b"1")
    another = asyncio.ensure_future(outbox.flushed())
    await asyncio.sleep(0)
    outbox.shut()
    await another


async def test_a_frame_that_meets_a_lost_connection_waits() -> None:
    """The loss is told elsewhere."""
    outbox, engine, queue = made(5)
    outbox.open()
    engine.is_lost = True
    outbox.put("x", b"0")
    outbox.on_writable()
    assert ([], 0) == (engine.frames, len(queue))
