"""ByteBuffer: bytes in, bytes out, sharing, and the end of a buffer's life."""

from collections.abc import Callable

import pytest

from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.errors import BufferIndexError, ReadOnlyBufferError, ReleasedBufferError


def of_bytes() -> ByteBuffer:
    """A view of a chunk that the socket gave: never copied, never written to."""
    return ByteBuffer(b"..hello..", 2, 7)


def of_bytearray() -> ByteBuffer:
    """A block of its own."""
    return ByteBuffer(bytearray(b"hello"))


def pooled() -> ByteBuffer:
    """A block out of a pool."""
    return PooledByteBufferAllocator().buffer(64).write_bytes(b"hello")


def sliced() -> ByteBuffer:
    """A part of another buffer."""
    return ByteBuffer(bytearray(b"(hello)")).slice(1, 5)


KINDS = [of_bytes, of_bytearray, pooled, sliced]
every_kind = pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)


@every_kind
def test_reading_moves_the_reader_index_and_nothing_else(make: Callable[[], ByteBuffer]) -> None:
    """Each read takes up where the one before ended."""
    buffer = make()

    assert b"h"[0] == buffer.read_byte()
    assert b"el" == buffer.read_bytes(2)
    assert b"l" == buffer.read_slice(1)
    assert b"o" == buffer.get_readable_bytes()
    assert (4, 5) == (buffer.reader_index, buffer.writer_index)


@every_kind
def test_getting_moves_no_index(make: Callable[[], ByteBuffer]) -> None:
    """An index counts from the start of the buffer, not from the reader index."""
    buffer = make().skip_bytes(3)

    assert (b"h"[0], b"ell", b"ell") == (buffer.get_byte(0), buffer.get_bytes(1, 3), buffer.get_bytes_view(1, 3))
    assert (3, 5) == (buffer.reader_index, buffer.writer_index)


@every_kind
@pytest.mark.parametrize("index", [-1, 2**31, -(2**31), 2**62, 2**63 - 1, 2**70])
def test_no_index_reaches_outside(make: Callable[[], ByteBuffer], index: int) -> None:
    """A negative index would mean the other end to Python; here it is an error like any other."""
    buffer = make()

    for outside in (
        lambda: buffer.get_byte(index),
        lambda: buffer.get_bytes(index, 1),
        lambda: buffer.get_bytes(0, index),
        lambda: buffer.get_bytes_view(index, 1),
        lambda: buffer.set_bytes(index, b"x"),
        lambda: buffer.read_bytes(index),
        lambda: buffer.read_slice(index),
        lambda: buffer.skip_bytes(index),
        lambda: buffer.slice(index, 1),
        lambda: buffer.slice(0, index),
        lambda: buffer.get_int(index),
        lambda: buffer.set_int(index, 1),
        lambda: buffer.get_number(0, index, signed=False),
        lambda: buffer.index_of(b"l", index),
    ):
        with pytest.raises(BufferIndexError):
            outside()
    assert b"hello" == buffer.get_readable_bytes()


def test_sums_of_large_indices_do_not_wrap() -> None:
    """Two numbers that are each within 64 bits, and whose sum is not."""
    with pytest.raises(BufferIndexError):
        of_bytes().get_bytes(2**63 - 1, 2**63 - 1)


@every_kind
def test_reading_past_the_written_bytes_is_an_error_that_says_what_was_there(make: Callable[[], ByteBuffer]) -> None:
    """The error holds the facts."""
    with pytest.raises(BufferIndexError) as caught:
        make().skip_bytes(2).read_bytes(4)

    assert (2, 4, 0, 5) == (caught.value.index, caught.value.length, caught.value.low, caught.value.high)
    assert "index 2, length 4: allowed is 0 to 5" == str(caught.value)


@every_kind
def test_a_read_that_failed_moved_nothing(make: Callable[[], ByteBuffer]) -> None:
    """After an error the buffer stands where it stood."""
    buffer = make()

    with pytest.raises(BufferIndexError):
        buffer.read_bytes(6)
    assert b"hello" == buffer.read_bytes(5)
    with pytest.raises(BufferIndexError):
        buffer.read_byte()


def test_indices_are_set_within_their_order() -> None:
    """0 <= reader <= writer <= capacity."""
    buffer = of_bytearray()
    buffer.reader_index = 2
    buffer.writer_index = 3

    assert b"l" == buffer.get_readable_bytes()
    for reader in (-1, 4):
        with pytest.raises(BufferIndexError):
            buffer.reader_index = reader
    for writer in (1, 6):
        with pytest.raises(BufferIndexError):
            buffer.writer_index = writer


def test_marks_are_returned_to() -> None:
    """A mark is where reset goes back to."""
    buffer = of_bytearray().skip_bytes(1).mark_reader_index().mark_writer_index()
    buffer.skip_bytes(2)
    buffer.write_bytes(b"!")

    assert b"ello" == buffer.reset_reader_index().reset_writer_index().get_readable_bytes()


def test_a_reader_mark_never_lies_behind_the_writer_index() -> None:
    """After clear() a mark from before may point past what is written: going back there would show old bytes."""
    buffer = of_bytearray().skip_bytes(4).mark_reader_index().clear()

    with pytest.raises(BufferIndexError):
        buffer.reset_reader_index()


def test_a_writer_mark_never_lies_before_the_reader_index() -> None:
    """What was read cannot become unwritten."""
    buffer = of_bytearray()
    buffer.writer_index = 2
    buffer.mark_writer_index()
    buffer.writer_index = 5
    buffer.skip_bytes(4)

    with pytest.raises(BufferIndexError):
        buffer.reset_writer_index()


@every_kind
def test_writing_appends(make: Callable[[], ByteBuffer]) -> None:
    """What does not fit makes the buffer grow, unless it is a slice."""
    buffer = make()
    if make is sliced:
        with pytest.raises(BufferIndexError):
            buffer.write_bytes(b"!")
        return

    buffer.write_bytes(b", world").write_byte(0x121)

    assert b"hello, world!" == buffer.get_readable_bytes()


def test_bytes_that_the_socket_gave_are_never_written_to() -> None:
    """Writing to a view of a chunk moves the buffer into memory of its own."""
    chunk = b"..hello.."
    buffer = ByteBuffer(chunk, 2, 7).set_bytes(0, b"HELL")

    assert (b"HELLo", b"..hello..") == (buffer.get_readable_bytes(), chunk)


def test_writing_a_buffer_reads_it() -> None:
    """As in Netty the source's reader index moves to its end."""
    source = of_bytes()
    buffer = ByteBuffer(2).write_bytes(source)

    assert (b"hello", 0) == (buffer.get_readable_bytes(), source.readable_bytes())
    assert 3 == buffer.write_from_reader(ByteBuffer(b"abcd"), 3)
    assert b"helloabc" == buffer.get_readable_bytes()


def test_a_buffer_written_to_itself_is_doubled() -> None:
    """Growing while its own memory is being read does not disturb it."""
    buffer = of_bytearray()
    buffer.write_bytes(buffer.duplicate())

    assert b"hellohello" == buffer.get_readable_bytes()


def test_any_bytes_like_thing_is_written() -> None:
    """Also a view whose items are wider than a byte: its bytes count, not its items."""
    wide = memoryview(b"\x01\x00\x02\x00").cast("H")
    buffer = ByteBuffer(0).write_bytes(bytearray(b"ab")).write_bytes(memoryview(b"cd")).write_bytes(wide)

    assert b"abcd\x01\x00\x02\x00" == buffer.get_readable_bytes()


def test_growth_doubles_from_64_bytes() -> None:
    """Source: Netty's AbstractByteBufAllocator.calculateNewCapacity."""
    buffer = ByteBuffer(0)

    assert 64 == buffer.write_bytes(b"x").capacity
    assert 128 == buffer.write_bytes(bytes(64)).capacity
    assert 4096 == buffer.ensure_writable(4000).capacity


def test_growth_beyond_4_mib_goes_in_steps_of_4_mib() -> None:
    """Doubling large blocks would waste as much as it holds."""
    assert 12 * 1024 * 1024 == ByteBuffer(0).ensure_writable(9 * 1024 * 1024).capacity


def test_a_negative_capacity_is_refused() -> None:
    """There is no such thing."""
    with pytest.raises(ValueError, match="capacity of -1 bytes"):
        ByteBuffer(-1)


def test_the_second_argument_of_1_3_says_nothing_here() -> None:
    """`ByteBuffer(capacity, direct)`: all memory is alike."""
    assert 0 == ByteBuffer(16, True).reader_index


def test_a_negative_room_is_refused() -> None:
    """Neither is there less than no room."""
    with pytest.raises(BufferIndexError):
        ByteBuffer(4).ensure_writable(-1)


def test_a_maximum_is_kept() -> None:
    """The block of a pool may be larger than what was asked for; the buffer is not."""
    buffer = PooledByteBufferAllocator().buffer(4, max_capacity=10).write_bytes(b"0123456789")

    assert (10, 10, 0) == (buffer.capacity, buffer.max_capacity, buffer.writable_bytes())
    with pytest.raises(BufferIndexError, match="index 10, length 1: allowed is 0 to 10"):
        buffer.write_byte(1)


@every_kind
def test_searching_finds_the_first_of_one_byte_or_several(make: Callable[[], ByteBuffer]) -> None:
    """Indices count from the start of the buffer, `bytes_before` from the reader index."""
    buffer = make()

    assert (2, 2, 3, -1) == (buffer.index_of(b"l"), buffer.index_of(0x6C), buffer.index_of(b"lo"), buffer.index_of(b"x"))
    assert (3, -1) == (buffer.index_of(b"l", 3), buffer.index_of(b"l", 0, 2))
    assert 1 == buffer.skip_bytes(1).bytes_before(b"l")


def test_searching_ends_at_the_writer_index() -> None:
    """What lies behind it is left over from earlier use."""
    buffer = of_bytearray()
    buffer.writer_index = 3

    assert (-1, -1) == (buffer.index_of(b"o"), buffer.bytes_before(b"o"))


def test_searching_in_nothing_finds_nothing() -> None:
    """A reader index at the writer index is no error."""
    assert -1 == of_bytes().skip_bytes(5).bytes_before(b"h")


@every_kind
def test_discarding_read_bytes_keeps_the_rest(make: Callable[[], ByteBuffer]) -> None:
    """The readable bytes move to the start."""
    buffer = make().skip_bytes(2).discard_read_bytes()

    assert (0, 3, b"llo") == (buffer.reader_index, buffer.writer_index, buffer.get_readable_bytes())


def test_clear_forgets_indices_only() -> None:
    """The bytes are still there for who sets the writer index back."""
    buffer = of_bytearray().clear()
    assert 0 == buffer.readable_bytes()

    buffer.writer_index = 5
    assert b"hello" == buffer.get_readable_bytes()


def test_slices_share_memory() -> None:
    """What is written through one is read through the other."""
    buffer = of_bytearray()
    part = buffer.slice(1, 3)
    part.set_bytes(0, b"E")
    buffer.set_bytes(2, b"L")

    assert (b"ELl", b"hELlo") == (part.get_readable_bytes(), buffer.get_readable_bytes())
    assert 3 == part.capacity


def test_a_duplicate_has_indices_of_its_own() -> None:
    """And the whole capacity of the original."""
    buffer = of_bytearray().skip_bytes(2)
    twin = buffer.duplicate().skip_bytes(1)

    assert (b"llo", b"lo", 5) == (buffer.get_readable_bytes(), twin.get_readable_bytes(), twin.capacity)


def test_a_read_only_buffer_cannot_be_written_to() -> None:
    """Neither can its slices and its views; its copies can, and so can the original."""
    buffer = of_bytearray()
    guarded = buffer.as_read_only()

    assert guarded.is_read_only
    for write in (
        lambda: guarded.write_byte(1),
        lambda: guarded.set_bytes(0, b"x"),
        lambda: guarded.slice().set_int8(0, 1),
        lambda: guarded.ensure_writable(1),
    ):
        with pytest.raises(ReadOnlyBufferError):
            write()
    with pytest.raises(TypeError):
        guarded.read_bytes(2)[0] = 1
    assert b"Jello" == buffer.set_bytes(0, b"J").get_readable_bytes() == guarded.get_bytes(0, 5)
    assert b"llo!" == guarded.copy().write_bytes(b"!").get_readable_bytes()


def test_bytes_of_the_socket_given_out_for_reading_only_are_not_copied_to_be_written() -> None:
    """Where others would move into memory of their own, a read-only one raises."""
    with pytest.raises(ReadOnlyBufferError):
        of_bytes().as_read_only().write_byte(1)


def test_a_copy_shares_nothing() -> None:
    """It outlives the original."""
    buffer = of_bytearray()
    copy = buffer.copy()
    buffer.release()

    assert b"hello" == copy.get_readable_bytes()


def test_slices_share_the_reference_count() -> None:
    """`slice` adds no reference, `retained_slice` does."""
    buffer = of_bytearray()
    part, kept = buffer.slice(), buffer.read_retained_slice(2)

    assert (2, 2, 2) == (buffer.ref_count, part.ref_count, kept.ref_count)
    assert not buffer.release()
    assert kept.release()
    with pytest.raises(ReleasedBufferError):
        part.get_readable_bytes()


def test_a_slice_of_a_buffer_that_grows_never_sees_the_memory_of_others() -> None:
    """The block that a growing buffer leaves does not go back to the pool while a slice lies on it."""
    pool = PooledByteBufferAllocator()
    buffer = pool.buffer(256).write_bytes(b"secret")
    part = buffer.slice()
    buffer.write_bytes(bytes(1000))
    stranger = pool.buffer(256).write_bytes(b"STRANGER")

    assert b"secret" == part.get_readable_bytes()
    stranger.release()


def test_a_view_never_sees_the_memory_of_others() -> None:
    """A block goes back to the pool only when no view of it is left."""
    pool = PooledByteBufferAllocator()
    buffer = pool.buffer(256).write_bytes(b"secret")
    view = buffer.read_bytes(6)
    buffer.release()
    pool.buffer(256).write_bytes(b"STRANGER")

    assert b"secret" == view


def test_taking_the_bytes_is_the_last_use() -> None:
    """One reference is given back with it."""
    for make in KINDS:
        buffer = make().skip_bytes(1)
        assert b"ello" == buffer.take_bytes()
        assert 0 == buffer.ref_count
        with pytest.raises(ReleasedBufferError):
            buffer.take_bytes()


def test_the_last_release_is_told_and_final() -> None:
    """Every release before it returns False, every one after it raises."""
    buffer = of_bytes().retain(2)

    assert [False, True] == [buffer.release(2), buffer.release()]
    with pytest.raises(ReleasedBufferError):
        buffer.release()
    with pytest.raises(ReleasedBufferError):
        buffer.retain()


@pytest.mark.parametrize("count", [0, -1, 2])
def test_a_release_of_what_is_not_held_changes_nothing(count: int) -> None:
    """The count can be neither raised by a release nor go below zero."""
    buffer = of_bytes()

    with pytest.raises(ReleasedBufferError):
        buffer.release(count)
    assert 1 == buffer.ref_count


def test_a_retain_of_less_than_one_is_refused() -> None:
    """It would be a release that frees nothing."""
    with pytest.raises(ReleasedBufferError):
        of_bytes().retain(-1)


USES: dict[str, Callable[[ByteBuffer], object]] = {
    "bytes": bytes,
    "copy": lambda buffer: buffer.copy(),
    "discard_read_bytes": lambda buffer: buffer.discard_read_bytes(),
    "duplicate": lambda buffer: buffer.duplicate(),
    "ensure_writable": lambda buffer: buffer.ensure_writable(1),
    "eq": lambda buffer: buffer == b"hello",
    "get_byte": lambda buffer: buffer.get_byte(0),
    "get_bytes": lambda buffer: buffer.get_bytes(0, 1),
    "get_bytes_view": lambda buffer: buffer.get_bytes_view(0, 1),
    "get_readable_bytes": lambda buffer: buffer.get_readable_bytes(),
    "index_of": lambda buffer: buffer.index_of(b"l"),
    "bytes_before": lambda buffer: buffer.bytes_before(b"l"),
    "read_byte": lambda buffer: buffer.read_byte(),
    "read_bytes": lambda buffer: buffer.read_bytes(1),
    "read_slice": lambda buffer: buffer.read_slice(1),
    "retain": lambda buffer: buffer.retain(),
    "set_bytes": lambda buffer: buffer.set_bytes(0, b"x"),
    "read_int": lambda buffer: buffer.read_int(),
    "get_float": lambda buffer: buffer.get_float(0),
    "write_int": lambda buffer: buffer.write_int(1),
    "write_double": lambda buffer: buffer.write_double(1.0),
    "read_string": lambda buffer: buffer.read_string(1),
    "read_terminated_string": lambda buffer: buffer.read_terminated_string(b"l"),
    "write_string": lambda buffer: buffer.write_string("x"),
    "hex_dump": lambda buffer: buffer.hex_dump(),
    "to_bytes": lambda buffer: buffer.to_bytes(),
    "get_memoryview": lambda buffer: buffer.get_memoryview(),
    "as_read_only": lambda buffer: buffer.as_read_only(),
    "write_zero": lambda buffer: buffer.write_zero(1),
    "skip_bytes": lambda buffer: buffer.skip_bytes(1),
    "slice": lambda buffer: buffer.slice(),
    "write_byte": lambda buffer: buffer.write_byte(1),
    "write_bytes": lambda buffer: buffer.write_bytes(b"x"),
    "write_from_reader": lambda buffer: buffer.write_from_reader(ByteBuffer(b"x")),
}


@every_kind
@pytest.mark.parametrize("use", USES)
def test_every_use_after_release_raises(make: Callable[[], ByteBuffer], use: str) -> None:
    """Memory that may be somebody else's by now is not touched."""
    buffer = make()
    buffer.release()

    with pytest.raises(ReleasedBufferError):
        USES[use](buffer)


def test_buffers_equal_what_has_the_same_readable_bytes() -> None:
    """Whatever memory they lie in; and equal ones hash alike."""
    assert of_bytes() == of_bytearray() == pooled() == sliced() == b"hello"
    assert of_bytes() != b"hellO"
    assert hash(of_bytes()) == hash(b"hello")
    assert of_bytes() != "hello"


def test_it_is_as_long_and_as_true_as_its_readable_bytes() -> None:
    """As bytes are: an empty buffer is false, so compare with None where a frame may be empty."""
    assert (5, 0) == (len(of_bytes()), len(ByteBuffer(b"")))
    assert of_bytes()
    assert not ByteBuffer(b"")


def test_its_text_shows_the_indices_and_whether_it_is_released() -> None:
    """As Netty's does."""
    buffer = of_bytes().skip_bytes(1)
    assert "ByteBuffer(ridx=1, widx=5, cap=5)" == repr(buffer)

    buffer.release()
    assert "ByteBuffer(ridx=1, widx=5, cap=5, released)" == repr(buffer)


def test_a_view_is_taken_of_what_is_never_written_to() -> None:
    """A large message goes out as a view of the bytes it came in; one in writable memory is copied."""
    received = ByteBuffer(b"\x00\x00\x00\x05hello", 4)
    view = received.take_view()
    assert isinstance(view, memoryview)
    assert b"hello" == bytes(view)
    assert 0 == received.ref_count
    assert b"own" == ByteBuffer(bytearray(b"own")).take_view()
    with pytest.raises(ReleasedBufferError):
        received.take_view()


def test_a_short_message_is_taken_whole_and_a_long_one_left_alone() -> None:
    """The limit counts what is readable, wherever the bytes lie; what was left may still be taken."""
    short, own, long = ByteBuffer(b"..hello", 2), ByteBuffer(bytearray(b"own")), ByteBuffer(b"hello!")

    assert (b"hello", b"own", None) == tuple(each.take_bytes_within(5) for each in (short, own, long))
    assert (0, 0, 1) == (short.ref_count, own.ref_count, long.ref_count)
    assert b"hello!" == long.take_bytes()


def test_what_was_released_cannot_be_taken_within_a_limit() -> None:
    """As by `take_bytes`."""
    gone = ByteBuffer(b"gone")
    gone.release()

    with pytest.raises(ReleasedBufferError):
        gone.take_bytes_within(10)


def test_a_with_block_releases() -> None:
    """At its end."""
    with ByteBuffer(b"x") as buffer:
        assert 1 == buffer.ref_count
    assert 0 == buffer.ref_count


def test_what_is_appended_is_read_there_whatever_kind_of_buffer_it_was() -> None:
    """Its reader index stands at its end, one of several components like any other."""
    for source in (ByteBuffer(b"ab"), CompositeByteBuffer([b"a", b"b"])):
        assert b"ab" == ByteBuffer(0).write_bytes(source).get_readable_bytes()
        assert (2, 0) == (source.reader_index, source.readable_bytes())


@pytest.mark.parametrize("end", [-1, -5, 0, 1, 2])
def test_a_search_that_ends_before_it_begins_finds_nothing(end: int) -> None:
    """An end is an index, and never counted from behind."""
    assert -1 == ByteBuffer(b"abcabc").index_of(b"c", 2, end)
