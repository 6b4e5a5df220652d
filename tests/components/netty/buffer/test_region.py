"""Region: indices, room, growth, references, and what the leak detector needs, seen through ByteBuffer."""

from collections.abc import Callable

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.region import ETERNAL, MAX_CAPACITY
from pyboot.components.netty.errors import BufferIndexError, ByteBufferError, ReadOnlyBufferError, ReleasedBufferError


class Recorder:
    """An owner that counts."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.given: list[bytearray | None] = []

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
        self.given.append(block)

    def used(self) -> None:
        """An accessor was called."""
        self.events.append("used")

    def touched(self, hint: object) -> None:
        """Somebody leaves a hint."""
        self.events.append(f"touched {hint}")


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


# Indices and room, of a buffer that begins at its block's start, and of slices that do not.


def received() -> ByteBuffer:
    """Six bytes as the network gives them."""
    return ByteBuffer(b"abcdef")


def within() -> ByteBuffer:
    """The same as a part of received bytes."""
    return ByteBuffer(b"xyabcdefz", 2, 8)


def written() -> ByteBuffer:
    """The same in memory of its own, with room for two more."""
    return ByteBuffer(8).write_bytes(b"abcdef")


def sliced() -> ByteBuffer:
    """The same as a part of another buffer."""
    return ByteBuffer(bytearray(b"xyabcdefz")).slice(2, 6)


every = pytest.mark.parametrize("make", [received, within, written, sliced])


@every
def test_indices_move_within_what_is_there(make: Callable[[], ByteBuffer]) -> None:
    """Each up to the other one, and to the capacity."""
    buffer = make()
    room = buffer.capacity
    assert (0, 6, 6) == (buffer.reader_index, buffer.writer_index, buffer.readable_bytes())
    buffer.reader_index = 6
    assert (6, 0, False, True) == (buffer.reader_index, buffer.readable_bytes(), buffer.is_readable(), buffer.is_readable(0))
    buffer.reader_index = 2
    assert (4, True, False, True) == (buffer.readable_bytes(), buffer.is_readable(4), buffer.is_readable(5), buffer.is_readable())
    buffer.writer_index = 3
    assert (3, 1, True, b"c") == (buffer.writer_index, buffer.readable_bytes(), buffer.is_readable(), buffer)
    buffer.writer_index = 2
    assert (2, 0) == (buffer.writer_index, buffer.readable_bytes())
    buffer.writer_index = room
    assert (room, room - 2) == (buffer.writer_index, buffer.readable_bytes())


@every
def test_an_index_outside_is_refused_with_what_was_allowed(make: Callable[[], ByteBuffer]) -> None:
    """Counted from the start of the buffer, wherever that lies; nothing moves."""
    buffer = make().skip_bytes(2)
    room = buffer.capacity
    for refused, said in (
        (lambda: setattr(buffer, "reader_index", -1), "index -1, length 0: allowed is 0 to 6"),
        (lambda: setattr(buffer, "reader_index", 7), "index 7, length 0: allowed is 0 to 6"),
        (lambda: setattr(buffer, "writer_index", 1), f"index 1, length 0: allowed is 2 to {room}"),
        (lambda: setattr(buffer, "writer_index", room + 1), f"index {room + 1}, length 0: allowed is 2 to {room}"),
        (lambda: buffer.skip_bytes(5), "index 2, length 5: allowed is 0 to 6"),
        (lambda: buffer.skip_bytes(-1), "index 2, length -1: allowed is 0 to 6"),
        (lambda: buffer.read_bytes(5), "index 2, length 5: allowed is 0 to 6"),
        (lambda: buffer.get_bytes(-1, 1), f"index -1, length 1: allowed is 0 to {room}"),
        (lambda: buffer.get_bytes(0, -1), f"index 0, length -1: allowed is 0 to {room}"),
        (lambda: buffer.get_bytes(room, 1), f"index {room}, length 1: allowed is 0 to {room}"),
        (lambda: buffer.get_bytes(2, room - 1), f"index 2, length {room - 1}: allowed is 0 to {room}"),
        (lambda: buffer.ensure_writable(-1), f"index 6, length -1: allowed is 0 to {buffer.max_capacity}"),
        (
            lambda: buffer.ensure_writable(buffer.max_capacity - 5),
            f"index 6, length {buffer.max_capacity - 5}: allowed is 0 to {buffer.max_capacity}",
        ),
    ):
        with pytest.raises(BufferIndexError) as caught:
            refused()
        assert said == str(caught.value)
    assert (2, 6, b"cdef") == (buffer.reader_index, buffer.writer_index, buffer)
    assert (b"cdef", b"", b"") == (buffer.get_bytes(2, 4), buffer.get_bytes(room, 0), buffer.get_bytes(0, 0))
    assert b"" == buffer.skip_bytes(0).skip_bytes(4)


@every
def test_marks_remember_an_index(make: Callable[[], ByteBuffer]) -> None:
    """Without one it is 0; where the other index went past it, going back is refused."""
    buffer = make()
    assert 0 == buffer.skip_bytes(3).reset_reader_index().reader_index
    assert 0 == buffer.reset_writer_index().writer_index
    buffer.writer_index = 6
    assert buffer is buffer.skip_bytes(1).mark_reader_index().mark_writer_index()
    buffer.skip_bytes(3)
    buffer.writer_index = 4
    with pytest.raises(BufferIndexError):
        make().skip_bytes(1).reset_writer_index()
    assert (1, 6) == (buffer.reset_reader_index().reader_index, buffer.reset_writer_index().writer_index)
    buffer.skip_bytes(2).mark_reader_index().skip_bytes(1)
    assert 3 == buffer.reset_reader_index().reader_index
    buffer.mark_reader_index().clear()
    assert (0, 0, 0) == (buffer.reader_index, buffer.writer_index, buffer.readable_bytes())
    with pytest.raises(BufferIndexError, match="index 3, length 0: allowed is 0 to 0"):
        buffer.reset_reader_index()


def test_marks_stay_at_their_bytes_when_the_memory_is_another() -> None:
    """Of a part of a block that moves into a block of its own."""
    buffer = within().skip_bytes(2).mark_reader_index().mark_writer_index().skip_bytes(1)
    buffer.write_bytes(b"gh")
    assert (3, 8, b"defgh") == (buffer.reader_index, buffer.writer_index, buffer)
    assert (2, 6, b"cdef") == (buffer.reset_reader_index().reader_index, buffer.reset_writer_index().writer_index, buffer)
    fresh = within().write_bytes(b"g")
    assert (0, 0) == (fresh.reset_reader_index().reader_index, fresh.reset_writer_index().writer_index)


def test_room_is_what_can_be_written_without_growing() -> None:
    """Received bytes have none, and read-only ones never get any."""
    buffer = written()
    assert (8, 2, True, True, False) == (
        buffer.capacity,
        buffer.writable_bytes(),
        buffer.is_writable(),
        buffer.is_writable(2),
        buffer.is_writable(3),
    )
    assert (MAX_CAPACITY, MAX_CAPACITY - 6) == (buffer.max_capacity, buffer.max_writable_bytes())
    assert (6, 0, False, MAX_CAPACITY - 6) == (
        received().capacity,
        received().writable_bytes(),
        received().is_writable(),
        received().max_writable_bytes(),
    )
    assert (0, MAX_CAPACITY - 6) == (within().writable_bytes(), within().max_writable_bytes())
    still = buffer.as_read_only()
    assert (True, 0, 0, False) == (still.is_read_only, still.writable_bytes(), still.max_writable_bytes(), still.is_writable())
    assert (False, b"abcdef") == (buffer.is_read_only, still)
    for write in (
        lambda: still.write_byte(1),
        lambda: still.set_byte(0, 1),
        lambda: still.ensure_writable(1),
        lambda: still.ensure_writable(0),
    ):
        with pytest.raises(ReadOnlyBufferError) as caught:
            write()
        assert f"{still!r} is read-only: write to a copy() of it" == str(caught.value)
    with pytest.raises(TypeError):
        still.get_bytes_view(0, 1)[0] = 1


@pytest.mark.parametrize(
    ("held", "more", "capacity"),
    [
        (0, 0, 0),
        (0, 1, 64),
        (0, 64, 64),
        (0, 65, 128),
        (60, 5, 128),
        (64, 1, 128),
        (0, 4 * 1024 * 1024, 4 * 1024 * 1024),
        (0, 4 * 1024 * 1024 + 1, 8 * 1024 * 1024),
        (0, 8 * 1024 * 1024 + 1, 12 * 1024 * 1024),
    ],
)
def test_growth_doubles_up_to_four_mebibytes_and_goes_on_in_steps(held: int, more: int, capacity: int) -> None:
    """Netty: calculateNewCapacity. What was held goes along."""
    buffer = ByteBuffer(held).write_bytes(b"a" * held).ensure_writable(more)

    assert (capacity, b"a" * held) == (buffer.capacity, buffer)
    assert more <= buffer.writable_bytes()


def test_growth_ends_at_the_largest_capacity() -> None:
    """And is refused beyond, whatever is asked for."""
    buffer = ByteBuffer(4)
    buffer._set_max(70)
    assert (4, 70, 70) == (buffer.capacity, buffer.max_capacity, buffer.max_writable_bytes())
    assert (70, b"a" * 65) == (buffer.write_bytes(b"a" * 65).capacity, buffer)
    with pytest.raises(BufferIndexError, match="index 65, length 6: allowed is 0 to 70"):
        buffer.write_bytes(b"b" * 6)
    assert buffer is buffer.ensure_writable(5)
    with pytest.raises(BufferIndexError, match=f"length {2**70}"):
        buffer.ensure_writable(2**70)
    assert b"a" * 65 + b"b" * 5 == buffer.write_bytes(b"b" * 5)
    larger = ByteBuffer(bytearray(100)).clear()
    larger._set_max(10)
    assert (10, 10) == (larger.capacity, larger.max_capacity)


def test_bytes_behind_the_writer_index_go_along() -> None:
    """They were set, and can be got again."""
    buffer = ByteBuffer(8).set_bytes(0, b"abcdefgh").write_byte(ord("A"))
    buffer.ensure_writable(100)
    assert (1, b"Abcdefgh") == (buffer.writer_index, buffer.get_bytes(0, 8))

    only_set = within().set_byte(0, ord("A"))
    assert (b"Abcdef", 6) == (only_set, only_set.capacity)


def test_a_write_within_the_room_stays_where_it_is() -> None:
    """To the last byte, and of a byte that is only set: no memory is asked for, and a view sees it."""
    owner, buffer = Recorder(), ByteBuffer(8)
    buffer._watch(owner, uses=False)
    view = buffer.get_bytes_view(0, 8)
    buffer.write_bytes(b"abcdefg")
    assert (True, 1) == (buffer.is_writable(), buffer.writable_bytes())
    buffer.write_byte(ord("h")).set_byte(0, ord("A")).ensure_writable(0)
    view[1] = ord("B")

    assert ([], b"ABcdefgh", b"ABcdefgh") == (owner.events, bytes(view), buffer)
    assert not buffer.is_writable()


def test_what_others_share_is_not_given_back_when_one_grows() -> None:
    """The slice stays where it is; the next block is the buffer's own and goes back."""
    owner, buffer = Recorder(), ByteBuffer(4).write_bytes(b"abcd")
    buffer._watch(owner, uses=False)
    part = buffer.slice(1, 2)
    buffer.write_byte(ord("e"))
    assert (["block 64"], b"bc", b"abcde") == (owner.events, part, buffer)
    buffer.write_bytes(bytes(60))
    assert ["block 64", "block 128", "take back 64"] == owner.events
    buffer.release()
    assert [128] == [len(block) for block in owner.given if block is not None]


# References.


def test_references_are_counted_with_the_buffer_that_was_sliced() -> None:
    """Of slices of slices too."""
    buffer = written()
    inner = buffer.slice(0, 5).slice(1, 3)
    assert (1, 1) == (buffer.ref_count, inner.ref_count)
    assert inner is inner.retain().retain(2)
    assert (4, 4, False, 2) == (buffer.ref_count, inner.ref_count, inner.release(2), buffer.ref_count)
    assert (False, True, 0, 0) == (buffer.release(), inner.release(), buffer.ref_count, inner.ref_count)
    for refused, said in (
        (lambda: inner.readable_bytes(), f"{inner!r} was used after its last release"),
        (lambda: buffer.retain(), f"{buffer!r} was used after its last release"),
        (lambda: buffer.release(), "release of 1 references, 0 held"),
        (lambda: written().release(0), "release of 0 references, 1 held"),
        (lambda: written().release(2), "release of 2 references, 1 held"),
        (lambda: written().retain(0), "retain of 0 references: allowed is 1 or more"),
        (lambda: written().retain(-1), "retain of -1 references: allowed is 1 or more"),
    ):
        with pytest.raises(ReleasedBufferError) as caught:
            refused()
        assert said == str(caught.value)


def test_a_buffer_that_everybody_shares_counts_as_held_once() -> None:
    """However often it is retained or released."""
    buffer = ByteBuffer(b"")
    buffer._refs = ETERNAL
    assert (1, False, 1, 1) == (buffer.ref_count, buffer.release(), buffer.ref_count, buffer.retain(5).ref_count)


@every
def test_every_use_after_the_last_release_is_refused(make: Callable[[], ByteBuffer]) -> None:
    """Asking for an index too; only its references can still be asked for."""
    buffer = make()
    buffer.release()
    for use in (
        lambda: buffer.reader_index,
        lambda: setattr(buffer, "reader_index", 0),
        lambda: buffer.writer_index,
        lambda: setattr(buffer, "writer_index", 0),
        lambda: buffer.capacity,
        lambda: buffer.max_capacity,
        lambda: buffer.is_read_only,
        buffer.readable_bytes,
        buffer.writable_bytes,
        buffer.is_writable,
        buffer.max_writable_bytes,
        buffer.is_readable,
        buffer.mark_reader_index,
        buffer.reset_reader_index,
        buffer.mark_writer_index,
        buffer.reset_writer_index,
        buffer.clear,
        lambda: buffer.skip_bytes(0),
        lambda: buffer.ensure_writable(0),
        buffer.touch,
        buffer.retain,
        lambda: buffer.get_bytes(0, 0),
    ):
        with pytest.raises(ByteBufferError, match="was used after its last release"):
            use()
    assert 0 == buffer.ref_count


def test_a_hint_reaches_who_watches_the_memory() -> None:
    """None is no hint, and without a watcher there is nobody to tell."""
    owner, buffer = Recorder(), written()
    assert buffer is buffer.touch("early")
    buffer._watch(owner, uses=False)
    assert buffer is buffer.touch().touch("here")
    assert ["touched here"] == owner.events


def test_what_a_watcher_is_told_of_a_slice() -> None:
    """Uses of it are uses of the memory."""
    owner, buffer = Recorder(), ByteBuffer(bytearray(b"hello"))
    buffer._watch(owner, uses=True)
    part = buffer.slice(1, 2)
    before = len(owner.events)
    part.get_byte(0)
    assert ["used"] == list(dict.fromkeys(owner.events[before:]))
    assert (2, 2) == (part.retain().ref_count, buffer.ref_count)
    assert (False, True, [bytearray(b"hello")]) == (part.release(), part.release(), owner.given)


def test_a_capacity_is_not_negative() -> None:
    """None at all is allowed; by default it is 256."""
    with pytest.raises(ValueError, match=r"^capacity of -1 bytes, must not be negative$"):
        ByteBuffer(-1)
    assert (0, 1, 256) == (ByteBuffer(0).capacity, ByteBuffer(1).capacity, ByteBuffer().capacity)
    assert (0, 0, b"") == (ByteBuffer(7).reader_index, ByteBuffer(7).writer_index, ByteBuffer(7))
    assert (b"", 0, b"a") == (ByteBuffer(b"abc", 0, 0), ByteBuffer(b"abc", 0, 0).capacity, ByteBuffer(b"abc", 0, 1))
