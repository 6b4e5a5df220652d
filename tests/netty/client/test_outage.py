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


def test_a_promise_that_is_cancelled_takes_its_message_along() -> None:
    """Its place is free again, its bytes are not counted, its buffer is given back; that it is listened to is not waiting for it."""
    queue, promise, held = OutageQueue(1, 100), ChannelPromise(), buffer(b"abc")
    queue.add(held, promise)
    assert not promise.is_awaited

    promise.cancel()

    assert (0, 0, 0) == (len(queue), queue.bytes, held.ref_count)
    assert queue.add(b"next", ChannelPromise())


@pytest.mark.parametrize("state", ["in use", "over"])
def test_a_promise_of_another_operation_is_refused(state: str) -> None:
    """Two messages under one would be one, and nobody would hear of the other."""
    queue, promise = OutageQueue(10, 100), ChannelPromise()
    if state == "over":
        promise.set_success()
    else:
        queue.add(b"first", promise)
    before = len(queue), queue.bytes

    with pytest.raises(ValueError, match=state):
        queue.add(b"second", promise)

    assert before == (len(queue), queue.bytes)


def test_what_was_taken_is_not_discarded_any_more() -> None:
    """It is the connection's."""
    queue, promise = OutageQueue(10, 100), ChannelPromise()
    queue.add(b"first", promise)
    queue.take()
    queue.add(b"second", promise)
    queue.take()
    promise.cancel()
    assert (0, 0) == (len(queue), queue.bytes)
