"""CompositeByteBuffer: several buffers read as one."""

import pytest

from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.errors import BufferIndexError, ReleasedBufferError


def hello() -> CompositeByteBuffer:
    """Three components, one of which was read in part before."""
    return CompositeByteBuffer([b"HELLO", ByteBuffer(b"xx, ").skip_bytes(2), bytearray(b"WORLD")])


def test_what_is_added_is_readable_at_once() -> None:
    """Netty's addComponent leaves the writer index alone, which everybody trips over."""
    assert (b"HELLO, WORLD", 12, 3) == (hello().get_readable_bytes(), len(hello()), len(hello().components()))


@pytest.mark.parametrize("cut", range(13))
def test_reading_crosses_borders(cut: int) -> None:
    """At every cut."""
    composite = hello()

    assert (b"HELLO, WORLD"[:cut], b"HELLO, WORLD"[cut:]) == (composite.read_bytes(cut), composite.read_bytes(12 - cut))
    assert 0 == composite.readable_bytes()


@pytest.mark.parametrize("index", range(12))
def test_getting_moves_no_index(index: int) -> None:
    """One byte, and two across whatever border."""
    composite = hello().skip_bytes(3)

    assert b"HELLO, WORLD"[index] == composite.get_byte(index)
    assert b"HELLO, WORLD"[index : index + 1] == composite.get_bytes(index, 1)
    assert 3 == composite.reader_index


def test_a_read_within_one_component_copies_nothing() -> None:
    """The view lies on the component's own memory."""
    block = bytearray(b"hello")
    composite = CompositeByteBuffer([ByteBuffer(block)])
    view = composite.read_bytes(5)
    block[0] = ord("J")

    assert b"Jello" == view


def test_numbers_are_read_from_slices() -> None:
    """Across borders."""
    assert 0x01020304 == CompositeByteBuffer([b"\x01", b"\x02\x03", b"\x04"]).read_slice(4).read_int()


def test_searching_crosses_borders() -> None:
    """Indices count from the start."""
    assert (4, 7, -1) == (hello().index_of(b"O, W"), hello().index_of(b"W", 5), hello().index_of(b"x"))


@pytest.mark.parametrize(("index", "length"), [(-1, 1), (0, 13), (13, 0), (0, -1), (2**70, 1)])
def test_nothing_reaches_outside(index: int, length: int) -> None:
    """Negative indices neither."""
    with pytest.raises(BufferIndexError):
        hello().get_bytes(index, length)


def test_components_that_are_read_are_released_when_asked() -> None:
    """The rest keeps its order."""
    first = PooledByteBufferAllocator().buffer(16).write_bytes(b"HELLO")
    composite = CompositeByteBuffer([first, b", WORLD"]).skip_bytes(6).discard_read_components()

    assert (0, 1, b" WORLD") == (first.ref_count, composite.reader_index, composite.get_readable_bytes())


def test_the_last_release_releases_every_component() -> None:
    """And none before it."""
    first, second = ByteBuffer(b"a"), ByteBuffer(b"b")
    composite = CompositeByteBuffer([first, second]).retain()

    assert [False, 1, True, 0, 0] == [composite.release(), first.ref_count, composite.release(), first.ref_count, second.ref_count]
    for use in (
        composite.read_byte,
        composite.get_readable_bytes,
        composite.retain,
        composite.release,
        lambda: composite.add_component(b"x"),
    ):
        with pytest.raises(ReleasedBufferError):
            use()


def test_consolidating_gives_one_buffer_and_releases_the_parts() -> None:
    """From the reader index on."""
    part = ByteBuffer(b"lo")
    assert b"llo" == CompositeByteBuffer([b"hel", part]).skip_bytes(2).consolidate()
    assert 0 == part.ref_count


def test_empty_components_are_released_at_once() -> None:
    """They would only be in the way."""
    empty = ByteBuffer(b"")

    assert ([], 0) == (CompositeByteBuffer([empty]).components(), empty.ref_count)


def test_it_equals_what_has_the_same_bytes() -> None:
    """However they are cut."""
    assert hello() == b"HELLO, WORLD" == bytes(hello())
    assert hello() == CompositeByteBuffer([b"HELLO, WORLD"])
    assert "CompositeByteBuffer(ridx=0, widx=12, components=3)" == repr(hello())
    assert [b"HELLO", b", ", b"WORLD"] == hello().views()


def test_a_mark_stays_at_its_byte() -> None:
    """Whatever components are added or removed in front of it; within those that are removed it goes to where they were."""
    composite = CompositeByteBuffer([b"HELLO", b", ", b"WORLD"]).skip_bytes(8).mark_reader_index()
    composite.discard_read_components()
    assert b"RLD" == composite.skip_bytes(1).read_bytes(3)
    assert b"ORLD" == composite.reset_reader_index().read_bytes(4)

    composite.add_component(b"the ", 0)
    assert b"ORLD" == composite.reset_reader_index().read_bytes(4)

    composite.reader_index = 0
    composite.remove_component(1)
    assert 4 == composite.reset_reader_index().reader_index
