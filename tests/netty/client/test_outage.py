"""What waits for a connection: its order, its limits, and its end."""

import asyncio

import pytest

from pyboot.components.netty import ByteBuffer, ChannelPromise, UnpooledByteBufferAllocator
from pyboot.netty.client.outage import OutageQueue


def buffer(content: bytes) -> ByteBuffer:
    """A buffer that its queue has to release."""
    made = UnpooledByteBufferAllocator.DEFAULT.buffer(16)
    made.write_bytes(content)
    return made


def test_messages_are_taken_in_their_order() -> None:
    """Each with its promise."""
    queue, promises = OutageQueue(10, 100), [ChannelPromise(), ChannelPromise()]
    assert [True, True] == [queue.add(msg, promise) for msg, promise in zip((b"a", "b"), promises, strict=True)]

    assert [(b"a", promises[0]), ("b", promises[1])] == [queue.take(), queue.take()]
    assert (0, 0) == (len(queue), queue.bytes)


@pytest.mark.parametrize("msg", [b"12345", "12345", bytearray(b"12345"), memoryview(b"12345"), buffer(b"12345")])
def test_there_is_a_limit_to_messages_and_one_to_bytes(msg: object) -> None:
    """Whichever is met first; what does not fit is not taken, and the next that does is."""
    queue = OutageQueue(2, 9)

    assert [True, False, True, False] == [queue.add(each, ChannelPromise()) for each in (msg, msg, b"1234", b"")]
    assert (2, 9) == (len(queue), queue.bytes)


def test_an_object_counts_as_a_message_only() -> None:
    """Its encoder would tell its size, and stands behind the connection."""
    queue = OutageQueue(2, 1)

    assert [True, True, False] == [queue.add(msg, ChannelPromise()) for msg in ({}, object(), {})]


def test_all_that_waits_fails_together_and_is_released() -> None:
    """Who waits for a promise hears of it; the others are counted."""
    queue, held = OutageQueue(10, 100), buffer(b"x")
    heard, unheard = ChannelPromise(), ChannelPromise()
    errors: list[BaseException | None] = []
    heard.add_listener(lambda promise: errors.append(promise.error))
    queue.add(held, heard)
    queue.add(b"y", unheard)
    gone = ConnectionError("gone")

    assert 1 == queue.fail_all(gone)
    assert ([gone], gone, 0, 0) == (errors, unheard.error, held.ref_count, len(queue))


def test_a_message_that_nobody_wants_any_more_leaves() -> None:
    """Its place is free at once."""
    queue, held, promise = OutageQueue(1, 100), buffer(b"x"), ChannelPromise()
    queue.add(held, promise)

    queue.discard(promise)
    queue.discard(promise)

    assert (0, 0, 0) == (len(queue), queue.bytes, held.ref_count)
    assert queue.add(b"next", ChannelPromise())


def test_a_cancelled_promise_is_left_as_it_is() -> None:
    """It has had its end."""
    queue, promise = OutageQueue(1, 100), ChannelPromise()
    queue.add(b"x", promise)
    promise.cancel()

    queue.fail_all(ConnectionError())

    assert isinstance(promise.error, asyncio.CancelledError)
