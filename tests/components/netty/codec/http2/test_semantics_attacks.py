"""What a hostile client of HTTP/2 can cost: each attack that has a name, made with hyperframe and hpack.

Each ends with GOAWAY for ENHANCE_YOUR_CALM and one line of the log, though it goes on for ever; what it makes us keep until then, and how
long it makes us work, is measured.
"""

import itertools
import logging
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

import pytest
from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.wire.http2.config import Http2Config
from pyboot.components.netty.wire.http2.frame import Http2DataFrame, Http2Headers, Http2HeadersFrame

from .peers import Server

# What an attack may cost before it is ended, uncompiled, on a slow and busy machine, and with tracemalloc looking.
MOST_SECONDS: Final = 3.0
MOST_BYTES: Final = 6 * 1024 * 1024

_CHUNK: Final = 65536
_ENOUGH: Final = 24 * 1024 * 1024  # of an attack that is not ended


class Answering(ChannelHandler[Any]):
    """Answers with a kilobyte, and counts."""

    calls = 0

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Answer what is whole."""
        Answering.calls += 1
        if msg.end_stream:
            ctx.write(Http2HeadersFrame(Http2Headers(status=200)))
            ctx.write_and_flush(Http2DataFrame(bytes(1024), True))


class Idle(ChannelHandler[Any]):
    """Reads nothing."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Stop reading."""
        ctx.channel.auto_read = False


def block(*more: tuple[str, str]) -> bytes:
    """A head, each field literal and none remembered: no state between attacks."""
    fields = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a"), *more]
    return b"".join(
        b"\x00" + bytes([len(name)]) + name.encode() + (len(value).to_bytes(1) if len(value) < 127 else b"\x7f\x81\x7f") + value.encode()
        for name, value in fields
    )


HEAD: Final = block()


def begin(stream: int, *, ends: bool = True, head: bytes = HEAD) -> HeadersFrame:
    """HEADERS of a request."""
    return HeadersFrame(stream, head, flags=["END_HEADERS", *(["END_STREAM"] if ends else [])])


class Odd(NamedTuple):
    """A frame that hyperframe refuses to make."""

    kind: int
    stream: int
    body: bytes

    def serialize(self) -> bytes:
        """Its bytes."""
        return len(self.body).to_bytes(3) + bytes([self.kind, 0]) + self.stream.to_bytes(4) + self.body


def each_stream(*frames: Callable[[int], Any]) -> Iterator[Any]:
    """The same frames for one stream after the other, for ever."""
    for stream in itertools.count(1, 2):
        for frame in frames:
            yield frame(stream)


def rapid_reset() -> Iterator[Any]:
    """CVE-2023-44487."""
    return each_stream(begin, lambda stream: RstStreamFrame(stream, 8))


def made_you_reset_by_window() -> Iterator[Any]:
    """CVE-2025-8671: WINDOW_UPDATE of nothing, so that it is we who reset."""
    return each_stream(lambda stream: begin(stream, ends=False), lambda stream: Odd(8, stream, bytes(4)))


def made_you_reset_by_overflow() -> Iterator[Any]:
    """The same with a window beyond its bounds."""
    return each_stream(lambda stream: begin(stream, ends=False), lambda stream: WindowUpdateFrame(stream, 2**31 - 1))


def made_you_reset_by_content() -> Iterator[Any]:
    """The same with content behind the end."""
    return each_stream(begin, lambda stream: DataFrame(stream, b"x"))


def made_you_reset_by_dependency() -> Iterator[Any]:
    """The same with a stream that depends on itself."""
    return each_stream(begin, lambda stream: PriorityFrame(stream, depends_on=stream))


def refused_streams() -> Iterator[Any]:
    """More streams than are allowed, none of which ends."""
    return each_stream(lambda stream: begin(stream, ends=False))


def malformed_heads() -> Iterator[Any]:
    """An upper-case name in each."""
    return each_stream(lambda stream: begin(stream, head=block(("Upper", "x"))))


def empty_names() -> Iterator[Any]:
    """CVE-2019-9516: fields without a name and a value, which an allocator pays for."""
    return each_stream(lambda stream: begin(stream, head=block(*[("", "")] * 300)))


def continuation_flood() -> Iterator[Any]:
    """CVE-2024-27316: a head that never ends."""
    yield HeadersFrame(1, HEAD, flags=["END_STREAM"])
    for _ in itertools.count():
        yield ContinuationFrame(1, b"\x00\x01a" + b"\x7f\x81\x7f" + bytes(254).replace(b"\0", b"x"))


def empty_continuations() -> Iterator[Any]:
    """CVE-2026-33871: the same of nothing."""
    yield HeadersFrame(1, HEAD, flags=["END_STREAM"])
    for _ in itertools.count():
        yield ContinuationFrame(1, b"")


def hpack_bomb() -> Iterator[Any]:
    """CVE-2016-6581: one long field in the table, and sixteen thousand references to it in each head."""
    encoder = Encoder()
    yield HeadersFrame(
        1, encoder.encode([(":method", "GET"), (":scheme", "http"), (":path", "/"), ("x", "y" * 4000)]), flags=["END_HEADERS"]
    )
    for stream in itertools.count(3, 2):
        yield HeadersFrame(stream, b"\x82\x86\x84" + b"\xbe" * 16000, flags=["END_HEADERS", "END_STREAM"])


def table_resizes() -> Iterator[Any]:
    """A head of nothing but changes of the size of the table."""
    return each_stream(lambda stream: begin(stream, head=b"\x20\x3f\xe1\x1f" * 3000 + HEAD))


def empty_data() -> Iterator[Any]:
    """CVE-2019-9518."""
    yield begin(1, ends=False)
    for _ in itertools.count():
        yield DataFrame(1, b"")


def padded_data() -> Iterator[Any]:
    """The same, of padding alone."""
    yield begin(1, ends=False)
    for _ in itertools.count():
        yield DataFrame(1, b"", pad_length=10, flags=["PADDED"])


def settings_flood() -> Iterator[Any]:
    """CVE-2019-9515."""
    return (SettingsFrame(0, {4: 65535 + number % 2}) for number in itertools.count())


def long_settings() -> Iterator[Any]:
    """The same setting two thousand times in each frame."""
    return (Odd(4, 0, b"\x00\x04\x00\x00\xff\xff\x00\x04\x00\x00\xff\xfe" * 1000) for _ in itertools.count())


def ping_flood() -> Iterator[Any]:
    """CVE-2019-9512."""
    return (PingFrame(0, b"12345678") for _ in itertools.count())


def priority_flood() -> Iterator[Any]:
    """CVE-2019-9513, of streams that never begin."""
    return (PriorityFrame(number, depends_on=number + 2) for number in itertools.count(1, 2))


def unknown_flood() -> Iterator[Any]:
    """Frames that nobody knows, which are to be ignored."""
    return (Odd(0xFA, 0, b"x") for _ in itertools.count())


def goaway_flood() -> Iterator[Any]:
    """Good-byes."""
    return (GoAwayFrame(0, 0) for _ in itertools.count())


def dead_streams() -> Iterator[Any]:
    """RST_STREAM, again and again, of a stream that is over."""
    yield begin(1)
    for _ in itertools.count():
        yield RstStreamFrame(1, 8)


def dead_windows() -> Iterator[Any]:
    """Room for a stream that is over."""
    yield begin(1)
    for _ in itertools.count():
        yield WindowUpdateFrame(1, 1)


def small_windows() -> Iterator[Any]:
    """CVE-2019-9511: a byte of the answer at a time."""
    yield SettingsFrame(0, {4: 1})
    for stream in itertools.count(1, 2):
        yield begin(stream)
        for _ in range(1023):
            yield WindowUpdateFrame(stream, 1)


ATTACKS: Final = [
    rapid_reset,
    made_you_reset_by_window,
    made_you_reset_by_overflow,
    made_you_reset_by_content,
    made_you_reset_by_dependency,
    refused_streams,
    malformed_heads,
    empty_names,
    continuation_flood,
    empty_continuations,
    hpack_bomb,
    table_resizes,
    empty_data,
    padded_data,
    settings_flood,
    long_settings,
    ping_flood,
    priority_flood,
    unknown_flood,
    goaway_flood,
    dead_streams,
    dead_windows,
    small_windows,
]


def chunks(frames: Iterable[Any], enough: int = _ENOUGH) -> Iterator[bytes]:
    """What the reads of a socket bring of *frames*, up to what is *enough*."""
    chunk = bytearray()
    total = 0
    for frame in frames:
        chunk += frame.serialize()
        if len(chunk) >= _CHUNK:
            total += len(chunk)
            yield bytes(chunk)
            chunk.clear()
            if total > enough:
                return
    yield bytes(chunk)


class Cost:
    """What an attack has cost: seconds of the processor, bytes at most, bytes taken of it, and the number of calls of a handler."""

    def __init__(self, server: Server, attack: Callable[[], Iterable[Any]], enough: int = _ENOUGH) -> None:
        """Attack *server*."""
        channel, made = server.channel, chunks(attack(), enough)
        channel.parent = EmbeddedChannel()  # it was accepted: what its peer does is not our fault
        Answering.calls, self.taken, self.seconds, self.out = 0, 0, 0.0, b""
        first = [*itertools.islice(made, 8)]
        tracemalloc.start()
        try:
            for chunk in itertools.chain(first, made):
                if not channel.is_open:
                    break
                began = time.process_time()
                channel.write_inbound(chunk)
                channel.run_pending_tasks()
                self.seconds += time.process_time() - began
                self.taken += len(chunk)
                self.out = (self.out + channel.outbound_bytes())[-200:]
            self.peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_it_is_calmed_before_it_costs_much(attack: Callable[[], Iterable[Any]], caplog: pytest.LogCaptureFixture) -> None:
    """ENHANCE_YOUR_CALM, one line, and the end."""
    server = Server(Answering)
    with caplog.at_level(logging.INFO, "pyboot"):
        cost = Cost(server, attack)

    assert not server.channel.is_open, f"{cost.taken} bytes were taken"
    assert b"\x00\x00\x00\x0b" in cost.out
    lines = [record.getMessage() for record in caplog.records]
    assert ["ENHANCE_YOUR_CALM" in line for line in lines if ": closing" in line] == [True]
    assert len(lines) <= 2, lines  # streams that failed are told together, and once
    assert cost.seconds < MOST_SECONDS
    assert cost.peak < MOST_BYTES
    assert Answering.calls <= 500


def test_answers_that_nobody_reads_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    """The control queue: PINGs of a peer whose network takes nothing, where their budget allows them all."""
    server = Server(Answering, config=Http2Config(max_pings=1_000_000))
    server.channel.hold_network()
    with caplog.at_level(logging.INFO, "pyboot"):
        cost = Cost(server, ping_flood)

    assert 10_000 * 17 < cost.taken < 11_000 * 17 + _CHUNK
    assert cost.peak < MOST_BYTES
    assert ["answers that the peer does not read (ENHANCE_YOUR_CALM)" in record.getMessage() for record in caplog.records] == [True]


def test_answers_that_nobody_makes_room_for_wait_in_small_numbers() -> None:
    """A hundred requests, and no window: their answers wait, and no more are taken."""
    server = Server(Answering)

    def asking() -> Iterator[Any]:
        yield SettingsFrame(0, {4: 0})
        for stream in range(1, 201, 2):
            yield begin(stream)

    cost = Cost(server, asking)

    assert (100, True) == (Answering.calls, server.channel.is_open)
    assert cost.peak < MOST_BYTES


def test_content_by_the_byte_is_kept_in_larger_pieces() -> None:
    """What the windows allow, for streams that nobody reads: each byte in a frame, and each frame would be an object of 200 bytes."""
    server = Server(Idle)

    def dripping() -> Iterator[Any]:
        for stream in range(1, 5, 2):
            yield begin(stream, ends=False)
            for _ in range(20_000):
                yield Odd(0, stream, b"x")

    cost = Cost(server, dripping)

    assert server.channel.is_open
    assert cost.taken > 390_000
    assert cost.peak < 1024 * 1024
    assert (2, 20_000) == (
        len(server.streams),
        sum(len(frame.content) for frame, _ in server.streams[1]._inbox if isinstance(frame, Http2DataFrame)),
    )
