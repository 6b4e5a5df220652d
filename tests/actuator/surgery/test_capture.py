"""Capture: bounded, told of what was left out, at an end behind its limit."""

import asyncio

from pyboot.actuator.surgery.capture import ROOM, SHOWN, Capture, CapturingHandler, Sink
from pyboot.components.netty import ByteBuffer, EmbeddedChannel


async def read[T](capture: Capture[T]) -> list[T]:
    """Return all pieces up to the end."""
    return [piece async for piece in capture.read() if piece is not None]


async def test_it_ends_behind_its_limit() -> None:
    """What comes after is not kept."""
    capture = Capture[int](3)
    for number in range(5):
        capture.put(number)
    assert [0, 1, 2] == await read(capture)
    assert 0 == capture.dropped


async def test_what_there_is_no_room_for_is_counted() -> None:
    """And what comes once there is room again is kept."""
    capture = Capture[int](10 * ROOM)
    for number in range(ROOM + 5):
        capture.put(number)
    pieces = capture.read()
    assert 0 == await anext(pieces)
    capture.put(-1)
    capture.close()
    assert [*range(1, ROOM), -1] == [piece async for piece in pieces]
    assert 5 == capture.dropped


async def test_a_reader_that_waits_hears_of_what_comes_from_any_thread() -> None:
    """And of the end."""
    capture = Capture[int](100)
    task = asyncio.create_task(read(capture))
    await asyncio.sleep(0)
    for number in range(3):
        await asyncio.to_thread(capture.put, number)
    await asyncio.to_thread(capture.close)
    assert [0, 1, 2] == await task


async def test_messages_are_shown_as_text_and_passed_on() -> None:
    """Cut where they are long; of bytes their size is told whole."""
    capture = Capture[dict[str, object]](100)
    channel = EmbeddedChannel(CapturingHandler(capture, "lines"))
    channel.write_inbound("hello", ByteBuffer(b"x" * 5000))
    channel.write_outbound(b"\xff\n")
    capture.close()
    seen = await read(capture)

    assert ["hello"] == [channel.read_inbound()]
    assert [("in", "channel_read", None, "'hello'"), ("out", "write", 2, r"b'\xff\n'")] == [
        (each["direction"], each["event"], each["size"], each["text"]) for each in (seen[0], seen[2])
    ]
    assert (5000, SHOWN + 1) == (seen[1]["size"], len(str(seen[1]["text"])))


async def test_a_sink_passes_blocks_on() -> None:
    """And keeps none."""
    capture = Capture[bytes](2)
    sink = Sink(capture)
    assert 3 == sink.write(b"abc")
    sink.flush()
    sink.write(b"d")
    assert [b"abc", b"d"] == await read(capture)
