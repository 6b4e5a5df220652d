"""Writes that a handler keeps: in order, each with its promise, and nothing of them lost or kept."""

import pytest

from pyboot.components.netty.buffer import ByteBuffer
from pyboot.components.netty.channel import ChannelHandler, EmbeddedChannel
from pyboot.components.netty.channel.life.pending_writes import PendingWriteQueue


def queue() -> tuple[EmbeddedChannel, PendingWriteQueue]:
    """That of a handler on a channel of its own."""
    channel = EmbeddedChannel(ChannelHandler())
    return channel, PendingWriteQueue(channel.pipeline().contexts()[0])


def test_writes_are_passed_on_in_their_order_with_their_promises() -> None:
    """One by one, or all."""
    channel, writes = queue()
    promise = channel.new_promise()
    writes.add(b"a")
    writes.add(ByteBuffer(b"bc"), promise)
    writes.add(b"d")
    assert (3, 4, b"a") == (len(writes), writes.bytes, writes.current)
    writes.remove_and_write()
    assert (2, 3) == (len(writes), writes.bytes)
    writes.remove_and_write_all()
    channel.flush()

    assert b"abcd" == b"".join(bytes(each) for each in channel.outbound_messages())
    assert promise.is_success
    assert (True, 0, None) == (writes.is_empty, writes.bytes, writes.current)
    assert writes.remove_and_write() is None


def test_writes_that_fail_are_released() -> None:
    """Their promises fail with the cause; a removed one leaves its promise to who removed it."""
    channel, writes = queue()
    messages = [ByteBuffer(b"a"), ByteBuffer(b"b"), ByteBuffer(b"c")]
    promises = [channel.new_promise() for _ in messages]
    for message, promise in zip(messages, promises, strict=True):
        writes.add(message, promise)
    assert promises[0] is writes.remove()
    cause = ValueError("no")
    writes.remove_and_fail(cause)
    writes.remove_and_fail_all(cause)
    writes.remove_and_fail(cause)

    assert [None, cause, cause] == [promise.error for promise in promises]
    assert [0, 0, 0] == [message.ref_count for message in messages]
    with pytest.raises(IndexError):
        writes.remove()
