"""After the last release every use raises: of all that a buffer can be asked, found by looking at its class."""

from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.buffer.leak import LEAK_DETECTOR, LeakLevel
from pyboot.components.netty.errors import ReleasedBufferError


def released(buffer: Any) -> Any:
    """*buffer*, whose last reference is gone."""
    buffer.release()
    return buffer


def derived(make: Callable[[Any], Any]) -> Callable[[], Any]:
    """What *make* takes from a buffer that is released then."""

    def after() -> Any:
        parent = ByteBuffer(bytearray(b"0123456789abcdef"))
        child = make(parent)
        parent.release()
        return child

    return after


def taken(take: Callable[[ByteBuffer], object], content: Any = b"0123456789abcdef") -> Callable[[], Any]:
    """A buffer whose bytes were *taken*, the last thing an owner does."""

    def after() -> ByteBuffer:
        buffer = ByteBuffer(content)
        take(buffer)
        return buffer

    return after


def of_composite(make: Callable[[CompositeByteBuffer], Any]) -> Callable[[], Any]:
    """What *make* takes from several buffers that are released then."""

    def after() -> Any:
        parent = CompositeByteBuffer([b"01234567", b"89abcdef"])
        child = make(parent)
        parent.release()
        return child

    return after


def watched() -> ByteBuffer:
    """A buffer whose every use the leak detector notes."""
    level, LEAK_DETECTOR.level = LEAK_DETECTOR.level, LeakLevel.PARANOID
    try:
        return released(PooledByteBufferAllocator().buffer(64).write_bytes(b"0123456789abcdef"))
    finally:
        LEAK_DETECTOR.level = level


BUFFERS: dict[str, Callable[[], Any]] = {
    "received": lambda: released(ByteBuffer(b"0123456789abcdef")),
    "own": lambda: released(ByteBuffer(64).write_bytes(b"0123456789abcdef")),
    "empty": lambda: released(ByteBuffer(0)),
    "pooled": lambda: released(PooledByteBufferAllocator().buffer(64).write_bytes(b"0123456789abcdef")),
    "watched": watched,
    "destroyed": taken(ByteBuffer.destroy),
    "taken": taken(ByteBuffer.take_bytes),
    "taken within": taken(lambda buffer: buffer.take_bytes_within(64)),
    "taken out of a block": taken(ByteBuffer.take_bytes, bytearray(b"0123456789abcdef")),
    "view taken": taken(ByteBuffer.take_view),
    "slice": derived(ByteBuffer.slice),
    "read slice": derived(lambda buffer: buffer.read_slice(8)),
    "slice of a slice": derived(lambda buffer: buffer.slice(2, 8).slice(1, 4)),
    "slice that has grown away": derived(lambda buffer: buffer.duplicate().write_bytes(bytes(64))),
    "duplicate": derived(ByteBuffer.duplicate),
    "read only": derived(ByteBuffer.as_read_only),
    "parent of a slice": lambda: (parent := ByteBuffer(b"0123456789abcdef"), parent.slice().release())[0],
    "component": of_composite(lambda composite: composite.component(0)),
}
COMPOSITES: dict[str, Callable[[], Any]] = {
    "composite": lambda: released(CompositeByteBuffer([b"01234567", b"89abcdef"])),
    "empty composite": lambda: released(CompositeByteBuffer()),
    "consolidated": lambda: (parent := CompositeByteBuffer([b"01", b"23"]), parent.consolidate())[0],
    "slice of a composite": of_composite(CompositeByteBuffer.slice),
    "duplicate of a composite": of_composite(CompositeByteBuffer.duplicate),
}

# These answer, for who does not know whether it lives; and what makes a new one asks no old one.
ANSWERING = {"ref_count", "destroy", "buffer"}

ARGUMENTS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("add_component", "write_bytes", "compare_to", "bytes_before", "index_of", "find"), (b"x",)),
    **dict.fromkeys(("write_string", "write_terminated_string", "write_null_terminated_string", "write_char"), ("x",)),
    **dict.fromkeys(
        ("read_bytes", "read_bytes_view", "read_slice", "read_retained_slice", "read_int_n", "skip_bytes", "ensure_writable"), (1,)
    ),
    **dict.fromkeys(("get_bytes", "get_bytes_view", "get_string", "set_zero", "remove_components"), (0, 1)),
    **dict.fromkeys(("for_each_byte", "for_each_byte_desc"), (lambda byte: True,)),
    **dict.fromkeys(("component", "component_at", "remove_component"), (0,)),
    "set_bytes": (0, b"x"),
    "set_char": (0, "x"),
    "set_boolean": (0, True),
    "write_boolean": (True,),
    "set_number": (0, 1, 1),
    "write_number": (1, 1),
    "get_number": (0, 1),
    "read_number": (1,),
    "write_int_n": (1, 1),
    "write_from_reader": (ByteBuffer(b"x"),),
    "take_bytes_within": (64,),
}


def arguments(name: str) -> tuple[Any, ...]:
    """Something to call *name* with."""
    if name in ARGUMENTS:
        return ARGUMENTS[name]
    if name.startswith("get_") and name not in ("get_readable_bytes", "get_memoryview", "get_readable_memoryview"):
        return (0,)
    if name.startswith("set_"):
        return (0, 1)
    return (1,) if name.startswith("write_") else ()


def uses(kind: type[Any]) -> list[str]:
    """All that a buffer of that *kind* can be asked."""
    return [name for name in dir(kind) if not name.startswith("_") and name not in ANSWERING]


def use(buffer: Any, name: str) -> None:
    """Do it."""
    thing = getattr(buffer, name)
    if callable(thing):
        named = {"signed": False} if name.endswith("_number") else {}
        thing(*arguments(name), **named)


def raises(buffer: Any, name: str) -> bool:
    """Whether that use raises, as it should."""
    try:
        use(buffer, name)
    except ReleasedBufferError:
        return True
    return False


@pytest.mark.parametrize("made", [*BUFFERS, *COMPOSITES])
def test_every_use_after_the_last_release_raises(made: str) -> None:
    """Methods and properties, of which new ones are found here by themselves."""
    make = {**BUFFERS, **COMPOSITES}[made]
    names = uses(type(make()))
    assert len(names) > 60

    assert [] == [name for name in names if not raises(make(), name)]


@pytest.mark.parametrize("made", [*BUFFERS, *COMPOSITES])
def test_so_do_operators_and_settings(made: str) -> None:
    """Whatever Python calls by itself."""
    make = {**BUFFERS, **COMPOSITES}[made]
    for use_it in (
        len,
        bytes,
        hash,
        bool,
        lambda each: each == b"x",
        lambda each: each != make(),
        lambda each: setattr(each, "reader_index", 0),
    ):
        with pytest.raises(ReleasedBufferError):
            use_it(make())
    if made in BUFFERS:
        with pytest.raises(ReleasedBufferError):
            make().writer_index = 0
        with pytest.raises(ReleasedBufferError), make():
            pytest.fail("entered")


@pytest.mark.parametrize("made", [*BUFFERS, *COMPOSITES])
def test_it_says_that_it_was_released(made: str) -> None:
    """In its text, by its count, and where somebody releases it once more."""
    buffer = {**BUFFERS, **COMPOSITES}[made]()

    assert (0, True) == (buffer.ref_count, "released" in repr(buffer))
    with pytest.raises(ReleasedBufferError):
        buffer.release()
    if made in BUFFERS:
        assert buffer.destroy() is False


@pytest.mark.parametrize("made", ["received", "own", "pooled", "composite"])
def test_while_it_lives_each_of_these_answers(made: str) -> None:
    """So that what raises above does so because of the release."""
    makers: dict[str, Callable[[], Any]] = {
        "received": lambda: ByteBuffer(b"\0\0\0\x020123456789abcdef\0"),
        "own": lambda: ByteBuffer(64).write_bytes(b"\0\0\0\x020123456789abcdef\0"),
        "pooled": lambda: PooledByteBufferAllocator().buffer(64).write_bytes(b"\0\0\0\x020123456789abcdef\0"),
        "composite": lambda: CompositeByteBuffer([b"\0\0\0\x0201234567", b"89abcdef\0"]),
    }
    for name in uses(type(makers[made]())):
        use(makers[made](), name)
