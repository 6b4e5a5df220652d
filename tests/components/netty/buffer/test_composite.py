"""CompositeByteBuffer: several buffers read as one."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


# Against a model: the parts as plain bytes, one reader index and one mark over all of them.


class Parts:
    """What a composite is: the bytes of each component, the reader index, the mark."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.reader = 0
        self.mark = 0
        self.is_tail_ours = False  # the last component is one that was made for what is written

    @property
    def whole(self) -> bytes:
        """All bytes."""
        return b"".join(self.parts)

    def begin(self, position: int) -> int:
        """Where the component at *position* begins."""
        return sum(map(len, self.parts[:position]))

    def insert(self, position: int, part: bytes) -> None:
        """Indices behind the border stay at their bytes."""
        begin = self.begin(position)
        self.parts.insert(position, part)
        self.reader += len(part) if begin < self.reader else 0
        self.mark += len(part) if begin < self.mark else 0

    def remove(self, position: int, count: int) -> None:
        """Indices behind the gap stay at their bytes, those within it go to where it was."""
        begin, end = self.begin(position), self.begin(position + count)
        del self.parts[position : position + count]
        self.reader = self.reader - (end - begin) if self.reader >= end else min(self.reader, begin)
        self.mark = self.mark - (end - begin) if self.mark >= end else min(self.mark, begin)

    def put(self, index: int, data: bytes) -> None:
        """Overwrite."""
        whole, parts, at = bytearray(self.whole), [], 0
        whole[index : index + len(data)] = data
        for part in self.parts:
            parts.append(bytes(whole[at : at + len(part)]))
            at += len(part)
        self.parts = parts


def part_of(chance: random.Random, data: bytes) -> ByteBuffer | CompositeByteBuffer | bytearray:
    """*data*, readable in something of which more was read before, all of it writable."""
    before = chance.randbytes(chance.randrange(3))
    match chance.randrange(3):
        case 0:
            return bytearray(data)
        case 1:
            return ByteBuffer(bytearray(before + data)).skip_bytes(len(before))
        case _:
            cut = chance.randrange(len(data) + 1)
            return CompositeByteBuffer([bytearray(before + data[:cut]), bytearray(data[cut:])]).skip_bytes(len(before))


def change(chance: random.Random, composite: CompositeByteBuffer, model: Parts) -> None:
    """One operation on both."""
    data, size = chance.randbytes(chance.randrange(1, 6)), len(model.whole)
    count, left = len(model.parts), size - model.reader
    match chance.randrange(12):
        case 0:
            at = chance.randrange(count + 1)
            before = composite.component_count
            assert composite is composite.add_component(part_of(chance, data), None if at == count and chance.random() < 0.5 else at)
            cuts = [len(each) for each in composite.components()[at : at + composite.component_count - before]]
            for length in cuts:
                model.insert(at, data[:length])
                data, at = data[length:], at + 1
            assert b"" == data
        case 1 if count:
            at = chance.randrange(count)
            number = chance.randrange(count - at + 1)
            if number == 1:
                composite.remove_component(at)
            else:
                composite.remove_components(at, number)
            model.remove(at, number)
        case 2:
            composite.mark_reader_index()
            model.mark = model.reader
        case 3:
            composite.reset_reader_index()
            model.reader = model.mark
        case 4 if left:
            number = chance.randrange(left + 1)
            read: Callable[[int], Any] = chance.choice([composite.read_bytes, composite.read_slice, composite.skip_bytes])
            given, at = read(number), model.reader
            model.reader += number
            if given is not composite:
                assert model.whole[at : model.reader] == bytes(given)
        case 5 if left:
            assert model.whole[model.reader] == composite.read_byte()
            model.reader += 1
        case 6 if left:
            number = chance.randrange(1, left + 1)
            part = composite.read_retained_slice(number)
            assert model.whole[model.reader : model.reader + number] == bytes(part)
            assert 2 == composite.ref_count == part.ref_count
            assert not part.release()
            model.reader += number
        case 7 if size:
            at = chance.randrange(size)
            if chance.random() < 0.3:
                composite.set_byte(at, data[0] + 256)
                model.put(at, data[:1])
            else:
                composite.set_bytes(at, data[: size - at])
                model.put(at, data[: size - at])
        case 8:
            source = ByteBuffer(b"x" + data).skip_bytes(1)
            kind = chance.randrange(5)
            match kind:
                case 0:
                    composite.write_bytes(data)
                case 1:
                    composite.write_bytes(source)
                case 2:
                    assert len(data) == composite.write_from_reader(source)
                case 3:
                    data = bytes(len(data))
                    composite.write_zero(len(data))
                case _:
                    data = data[:1]
                    composite.write_byte(data[0] + 512)
            if kind in (1, 2):
                assert (0, 1 + len(data)) == (source.readable_bytes(), source.reader_index)
            if composite.component_count == count:
                model.parts[-1] += data
            else:
                model.parts.append(data)
        case 9:
            composite.discard_read_components()
            while model.parts and len(model.parts[0]) <= model.reader:
                model.remove(0, 1)
        case 10:
            composite.discard_read_bytes()
            while model.parts and len(model.parts[0]) <= model.reader:
                model.remove(0, 1)
            if model.reader:
                model.parts[0] = model.parts[0][model.reader :]
                model.mark = max(model.mark - model.reader, 0)
                model.reader = 0
        case _:
            composite.reader_index = model.reader = chance.randrange(size + 1)


def look(chance: random.Random, composite: CompositeByteBuffer, model: Parts, told: object) -> None:
    """What both say of themselves, asked in every way."""
    whole, reader = model.whole, model.reader
    size = len(whole)
    assert (whole, len(model.parts)) == (composite.get_bytes(0, size), composite.component_count), told
    assert (reader, size, size, size - reader) == (composite.reader_index, composite.writer_index, composite.capacity, len(composite)), told
    assert (whole[reader:], whole[reader:]) == (bytes(composite), b"".join(composite.views())), told
    assert composite.is_readable(size - reader), told
    assert not composite.is_readable(size - reader + 1), told
    assert (size > reader) == composite.is_readable(), told
    assert f"CompositeByteBuffer(ridx={reader}, widx={size}, components={len(model.parts)})" == repr(composite), told
    low = chance.randrange(size + 1)
    length = chance.randrange(size - low + 1)
    for given in (
        composite.get_bytes(low, length),
        composite.get_bytes_view(low, length),
        composite.slice(low, length),
        composite.slice(low, length).slice(),
        composite.copy(low, length),
        composite.slice(0, low + length).slice(low),
        composite.duplicate().get_bytes(low, length),
    ):
        assert whole[low : low + length] == bytes(given), told
    assert (whole[reader:], whole[reader:], whole[low:]) == (
        bytes(composite.slice()),
        bytes(composite.copy()),
        bytes(composite.copy(low)),
    ), told
    twin = composite.duplicate()
    assert (reader, size) == (twin.reader_index, twin.writer_index), told
    retained = composite.retained_duplicate()
    assert (whole[reader:], 2) == (bytes(retained), composite.ref_count), told
    assert not retained.slice().release(), told
    needle = whole[low : low + chance.randrange(1, 4)] or b"x"
    assert whole.find(needle) == composite.index_of(needle), told
    assert whole.find(needle, low) == composite.index_of(needle, low), told
    assert whole.find(needle, low, low + length) == composite.index_of(needle, low, low + length), told
    assert -1 == composite.index_of(needle, low, low), told
    before = whole.find(needle, reader)
    assert (before - reader if before >= 0 else -1) == composite.bytes_before(needle), told
    for index in range(size):
        position = composite.component_at(index)
        assert model.begin(position) <= index < model.begin(position + 1), told
        assert whole[index] == composite.get_byte(index), told


@pytest.mark.parametrize("seed", range(60))
def test_any_sequence_of_operations_does_what_a_model_does(seed: int) -> None:
    """Adding, removing, reading, writing, overwriting and looking, at every place."""
    chance = random.Random(seed)
    composite, model = CompositeByteBuffer(), Parts()
    for step in range(25):
        change(chance, composite, model)
        look(chance, composite, model, (seed, step))
    components = composite.components()
    assert composite.release()
    assert [0] * len(components) == [each.ref_count for each in components]


def test_what_is_refused_is_told_with_its_numbers() -> None:
    """Which index, which length, what was allowed, and what to do."""
    composite = CompositeByteBuffer([bytearray(b"HELLO"), ByteBuffer(b", ").as_read_only()]).skip_bytes(1)
    part, gone = composite.slice(2, 3), CompositeByteBuffer([b"x"])
    gone.release()
    most = 2**31 - 1
    for refused, kind, said in (
        (lambda: composite.get_bytes(6, 2), BufferIndexError, "index 6, length 2: allowed is 0 to 7"),
        (lambda: composite.get_bytes(-1, 2), BufferIndexError, "index -1, length 2: allowed is 0 to 7"),
        (lambda: composite.component_at(7), BufferIndexError, "index 7, length 1: allowed is 0 to 7"),
        (lambda: composite.skip_bytes(7), BufferIndexError, "index 1, length 7: allowed is 0 to 7"),
        (lambda: setattr(composite, "reader_index", 8), BufferIndexError, "index 8, length 0: allowed is 0 to 7"),
        (lambda: setattr(composite, "reader_index", -1), BufferIndexError, "index -1, length 0: allowed is 0 to 7"),
        (lambda: composite.ensure_writable(-1), BufferIndexError, f"index 7, length -1: allowed is 0 to {most}"),
        (lambda: composite.ensure_writable(most - 6), BufferIndexError, f"index 7, length {most - 6}: allowed is 0 to {most}"),
        (lambda: part.write_byte(1), BufferIndexError, "index 3, length 1: allowed is 0 to 3"),
        (lambda: part.write_zero(2), BufferIndexError, "index 3, length 2: allowed is 0 to 3"),
        (lambda: composite.add_component(b"x", 3), IndexError, "component 3 of 2"),
        (lambda: composite.add_component(b"x", -1), IndexError, "component -1 of 2"),
        (lambda: composite.remove_components(1, 2), IndexError, "components 1 to 3 of 2"),
        (lambda: composite.remove_components(-1, 1), IndexError, "components -1 to 0 of 2"),
        (lambda: composite.remove_components(1, -1), IndexError, "components 1 to 0 of 2"),
        (lambda: composite.remove_component(2), IndexError, "components 2 to 3 of 2"),
        (lambda: composite.set_bytes(4, b"oo"), ReadOnlyBufferError, f"component 1 of {composite!r} is read-only"),
        (lambda: composite.as_read_only().set_byte(0, 1), ReadOnlyBufferError, f"{composite!r} is read-only: write to a copy() of it"),
        (lambda: part.add_component(b"x"), ReadOnlyBufferError, f"{part!r} is a slice: its components are those of another"),
        (lambda: part.remove_component(0), ReadOnlyBufferError, f"{part!r} is a slice: its components are those of another"),
        (lambda: composite.retain(0), ReleasedBufferError, "retain of 0 references: allowed is 1 or more"),
        (lambda: composite.release(0), ReleasedBufferError, "release of 0 references, 1 held"),
        (lambda: part.release(2), ReleasedBufferError, "release of 2 references, 1 held"),
        (
            lambda: gone.read_byte(),
            ReleasedBufferError,
            "CompositeByteBuffer(ridx=0, widx=0, components=0, released) was used after its last release",
        ),
        (lambda: gone.release(), ReleasedBufferError, "release of 1 references, 0 held"),
    ):
        with pytest.raises(kind) as caught:
            refused()
        assert type(caught.value) is kind
        assert said == str(caught.value)
    assert b"HELLO, " == composite.get_bytes(0, 7)
    assert composite.is_writable()
    assert not part.is_writable()
    assert composite.is_writable(most - 7)
    assert not composite.is_writable(most - 6)
    assert composite.ensure_writable(0) is composite.ensure_writable(most - 7)
    assert part.ensure_writable(0) is part


def test_a_slice_counts_its_references_with_what_it_is_of() -> None:
    """Also a slice of a slice; read-only goes along."""
    composite = hello()
    inner = composite.as_read_only().slice(0, 8).retained_slice(1, 4)
    assert (b"ELLO", True, 2, 2) == (bytes(inner), inner.is_read_only, inner.ref_count, composite.ref_count)
    assert inner is inner.retain(2)
    assert (4, False, True) == (composite.ref_count, inner.release(2), composite.release(2))
    with pytest.raises(ReleasedBufferError):
        inner.read_byte()


def test_touching_it_touches_its_components() -> None:
    """For the leak detector, with the hint."""

    class Owner:
        """Writes the hints down."""

        def __init__(self) -> None:
            self.hints: list[object] = []

        def touched(self, hint: object) -> None:
            """Somebody had the buffer."""
            self.hints.append(hint)

        def block(self, size: int) -> bytearray:
            """Memory."""
            return bytearray(size)

        def take_back(self, block: bytearray) -> None:
            """Not asked."""

        def released(self, block: bytearray | None) -> None:
            """Not asked."""

        def used(self) -> None:
            """Not asked."""

    owner, parts = Owner(), [ByteBuffer(bytearray(b"a")), ByteBuffer(bytearray(b"b"))]
    for part in parts:
        part._watch(owner, uses=False)
    composite = CompositeByteBuffer(parts)

    assert composite is composite.touch("here")
    assert ["here", "here"] == owner.hints


def test_what_is_written_goes_into_one_component_of_its_own() -> None:
    """Until another one is added behind it; large data too."""
    composite = CompositeByteBuffer([bytearray(b"a")])
    composite.write_bytes(b"b").write_byte(ord("c"))
    assert [b"a", b"bc"] == [bytes(each) for each in composite.components()]
    composite.add_component(b"d").write_bytes(b"e" * 300).write_bytes(b"f")
    assert [b"a", b"bc", b"d", b"e" * 300 + b"f"] == [bytes(each) for each in composite.components()]
    composite.remove_component(3).write_bytes(b"g")
    assert [b"a", b"bc", b"d", b"g"] == [bytes(each) for each in composite.components()]
    assert b"h" == composite.clear().write_bytes(b"h")
