"""The published package's names for buffers."""

from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer


def test_its_names_do_what_ours_do() -> None:
    """Each beside the name it stands for."""
    buffer = ByteBuffer(16).write_bytes(b"hello").skip_bytes(1)

    assert (b"ello", bytearray(b"ello"), b"ello") == (buffer.to_bytes(), buffer.to_bytearray(), buffer.get_readable_memoryview())
    assert 16 == len(buffer.get_memoryview())
    assert (3, 3, -1) == (buffer.find(b"lo"), buffer.find(b"l", 2), buffer.find(b"x"))
    assert 0 == buffer.flip().reader_index
    assert 0 == buffer.skip_bytes(1).rewind().reader_index
    buffer.skip_bytes(2).compact()
    assert b"llo" == buffer.get_bytes(0, 3)
    buffer.reset()
    assert (0, 0) == (buffer.reader_index, buffer.writer_index)


def test_destroying_releases_every_reference_once() -> None:
    """The second time there are none."""
    buffer = ByteBuffer(1).retain()

    assert [True, False] == [buffer.destroy(), buffer.destroy()]


def test_a_with_block_releases() -> None:
    """At its end."""
    with ByteBuffer(b"x") as buffer:
        assert 1 == buffer.ref_count
    assert 0 == buffer.ref_count


def test_the_allocator_has_its_two_verbs() -> None:
    """`allocate` and `release`."""
    pool = PooledByteBufferAllocator()
    buffer = pool.allocate(300)
    pool.release(buffer)

    assert (512, 0) == (pool.cached_bytes, buffer.ref_count)
