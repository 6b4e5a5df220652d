"""Allocators: memory comes from a pool and goes back there."""

import pytest

from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator, UnpooledByteBufferAllocator


def test_the_seed_runs_as_written() -> None:
    """Chapter 6 of the specification."""
    buf = PooledByteBufferAllocator.DEFAULT.buffer(1024)
    buf.write_bytes(b"hello")
    view = buf.read_bytes(5)

    assert isinstance(view, memoryview)
    assert b"hello" == view
    view.release()
    assert buf.release()


@pytest.mark.parametrize(
    ("asked", "given"), [(0, 256), (1, 256), (256, 256), (257, 512), (1024, 1024), (1025, 2048), (1024 * 1024 + 1, 1024 * 1024 + 1)]
)
def test_blocks_come_in_powers_of_two_up_to_1_mib(asked: int, given: int) -> None:
    """What is larger is made to measure, and not kept."""
    assert given == PooledByteBufferAllocator().buffer(asked).capacity


def test_a_released_block_is_used_again() -> None:
    """By the next buffer of its size, and only by one."""
    pool = PooledByteBufferAllocator()
    first = pool.buffer(300)
    first.write_bytes(b"left over")
    first.release()

    assert b"left over" == pool.buffer(400).get_bytes(0, 9)
    assert bytes(9) == pool.buffer(400).get_bytes(0, 9)


def test_a_new_buffer_is_empty_whatever_its_block_holds() -> None:
    """Both indices stand at 0."""
    pool = PooledByteBufferAllocator()
    pool.buffer(256).write_bytes(b"x" * 200).release()
    again = pool.buffer(256)

    assert (0, 0, 256) == (again.reader_index, again.writer_index, again.writable_bytes())


def test_what_lies_idle_is_bounded() -> None:
    """What comes back beyond the bound is left to the garbage collector."""
    pool = PooledByteBufferAllocator(max_cached_bytes=1024)
    buffers = [pool.buffer(512) for _ in range(4)]
    for buffer in buffers:
        buffer.release()

    assert 1024 == pool.cached_bytes


def test_a_negative_bound_is_refused() -> None:
    """A pool that keeps nothing has a bound of 0."""
    with pytest.raises(ValueError, match="max_cached_bytes of -1"):
        PooledByteBufferAllocator(max_cached_bytes=-1)


def test_a_buffer_that_grows_gives_its_old_block_back() -> None:
    """Growth of a pooled buffer stays in the pool."""
    pool = PooledByteBufferAllocator()
    pool.buffer(256).write_bytes(bytes(300))

    assert 256 == pool.cached_bytes


def test_the_unpooled_one_keeps_nothing() -> None:
    """Every block is new."""
    pool = UnpooledByteBufferAllocator()
    pool.buffer(256).write_bytes(b"left over").release()

    assert bytes(9) == pool.buffer(256).get_bytes(0, 9)
    assert 300 == pool.buffer(300).capacity


def test_statistics_count_what_was_done() -> None:
    """Buffers made and released, blocks made and reused, what lies idle."""
    pool = PooledByteBufferAllocator()
    pool.buffer(256).release()
    held = pool.buffer(256)
    found = pool.statistics()

    assert (2, 1, 1, 1, 0, 0) == tuple(found)
    assert 1 == found.buffers_in_use
    held.release()
    assert (1, 256) == (pool.statistics().cached_blocks, pool.statistics().cached_bytes)


def test_a_capacity_beyond_the_maximum_is_refused() -> None:
    """So is a negative one."""
    for capacity in (-1, 11):
        with pytest.raises(ValueError, match=f"capacity of {capacity} bytes: allowed is 0 to 10"):
            PooledByteBufferAllocator().buffer(capacity, max_capacity=10)


def test_composites_come_from_allocators_too() -> None:
    """Empty ones."""
    assert b"ab" == UnpooledByteBufferAllocator().composite_buffer().add_component(b"ab")
