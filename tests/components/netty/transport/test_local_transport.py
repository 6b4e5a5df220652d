"""The two ends of a connection inside a process, as asyncio's protocols see them: random schedules against a model."""

import asyncio
import random
from typing import Any

import pytest

from pyboot.components.netty.transport.local_transport import LocalTransport


class Notes(asyncio.Protocol):
    """What one end was told."""

    def __init__(self) -> None:
        self.received = b""
        self.has_ended = False
        self.lost: list[Exception | None] = []
        self.may_write = True

    def data_received(self, data: bytes) -> None:
        assert not self.has_ended
        assert not self.lost
        assert data
        self.received += data

    def eof_received(self) -> bool:
        assert not self.has_ended
        self.has_ended = True
        return True

    def pause_writing(self) -> None:
        assert self.may_write
        self.may_write = False

    def resume_writing(self) -> None:
        assert not self.may_write
        self.may_write = True

    def connection_lost(self, error: Exception | None) -> None:
        self.lost.append(error)


def joined() -> tuple[LocalTransport, Notes, LocalTransport, Notes]:
    """Both ends and what they note."""
    loop = asyncio.get_running_loop()
    one, other = LocalTransport(loop, "one", "other"), LocalTransport(loop, "other", "one")
    one.join(other)
    other.join(one)
    notes = Notes(), Notes()
    one.begin(notes[0])
    other.begin(notes[1])
    return one, notes[0], other, notes[1]


async def settled() -> None:
    """Everything that was left with the loop is done."""
    for _ in range(400):
        await asyncio.sleep(0)


async def test_what_does_not_fit_waits_with_the_sender() -> None:
    """And is told as by any transport."""
    one, told, other, heard = joined()
    other.pause_reading()
    one.write(bytes(200_000))
    await settled()
    assert (False, b"") == (told.may_write, heard.received)
    assert 200_000 - 65_536 == one.get_write_buffer_size()

    other.resume_reading()
    await settled()
    assert (True, 200_000, 0) == (told.may_write, len(heard.received), one.get_write_buffer_size())


async def test_an_end_that_closes_delivers_what_waits_first() -> None:
    """Then its end, and then it is lost."""
    one, told, other, heard = joined()
    other.pause_reading()
    one.write(bytes(200_000))
    one.close()
    await settled()
    assert [] == told.lost
    other.resume_reading()
    await settled()
    assert ([None], 200_000, True) == (told.lost, len(heard.received), heard.has_ended)


async def test_writing_to_an_end_that_has_closed_breaks_the_pipe() -> None:
    """As over a socket."""
    one, told, other, _ = joined()
    other.close()
    await settled()
    assert told.has_ended
    one.write(b"late")
    await settled()
    assert ["BrokenPipeError"] == [type(error).__name__ for error in told.lost]


@pytest.mark.parametrize("seed", range(60))
async def test_any_schedule_of_two_ends(seed: int) -> None:
    """What arrives is a beginning of what was sent, all of it before an orderly end; each is lost once, and by an abort both are."""
    chance = random.Random(seed)
    one, told, other, heard = joined()
    ends: list[tuple[LocalTransport, Notes, Notes]] = [(one, told, heard), (other, heard, told)]
    sent: dict[Any, bytes] = {one: b"", other: b""}
    aborted = False
    for number in range(80):
        end, _, _ = chance.choice(ends)
        what = chance.choices(["write", "pause", "resume", "turn", "eof", "close", "abort"], [30, 10, 10, 30, 1, 1, 0.5])[0]
        if what == "write" and not end.is_closing() and end._output == 0:
            data = b"%d " % number * chance.choice([1, 100, 30_000])
            end.write(data)
            sent[end] += data
        elif what == "turn":
            await asyncio.sleep(0)
        elif what == "pause":
            end.pause_reading()
        elif what == "resume":
            end.resume_reading()
        elif what == "eof":
            end.write_eof()
        elif what == "close":
            end.close()
        elif what == "abort":
            aborted = aborted or end._life < 2
            end.abort()
        for sender, _, receiver in ends:
            assert sent[sender].startswith(receiver.received), seed
    one.resume_reading()
    other.resume_reading()
    await settled()
    was_reset = any(isinstance(error, OSError) for notes in (told, heard) for error in notes.lost)
    for sender, _, receiver in ends:
        assert len(receiver.lost) <= 1, seed
        if receiver.has_ended and not was_reset:
            assert sent[sender] == receiver.received, seed
    if aborted:
        assert told.lost, seed
        assert heard.lost, seed
