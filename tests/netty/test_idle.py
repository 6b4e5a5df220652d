"""Silent peers, on a clock that is turned."""

import logging
from typing import Any

import pytest

from pyboot.components.netty import ByteBuffer, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.netty.idle import IdleCloser
from pyboot.netty.properties import IdleProperties


class Polite(ChannelHandler[Any]):
    """Says goodbye to a silent peer."""

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        """The one event there is."""
        ctx.write_and_flush(b"bye")


def watched(*handlers: ChannelHandler[Any], **idle: str) -> EmbeddedChannel:
    """A connection under the settings *idle*."""
    return EmbeddedChannel(IdleCloser(IdleProperties.model_validate(idle)), *handlers)


@pytest.mark.parametrize("kind", ["reader", "writer", "all"])
def test_the_connection_of_a_silent_peer_is_closed(kind: str) -> None:
    """When the time is over, and not before."""
    channel = watched(**{kind: "10s"})

    channel.advance_time(9)
    assert channel.is_open

    channel.advance_time(1)
    assert not channel.is_open


def test_a_peer_that_speaks_is_left_alone() -> None:
    """The time counts from the last read."""
    channel = watched(reader="10s")

    channel.advance_time(9)
    channel.write_inbound(ByteBuffer(b"x"))
    channel.advance_time(9)

    assert channel.is_open


def test_nothing_set_means_never() -> None:
    """A peer may be silent for a day."""
    channel = watched()

    channel.advance_time(24 * 60 * 60)

    assert channel.is_open


def test_handlers_hear_of_it_first() -> None:
    """What they flush then is delivered before the end."""
    channel = watched(Polite(), all="10s")

    channel.advance_time(10)

    assert (b"bye", False) == (channel.read_outbound(), channel.is_open)


def test_a_line_says_why(caplog: pytest.LogCaptureFixture) -> None:
    """One for each reason and ten seconds: one for each connection would be too many (`channel.fault`)."""
    channel = watched(reader="10s")

    with caplog.at_level(logging.INFO):
        channel.advance_time(10)

    assert [(logging.INFO, True)] == [(record.levelno, record.message.endswith("idle: reader idle: closing")) for record in caplog.records]
