"""Why a connection has ended, in one word: of any cause exactly one, and what was cut off tells its own, once, whoever hears of it."""

import errno
import logging
from typing import Any

import pytest

from pyboot.components.netty.channel import Channel, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.close_reason import CloseReason, RefusalReason, close_reason_of
from pyboot.components.netty.channel.fault import blame_peer, cut_off, is_cut_off, log_of
from pyboot.components.netty.errors import (
    ClosedChannelError,
    CorruptedFrameError,
    OutboundOverflowError,
    ReadTimeoutError,
    SslHandshakeError,
    SslHandshakeTimeoutError,
    TooLongFrameError,
    WriteStallError,
    WriteTimeoutError,
)


class Bare(EmbeddedChannel):
    """An embedded channel that treats what is left over as a real one does."""

    unhandled_error = Channel.unhandled_error


class Fails(ChannelHandler[Any]):
    """Raises what it is sent."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        raise msg


@pytest.mark.parametrize(
    ("raised", "reason"),
    [
        (TooLongFrameError(9, 8), "frame-too-long"),
        (CorruptedFrameError("no"), "protocol-error"),
        (SslHandshakeError("no cipher"), "tls-error"),
        (SslHandshakeTimeoutError(10.0), "handshake-timeout"),
        (WriteStallError(1, 60.0), "write-stall-timeout"),
        (WriteTimeoutError(1.0), "write-timeout"),
        (ReadTimeoutError(1.0), "read-timeout"),
        (OutboundOverflowError(1, 2, 3), "write-buffer-limit"),
        (ValueError("a bug"), "handler-error"),
        (ConnectionResetError(errno.ECONNRESET, "of a database"), "handler-error"),
    ],
    ids=lambda each: each if isinstance(each, str) else type(each).__name__,
)
def test_an_error_that_no_handler_caught_gives_the_reason(raised: Exception, reason: str) -> None:
    """By its class; what only looks like the network's is the handler's."""
    channel = Bare(Fails())
    channel.write_inbound(raised)

    assert not channel.is_open
    assert reason == close_reason_of(channel)


@pytest.mark.parametrize(
    ("lost_by", "reason"),
    [
        (ConnectionResetError(errno.ECONNRESET, "reset"), "peer-reset"),
        (BrokenPipeError(errno.EPIPE, "pipe"), "peer-reset"),
        (TimeoutError(errno.ETIMEDOUT, "unanswered probes"), "peer-lost"),
        (OSError(errno.EHOSTUNREACH, "no route"), "peer-lost"),
    ],
)
def test_the_loss_of_a_connection_gives_the_reason(lost_by: OSError, reason: str) -> None:
    """What the transport tells is the peer's, or the network's."""
    channel = Bare()
    channel.closing.lost(lost_by)

    assert reason == close_reason_of(channel)


def test_who_closes_decides_where_nothing_went_wrong() -> None:
    """In order, at once, or the peer."""
    closed, aborted, left = Bare(), Bare(), Bare()
    closed.close()
    aborted.abort()
    left.close_cause = ClosedChannelError("the peer has closed the connection")
    left.close()

    assert ["closed", "aborted", "peer-closed"] == [close_reason_of(each) for each in (closed, aborted, left)]


def test_an_attempt_that_failed_is_no_fault_of_a_handler() -> None:
    """Nobody was ever connected."""
    channel = Bare(active=False)
    channel.close_cause = ConnectionRefusedError(errno.ECONNREFUSED, "refused")

    assert CloseReason.CONNECT_FAILED is close_reason_of(channel)


def test_what_was_cut_off_is_told_and_counted_once_whatever_handlers_do_with_the_error(caplog: pytest.LogCaptureFixture) -> None:
    """The line names the reason; that the same error reaches the end of the pipeline is no news."""
    channel = Bare()
    error = ReadTimeoutError(3.0, "nothing has come for 3.0 s")
    with caplog.at_level(logging.DEBUG, "pyboot.components.netty"):
        cut_off(channel, CloseReason.FIRST_BYTE_TIMEOUT, error)
        channel.pipeline().fire_exception_caught(error)

    assert is_cut_off(channel)
    assert CloseReason.FIRST_BYTE_TIMEOUT is close_reason_of(channel)
    assert [f"{channel!r}".split(" ", 2)[1]] == [channel.id]
    assert ["first-byte-timeout: nothing has come for 3.0 s: closing"] == [record.message.partition(">: ")[2] for record in caplog.records]
    assert {"first-byte-timeout": 1} == dict(log_of(channel).counts)


def test_a_group_of_errors_gives_the_reason_of_a_handler() -> None:
    """Nothing that is raised is without one."""
    channel = Bare(Fails())
    channel.write_inbound(ExceptionGroup("several", [ValueError("a"), KeyError("b")]))

    assert CloseReason.HANDLER_ERROR is close_reason_of(channel)


def test_reasons_are_words_that_metrics_take() -> None:
    """Lower case and dashes, each once, none of both lists but what is meant by the same."""
    for reasons in (CloseReason, RefusalReason):
        names = [each.value for each in reasons]
        assert sorted(set(names)) == sorted(names)
        assert all(name.replace("-", "").isalpha() and name.islower() for name in names)


def test_the_blame_of_a_cut_off_is_the_peers() -> None:
    """Also where the error is of a class that says nothing of it."""
    channel = Bare()
    error = ClosedChannelError("refused")
    cut_off(channel, CloseReason.ADDRESS_FILTER, error)
    blame_peer(error, channel)

    assert CloseReason.ADDRESS_FILTER is close_reason_of(channel)
