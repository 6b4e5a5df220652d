"""One direction in memory, by a clock that is turned: what comes out is what a model says, however it goes in and is taken."""

import asyncio
import random
from asyncio import StreamReader
from typing import Any

import pytest

from pyboot.components.netty.channel.embedded.event_loop import EmbeddedEventLoop
from pyboot.testing.faults import StreamFaults, chance_of
from pyboot.testing.stream_direction import Fate, StreamDirection

MIB = 1024 * 1024


class Sink:
    """A writer that takes what it is given when it is told to."""

    def __init__(self, loop: EmbeddedEventLoop) -> None:
        """Take everything at once."""
        self.loop = loop
        self.pieces: list[tuple[float, bytes]] = []
        self.has_ended = False
        self.takes = asyncio.Event()
        self.takes.set()
        self.transport: Any = self

    def write(self, data: bytes) -> None:
        """Note a piece, and when."""
        self.pieces.append((round(self.loop.time(), 6), data))

    async def drain(self) -> None:
        """Wait while nothing is taken."""
        await self.takes.wait()

    def can_write_eof(self) -> bool:
        """As TCP."""
        return True

    def write_eof(self) -> None:
        """Note the end, which comes once."""
        assert not self.has_ended
        self.has_ended = True

    def set_write_buffer_limits(self, high: int) -> None:
        """Nothing may wait unseen."""
        assert 0 == high

    def get_extra_info(self, name: str) -> Any:
        """A socket, whose options are of no interest."""
        return self

    def setsockopt(self, *option: int) -> None:
        """Of no interest."""

    @property
    def data(self) -> bytes:
        """All that came."""
        return b"".join(piece for _, piece in self.pieces)


class Carried:
    """A direction that carries from a source to a sink."""

    def __init__(self, faults: StreamFaults, seed: int = 1) -> None:
        """Begin."""
        self.loop = EmbeddedEventLoop()
        with self.loop.as_running_loop():
            self.source = StreamReader(loop=self.loop, limit=2**30)
            self.sink = Sink(self.loop)
            self.fate: asyncio.Future[Fate] = self.loop.create_future()
            self.direction = StreamDirection(faults, chance_of(seed), self.fate)
            self.task = self.loop.create_task(self.direction.carry(self.source, self.sink))  # type: ignore[arg-type]  # what it uses of a writer
        self.loop.run_ready()

    def feed(self, data: bytes) -> None:
        """Let *data* come."""
        with self.loop.as_running_loop():
            self.source.feed_data(data)
        self.loop.run_ready()

    def end(self) -> None:
        """Let the end come."""
        with self.loop.as_running_loop():
            self.source.feed_eof()
        self.loop.run_ready()

    def stop(self) -> None:
        """Leave nothing running."""
        with self.loop.as_running_loop():
            self.task.cancel()
        self.loop.run_ready()
        assert self.task.done()


def drawn(chance: random.Random) -> StreamFaults:
    """Any faults, several at once."""
    maybe = lambda value: value if chance.random() < 0.3 else None  # noqa: E731
    return StreamFaults(
        delay=chance.choice((0.0, 0.0, 0.5)),
        jitter=chance.choice((0.0, 0.0, 2.0)),
        bandwidth=chance.choice((0, 0, 100)),
        slices=chance.choice((0, 0, 1, 7)),
        cut_after=maybe(chance.randint(0, 600)),
        reset_after=maybe(chance.randint(0, 600)),
        half_close_after=maybe(chance.randint(0, 600)),
        black_hole_after=maybe(chance.randint(0, 600)),
        corrupt_at=maybe(chance.randint(0, 600)),
    )


def expected(faults: StreamFaults, data: bytes) -> tuple[bytes, bool, Fate | None]:
    """What is to come out of *data* with its end: bytes, whether an end follows, and what becomes of the connection."""
    turned = bytes(byte ^ 0xFF if at == faults.corrupt_at else byte for at, byte in enumerate(data))
    limits = [
        (faults.reset_after, False, Fate.RESET),
        (faults.cut_after, False, Fate.CUT),
        (faults.half_close_after, True, None),
        (faults.black_hole_after, False, None),
    ]
    reached = [(limit, ends, fate) for limit, ends, fate in limits if limit is not None and limit <= len(data)]
    limit, ends, fate = min(reached, key=lambda each: each[0], default=(len(data), True, None))
    return turned[:limit], ends, fate


@pytest.mark.parametrize("seed", range(300))
def test_what_comes_out_is_what_the_model_says(seed: int) -> None:
    """However the bytes are cut, whenever they are taken, whatever faults go together; without faults all of them, unchanged."""
    chance = chance_of("model", seed)
    data = chance.randbytes(chance.randint(0, 500))
    faults = StreamFaults() if seed % 3 == 0 else drawn(chance)
    carried = Carried(faults, seed)
    at = 0
    while at < len(data):
        size = chance.randint(1, 60)
        carried.feed(data[at : at + size])
        at += size
        if chance.random() < 0.3:
            with carried.loop.as_running_loop():
                carried.sink.takes.clear() if carried.sink.takes.is_set() else carried.sink.takes.set()
        if chance.random() < 0.3:
            carried.loop.advance(chance.random())
    carried.end()
    with carried.loop.as_running_loop():
        carried.sink.takes.set()
    carried.loop.advance(5000)

    fate = carried.fate.result() if carried.fate.done() else None
    assert expected(faults, data) == (carried.sink.data, carried.sink.has_ended, fate), faults
    carried.stop()
    assert [] == carried.loop.errors


def test_the_same_seed_does_the_same() -> None:
    """The pieces and their times; another seed does not."""

    def pieces(seed: int) -> list[tuple[float, bytes]]:
        carried = Carried(StreamFaults(slices=9, delay=1, jitter=1), seed)
        carried.feed(bytes(200))
        carried.loop.advance(100)
        carried.stop()
        return carried.sink.pieces

    assert pieces(1) == pieces(1) != pieces(2)


def test_bytes_are_under_way_for_their_delay_and_no_throughput_is_lost() -> None:
    """A hundred pieces that come together arrive together."""
    carried = Carried(StreamFaults(delay=0.5))
    for _ in range(100):
        carried.feed(b"x")
    carried.loop.advance(0.499)
    assert b"" == carried.sink.data
    carried.loop.advance(0.001)
    assert 100 == len(carried.sink.data)
    carried.stop()


def test_bandwidth_is_bytes_a_second() -> None:
    """Neither more in the first second, nor less in the tenth."""
    carried = Carried(StreamFaults(bandwidth=1000))
    carried.feed(bytes(20_000))
    for second in range(1, 11):
        carried.loop.advance(1)
        assert second * 1000 - 50 <= len(carried.sink.data) <= second * 1000 + 50
    carried.stop()


def test_a_peer_that_takes_nothing_stops_the_reading() -> None:
    """Whatever it sends, a mebibyte is under way at most, and all of it comes in the end."""
    carried = Carried(StreamFaults(delay=0.1))
    carried.sink.takes.clear()
    for _ in range(16):
        carried.feed(bytes(MIB))
        carried.loop.advance(1)
    assert MIB <= carried.direction._bytes_under_way <= MIB + 64 * 1024
    with carried.loop.as_running_loop():
        carried.sink.takes.set()
    carried.loop.advance(100)
    assert 16 * MIB == len(carried.sink.data)
    carried.stop()


def test_what_waits_in_a_partition_passes_when_it_is_over() -> None:
    """In its order, the end as well."""
    carried = Carried(StreamFaults())
    carried.feed(b"one")
    carried.direction.faults = StreamFaults(partitioned=True)
    carried.feed(b"two")
    carried.end()
    carried.loop.advance(3600)
    assert (b"one", False) == (carried.sink.data, carried.sink.has_ended)
    carried.direction.faults = StreamFaults()
    carried.loop.run_ready()
    assert (b"onetwo", True) == (carried.sink.data, carried.sink.has_ended)
    assert carried.task.done()


def test_what_a_black_hole_has_swallowed_is_gone_and_what_follows_passes_again() -> None:
    """Where the faults are changed."""
    carried = Carried(StreamFaults(black_hole_after=2))
    carried.feed(b"abcd")
    carried.direction.faults = StreamFaults()
    carried.feed(b"ef")
    assert b"abef" == carried.sink.data
    carried.stop()


@pytest.mark.parametrize(("limit", "fate"), [("cut_after", Fate.CUT), ("reset_after", Fate.RESET)])
def test_a_limit_that_has_been_passed_is_due_at_once(limit: str, fate: Fate) -> None:
    """Whatever is still under way, also in a partition, and where the direction itself has ended."""
    faults: dict[str, Any] = {limit: 1}
    for meanwhile in (StreamFaults(), StreamFaults(partitioned=True), StreamFaults(delay=10)):
        carried = Carried(meanwhile)
        carried.feed(b"abc")
        carried.end()
        assert not carried.fate.done()
        carried.direction.faults = StreamFaults(**faults)
        assert fate is carried.fate.result()
        carried.stop()


def test_half_a_close_may_come_at_any_moment() -> None:
    """Behind what was read before."""
    carried = Carried(StreamFaults())
    carried.feed(b"abc")
    carried.direction.faults = StreamFaults(half_close_after=0)
    carried.loop.run_ready()
    carried.feed(b"def")
    assert (b"abc", True) == (carried.sink.data, carried.sink.has_ended)
    carried.end()
    assert carried.task.done()


def test_a_reset_of_the_source_is_raised() -> None:
    """It is for the connection to decide."""
    carried = Carried(StreamFaults())
    with carried.loop.as_running_loop():
        carried.source.set_exception(ConnectionResetError())
    carried.loop.run_ready()
    assert isinstance(carried.task.exception(), ConnectionResetError)
