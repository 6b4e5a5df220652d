"""CompositeByteBuffer: several buffers read as one."""

from pathlib import Path

import pytest

from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.compat13.methods import ByteBuffer13
from pyboot.components.netty.errors import BufferIndexError, ReadOnlyBufferError, ReleasedBufferError


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


def test_it_has_all_that_a_buffer_has_but_for_what_the_reference_explains() -> None:
    """A name that is added to one is added to the other, or to the table with its reason."""
    page = Path(__file__).parents[4] / "docs/reference/codecs/buffers.md"
    table = page.read_text().split("it lacks", 1)[1].split("`clear()`", 1)[0]
    explained = {
        name for row in table.splitlines() if row.startswith("| `") for name in row.split("|")[1].replace("`", "").replace(",", " ").split()
    }
    missing = {name for name in dir(ByteBuffer) if not name.startswith("_") and not hasattr(CompositeByteBuffer, name)}

    assert missing == explained
    assert explained >= {name for name in vars(ByteBuffer13) if not name.startswith("_")} - set(dir(CompositeByteBuffer))


def test_what_was_read_is_dropped() -> None:
    """Whole components are released, a part of one is left out; marks stay at their bytes."""
    first = ByteBuffer(b"HELLO")
    composite = CompositeByteBuffer([first, b", ", b"WORLD"]).skip_bytes(6).mark_reader_index()
    composite.skip_bytes(2).discard_some_read_bytes()
    assert (0, 1, b"ORLD") == (first.ref_count, composite.component_count, composite.get_readable_bytes())

    composite.discard_read_bytes()
    assert (0, 4, b"ORLD") == (composite.reader_index, composite.writer_index, composite.get_bytes(0, 4))
    assert (b"RL", 1) == (composite.get_bytes(1, 2), composite.index_of(b"R"))
    assert b"ORLD!" == composite.reset_reader_index().write_bytes(b"!")
    assert b"" == composite.skip_bytes(5).discard_read_bytes()


def test_cleared_it_has_released_its_components() -> None:
    """And takes others."""
    first = ByteBuffer(b"HELLO")
    composite = CompositeByteBuffer([first, b", "]).skip_bytes(2).clear()

    assert (0, 0, 0, 0) == (first.ref_count, composite.reader_index, composite.writer_index, composite.component_count)
    assert b"new" == composite.add_component(b"new")


def test_a_retained_slice_that_is_read_shares_and_outlives() -> None:
    """Across borders, without a copy."""
    block = bytearray(b"WORLD")
    composite = CompositeByteBuffer([b"HELLO", b", ", ByteBuffer(block)]).skip_bytes(3)
    part = composite.read_retained_slice(5)
    block[0] = ord("w")

    assert (b"LO, w", 8, 2) == (bytes(part), composite.reader_index, composite.ref_count)
    assert not composite.release()
    assert b"LO, w" == part
    assert part.release()
    with pytest.raises(BufferIndexError):
        hello().read_retained_slice(13)


def test_read_only_it_refuses_every_write() -> None:
    """Its slices and views too; what it was made of stays as it was."""
    composite = CompositeByteBuffer([ByteBuffer(bytearray(b"HELLO")), ByteBuffer(bytearray(b"WORLD"))]).skip_bytes(1)
    still = composite.as_read_only()
    assert (True, False, 1, b"ELLOWORLD") == (still.is_read_only, composite.is_read_only, still.reader_index, bytes(still))

    for write in (
        lambda: still.set_byte(0, 1),
        lambda: still.set_bytes(0, b""),
        lambda: still.slice(0, 2).set_byte(0, 1),
        lambda: still.add_component(b"x"),
        lambda: still.clear(),
        lambda: still.component(0).set_byte(0, 1),
    ):
        with pytest.raises(ReadOnlyBufferError):
            write()
    with pytest.raises(TypeError):
        still.get_bytes_view(0, 2)[0] = 1
    assert composite.set_byte(1, ord("e")).get_byte(1) == still.get_byte(1)
    assert still.copy().write_byte(1).readable_bytes() == 10


def test_the_small_things_that_a_buffer_knows() -> None:
    """Taking, moving, looking for."""
    composite = hello()
    assert (8, -1, -1) == (composite.skip_bytes(1).bytes_before(b"RLD"), composite.bytes_before(b"x"), composite.index_of(b"R", 0, 9))
    view = composite.get_bytes_view(4, 4)
    assert b"O, W" == view
    assert 2**31 - 1 == composite.max_capacity
    assert 12 == composite.slice(0, 12).max_capacity

    source = ByteBuffer(b"abc")
    assert (2, b"c") == (composite.write_from_reader(source, 2), bytes(source))
    assert (b"ELLO, WORLDab", 0) == (composite.take_bytes(), composite.ref_count)
    with hello() as held:
        assert 1 == held.ref_count
    assert 0 == held.ref_count
