"""The heartbeat of a client, on a clock that is turned."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.errors import ReadTimeoutError
from pyboot.netty.client.heartbeat import Heartbeat, payload_of


class Deaf(ChannelHandler[Any]):
    """Never done with the first message, so that nothing more is read; it hears of errors, and says nothing."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: object) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        """It is known."""


class Quiet(ChannelHandler[Any]):
    """Takes messages and errors."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: object) -> None:
        """Take it."""

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        """It is known."""


def beating(interval: float = 10, timeout: float = 3, handler: type[ChannelHandler[Any]] = Quiet) -> EmbeddedChannel:
    """A channel with a heartbeat."""
    return EmbeddedChannel(Heartbeat(b"ping\n", interval, timeout), handler())


def test_the_payload_is_sent_when_nothing_was_written_for_the_interval() -> None:
    """And again, as long as the peer answers."""
    channel = beating()
    channel.advance_time(9.9)
    assert [] == channel.outbound_messages()
    channel.advance_time(0.1)
    channel.write_inbound(b"pong\n")
    channel.advance_time(10)

    assert [b"ping\n", b"ping\n"] == channel.outbound_messages()
    assert channel.is_open


def test_a_write_puts_it_off() -> None:
    """The peer knows that we are there."""
    channel = beating()
    channel.advance_time(9)
    channel.write_and_flush(b"data")
    channel.advance_time(9)

    assert [b"data"] == channel.outbound_messages()


def test_a_peer_that_says_nothing_after_it_is_given_up() -> None:
    """Because of a read timeout, which is a loss: the client connects again."""
    channel = beating()
    channel.write_inbound(b"before")
    channel.advance_time(10 + 2.9)
    assert channel.is_open
    channel.advance_time(0.2)

    assert not channel.is_open
    assert isinstance(channel.close_cause, ReadTimeoutError)


def test_anything_that_is_read_is_an_answer() -> None:
    """It need not be one to the heartbeat."""
    channel = beating()
    channel.advance_time(11)
    channel.write_inbound(b"news")
    channel.advance_time(8)

    assert channel.is_open


def test_the_first_unanswered_one_counts() -> None:
    """Where an answer may take longer than the interval, each further heartbeat gives the peer no more time."""
    channel = beating(interval=10, timeout=25)
    channel.advance_time(10 + 24)
    assert channel.is_open
    assert [b"ping\n"] * 3 == channel.outbound_messages()
    channel.advance_time(2)

    assert not channel.is_open


def test_without_a_timeout_no_answer_is_expected() -> None:
    """A peer that only listens stays."""
    channel = beating(timeout=0)
    channel.advance_time(100)

    assert channel.is_open
    assert 10 == len(channel.outbound_messages())


def test_while_we_do_not_read_the_peer_is_not_judged() -> None:
    """Its answer may be there, and wait for a handler that cannot keep up."""
    channel = beating(handler=Deaf)
    channel.auto_read = False
    channel.advance_time(10 + 30)

    assert channel.is_open


def test_nothing_is_asked_after_the_end() -> None:
    """Its timers go with the connection."""
    channel = beating()
    channel.advance_time(10)
    channel.close()
    channel.advance_time(30)

    assert [b"ping\n"] == channel.outbound_messages()


@pytest.mark.parametrize(("text", "digits", "payload"), [("ping\n", "", b"ping\n"), ("é", "", b"\xc3\xa9"), ("", "00 ff", b"\x00\xff")])
def test_the_payload_is_text_or_hexadecimal_digits(text: str, digits: str, payload: bytes) -> None:
    """As the settings say it."""
    assert payload == payload_of(text, digits)
