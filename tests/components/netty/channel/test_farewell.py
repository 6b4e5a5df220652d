"""What protocols are asked to say before an error that nobody caught closes a channel."""

import logging
from typing import Any

import pytest

from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.farewell import Blame
from pyboot.components.netty.channel.fault import blame_peer
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.errors import (
    CorruptedFrameError,
    DecoderError,
    PrematureCloseError,
    ReadTimeoutError,
    SslError,
    TooLongFrameError,
)


class Bare(EmbeddedChannel):
    """An embedded channel that treats what is left over as a real one does."""

    unhandled_error = Channel.unhandled_error


class Speaker(ChannelHandler[Any]):
    """Speaks a protocol: its farewell is the blame's name."""

    def say_farewell(self, ctx: Any, blame: Blame) -> None:
        """Writes it."""
        ctx.write_and_flush(blame.name)


class Speechless(ChannelHandler[Any]):
    """Fails while it says farewell."""

    def say_farewell(self, ctx: Any, blame: Blame) -> None:
        """Raises."""
        raise OSError("no voice")


def fails(error: Exception, *handlers: Any, closes: bool = True) -> Bare:
    """A channel of *handlers* whose last one has raised *error*."""
    channel = Bare(*handlers)
    channel.config.close_on_error = closes
    channel.pipeline().fire_exception_caught(error)
    channel.run_pending_tasks()
    return channel


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("a bug"), ["OURS"]),
        (ConnectionResetError("of a database"), ["OURS"]),
        (CorruptedFrameError("no JSON"), ["WRONG"]),
        (TooLongFrameError(9, 5), ["TOO_LONG"]),
        (PrematureCloseError("left"), []),
        (SslError("no TLS"), []),
        (ReadTimeoutError(1.0), []),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_peer_is_told_whose_the_error_is_and_nothing_else(error: Exception, said: list[str]) -> None:
    """One that has left, or takes nothing, is told nothing."""
    channel = fails(error, Speaker())
    assert said == channel.outbound_messages()
    assert not channel.is_open


def test_a_bug_of_a_decoder_is_ours() -> None:
    """The peer's bytes cause no AttributeError."""
    error = DecoderError("decode failed")
    error.__cause__ = AttributeError("x")
    assert ["OURS"] == fails(error, Speaker()).outbound_messages()


def test_what_the_network_says_needs_no_farewell() -> None:
    """A reset is the end already."""
    channel = Bare(Speaker())
    error = ConnectionResetError()
    blame_peer(error, channel)
    channel.pipeline().fire_exception_caught(error)
    assert [] == channel.outbound_messages()


def test_the_protocol_nearest_to_the_tail_speaks() -> None:
    """Those nearer the network carry it: WebSocket over HTTP, anything over TLS."""
    assert ["OURS"] == fails(KeyError(), Speechless(), Speaker()).outbound_messages()
    assert [] == fails(KeyError(), ChannelHandler()).outbound_messages()


def test_a_farewell_that_fails_is_logged_and_the_channel_closes(caplog: pytest.LogCaptureFixture) -> None:
    """The first error stays the cause."""
    caplog.set_level(logging.ERROR)
    error = KeyError("first")
    channel = fails(error, Speaker(), Speechless())
    assert not channel.is_open
    assert error is channel.close_cause
    assert any(
        "farewell of Speechless#0 raised OSError('no voice') after KeyError('first')" in each.getMessage() for each in caplog.records
    )


def test_who_keeps_the_channel_open_says_no_farewell() -> None:
    """CLOSE_ON_ERROR off: the program answers for itself."""
    channel = fails(KeyError(), Speaker(), closes=False)
    assert channel.is_open
    assert [] == channel.outbound_messages()
