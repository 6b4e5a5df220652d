"""Region: what the leak detector needs of a buffer; the rest is tested through ByteBuffer."""

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.errors import ReleasedBufferError


class Recorder:
    """An owner that counts."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def block(self, size: int) -> bytearray:
        """More memory is wanted."""
        self.events.append(f"block {size}")
        return bytearray(size)

    def take_back(self, block: bytearray) -> None:
        """The buffer has outgrown its block."""
        self.events.append(f"take back {len(block)}")

    def released(self, block: bytearray | None) -> None:
        """The last reference is gone."""
        self.events.append("released")

    def used(self) -> None:
        """An accessor was called."""
        self.events.append("used")


def test_an_owner_is_told_of_growth_and_of_the_last_release() -> None:
    """And of nothing else."""
    owner, buffer = Recorder(), ByteBuffer(4)
    buffer._watch(owner, uses=False)
    buffer.write_bytes(b"12345").retain().release()
    buffer.read_byte()
    buffer.release()

    assert ["block 64", "take back 4", "released"] == owner.events


def test_an_owner_that_asked_for_it_is_told_of_every_use() -> None:
    """The references are counted as ever."""
    owner, buffer = Recorder(), ByteBuffer(bytearray(b"hello"))
    buffer._watch(owner, uses=True)

    assert (b"h"[0], b"ello", 1) == (buffer.read_byte(), buffer.slice().get_readable_bytes(), buffer.ref_count)
    assert "used" in owner.events
    buffer.retain()
    assert [False, True] == [buffer.release(), buffer.release()]
    assert "released" == owner.events[-1]
    with pytest.raises(ReleasedBufferError):
        buffer.read_byte()
    with pytest.raises(ReleasedBufferError):
        buffer.release()
