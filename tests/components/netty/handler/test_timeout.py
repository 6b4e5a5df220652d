"""Timeouts, on a clock that is turned."""

from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.errors import ClosedChannelError, ReadTimeoutError, WriteTimeoutError
from pyboot.components.netty.handler.timeout import ReadTimeoutHandler, WriteTimeoutHandler


class Errors(ChannelHandler[Any]):
    """Keeps what is raised."""

    def __init__(self) -> None:
        self.found: list[Exception] = []

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.found.append(error)


def test_a_silent_peer_loses_its_connection() -> None:
    """The error comes first, and once."""
    errors = Errors()
    channel = EmbeddedChannel(ReadTimeoutHandler(10), errors)
    channel.advance_time(9)
    channel.write_inbound(ByteBuffer(b"x"))
    channel.advance_time(9)
    assert channel.is_active
    channel.advance_time(1)

    assert not channel.is_open
    assert ["nothing was read for 10 s"] == [str(error) for error in errors.found]
    assert isinstance(errors.found[0], ReadTimeoutError)
    assert isinstance(errors.found[0], TimeoutError)


def stuck(handler: WriteTimeoutHandler) -> tuple[EmbeddedChannel, list[Exception]]:
    """A channel whose peer takes nothing."""
    errors = Errors()
    channel = EmbeddedChannel(handler, errors)
    channel.hold_network()
    return channel, errors.found


def test_a_write_that_is_not_delivered_in_time_ends_the_connection() -> None:
    """Its promise fails."""
    channel, errors = stuck(WriteTimeoutHandler(5))
    promise = channel.new_promise()
    channel.write_and_flush(b"x", promise)
    channel.advance_time(5)

    assert not channel.is_open
    assert isinstance(promise.error, ClosedChannelError)
    assert ["a write was not delivered within 5 s"] == [str(error) for error in errors if isinstance(error, WriteTimeoutError)]


def test_each_write_counts_for_itself() -> None:
    """One that was delivered in time gives the next its own."""
    channel, errors = stuck(WriteTimeoutHandler(5))
    channel.write_and_flush(b"x")
    channel.advance_time(3)
    channel.release_network()
    channel.hold_network()
    channel.write_and_flush(b"y")
    channel.advance_time(4)
    assert channel.is_open
    channel.advance_time(1)
    assert not channel.is_open
    assert WriteTimeoutError in [type(error) for error in errors]


def test_delivered_writes_do_nothing() -> None:
    """However many."""
    errors = Errors()
    channel = EmbeddedChannel(WriteTimeoutHandler(5), errors)
    for _ in range(10):
        channel.write_outbound(b"x")
        channel.advance_time(3)

    assert ([], True) == (errors.found, channel.is_open)


def test_the_form_of_the_seed_closes_without_an_error() -> None:
    """`WriteTimeoutHandler(5, False)`, and its keywords."""
    for handler in (WriteTimeoutHandler(5, False), WriteTimeoutHandler(writerTimeout=5, fastFail=False)):  # type: ignore[call-arg]  # as published
        channel, errors = stuck(handler)
        channel.write_and_flush(b"x")
        channel.advance_time(5)
        assert not channel.is_open
        assert WriteTimeoutError not in [type(error) for error in errors]


def test_a_write_that_nobody_waits_for_still_tells_of_its_failure() -> None:
    """The handler's own promise does not swallow it; once, not for each."""
    channel, errors = stuck(WriteTimeoutHandler(5))
    for _ in range(3):
        channel.write(b"x")
    channel.close()
    channel.run_pending_tasks()

    assert [ClosedChannelError] == [type(error) for error in errors]


def test_removal_stops_the_clock() -> None:
    """What was written before is none of its business any more."""
    channel, errors = stuck(WriteTimeoutHandler(5))
    channel.write_and_flush(b"x")
    channel.pipeline().remove(WriteTimeoutHandler)
    channel.advance_time(10)

    assert ([], True) == (errors, channel.is_open)


def test_times_of_nothing_are_refused() -> None:
    """When the handler is made."""
    for make in (ReadTimeoutHandler, WriteTimeoutHandler):
        with pytest.raises(ValueError, match="must be more than 0"):
            make(0)


def test_a_write_that_the_network_took_is_delivered_though_its_run_is_not() -> None:
    """What stands behind it in the same run has time of its own."""
    channel, errors = stuck(WriteTimeoutHandler(5))
    channel.write_and_flush(b"first")
    channel.write(bytes(100))
    channel.flush()
    channel.advance_time(3)
    channel.write(bytes(100))
    channel.flush()
    channel._unsent -= 5
    channel.take_bytes(0)
    channel.release_network()
    channel.hold_network()
    channel.write(bytes(10), channel.new_promise())
    channel.flush()
    channel.write(bytes(10))
    channel.advance_time(3)

    assert ([], True) == (errors, channel.is_open)


def test_a_process_that_was_stopped_gives_its_writes_the_time_back() -> None:
    """The peer may have to take a long backlog yet; who takes nothing then either is cut off."""
    for takes in (True, False):
        channel, errors = stuck(WriteTimeoutHandler(5))
        channel.write_and_flush(bytes(100))
        channel.jump_time(60)
        assert ([], True) == (errors, channel.is_open)
        channel.advance_time(4)
        if takes:
            channel.release_network()
        channel.advance_time(1)
        assert takes == channel.is_open
