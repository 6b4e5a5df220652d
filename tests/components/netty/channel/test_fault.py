"""Whose fault an error is: judged by where it came from; and what the log says of it."""

import asyncio
import errno
import logging
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.channel import Channel, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.fault import (
    blame_peer,
    blame_us,
    flush_faults,
    is_fault_of_peer,
    log_of,
    note,
    tell_error,
    tell_fault,
    tell_peer,
)
from pyboot.components.netty.errors import (
    ClosedChannelError,
    ConnectTimeoutError,
    DecoderError,
    EncoderError,
    OutboundOverflowError,
    PrematureCloseError,
    ReadTimeoutError,
    SslHandshakeError,
    SslHandshakeTimeoutError,
    TooLongFrameError,
    WriteStallError,
)

# What a database, a cache or a file says that is not there: raised in a handler they are ours, told by the transport the peer's.
OF_A_DATABASE = [
    ConnectionError("no database"),
    ConnectionRefusedError(errno.ECONNREFUSED, "refused"),
    ConnectionResetError(errno.ECONNRESET, "reset"),
    BrokenPipeError(errno.EPIPE, "pipe"),
    TimeoutError(),
    TimeoutError(errno.ETIMEDOUT, "timed out"),
    OSError(errno.EHOSTUNREACH, "no route"),
    OSError(errno.ENETUNREACH, "no network"),
    FileNotFoundError(errno.ENOENT, "no file"),
]
OF_THE_PEER = [
    TooLongFrameError(70000, 65536),
    PrematureCloseError("in the middle"),
    SslHandshakeError("no shared cipher"),
    SslHandshakeTimeoutError(10.0),
    ReadTimeoutError(5.0),
    WriteStallError(100, 60.0),
    OutboundOverflowError(1, 2, 3),
]


class Bare(EmbeddedChannel):
    """An embedded channel that treats what is left over as a real one does."""

    unhandled_error = Channel.unhandled_error


def fresh(error: Exception) -> Exception:
    """An error as if it had never been seen."""
    error.__dict__.pop("_pyboot_origin", None)
    return error


def named(error: Exception) -> str:
    return f"{type(error).__name__}{getattr(error, 'errno', None) or ''}"


class Fails(ChannelHandler[Any]):
    """Raises *error* in *callback*, plain or after a suspension."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        raise self.error


class FailsInCoroutine(Fails):
    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:  # type: ignore[override]  # as users write it
        await asyncio.sleep(0)
        raise self.error


class FailsInEvent(Fails):
    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        raise self.error

    channel_read = ChannelHandler.channel_read  # type: ignore[assignment]


class FailsInWrite(Fails):
    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
        raise self.error

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.channel.write(msg)


class FiresOn(Fails):
    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.fire_exception_caught(self.error)  # type: ignore[arg-type]


HANDLERS: list[Callable[[BaseException], Fails]] = [Fails, FailsInCoroutine, FailsInEvent, FailsInWrite, FiresOn]


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("error", OF_A_DATABASE, ids=named)
def test_a_handlers_own_error_is_ours_whatever_its_type(handler: Any, error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """A database that is down: ERROR with a traceback, and the channel is closed by the rule."""
    caplog.set_level(logging.DEBUG)
    channel = Bare(handler(fresh(error)))
    channel.write_inbound(b"x")
    channel.run_pending_tasks()
    assert not channel.is_open
    assert [("ERROR", error)] == [(r.levelname, r.exc_info[1]) for r in caplog.records if r.exc_info]


@pytest.mark.parametrize("error", OF_A_DATABASE[:-1], ids=named)
def test_what_the_transport_tells_is_the_peers_whatever_its_type(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """EHOSTUNREACH, ETIMEDOUT, a reset: no traceback, no ERROR."""
    caplog.set_level(logging.DEBUG)
    channel = Bare()
    channel.lose(fresh(error))
    (record,) = [record for record in caplog.records if record.name.endswith("fault")]
    assert record.exc_info is None
    assert record.levelno == (logging.DEBUG if isinstance(error, ConnectionError) else logging.INFO)


@pytest.mark.parametrize("handler", [Fails, FailsInCoroutine, FiresOn])
@pytest.mark.parametrize("error", OF_THE_PEER, ids=named)
def test_bad_bytes_and_slowness_are_the_peers(handler: Any, error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """A warning without a traceback; a handshake that is not over in time among them."""
    caplog.set_level(logging.DEBUG)
    channel = Bare(handler(fresh(error)))
    channel.write_inbound(b"x")
    channel.run_pending_tasks()
    (record,) = [record for record in caplog.records if record.name.endswith("fault")]
    assert (logging.WARNING, None) == (record.levelno, record.exc_info)
    assert str(error) in record.getMessage()


@pytest.mark.parametrize("cause", [OSError("disk"), TimeoutError(), AttributeError("bug"), AssertionError(), NameError("bug")])
def test_a_decoders_bug_is_not_the_peers(cause: Exception) -> None:
    """Whatever bytes come, they do not take a database away."""
    error = DecoderError("decode() raised")
    error.__cause__ = cause
    assert not is_fault_of_peer(error, EmbeddedChannel())
    error.__cause__ = ValueError("int()")
    assert is_fault_of_peer(error, EmbeddedChannel())


def test_an_encoders_error_is_ours() -> None:
    """No peer writes our messages."""
    assert not is_fault_of_peer(EncoderError("bug"), EmbeddedChannel())


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(errno.ECONNRESET, "reset"),
        TooLongFrameError(2, 1),
        ReadTimeoutError(1.0),
        SslHandshakeError("no"),
        ConnectTimeoutError("there", 1.0),
    ],
    ids=named,
)
def test_what_befell_a_connection_that_we_opened_is_ours_in_other_channels(error: Exception) -> None:
    """A backend that sends rubbish or is silent, awaited in the handler of a client's request."""
    backend, frontend = EmbeddedChannel(), EmbeddedChannel()
    blame_peer(fresh(error), backend)
    note(error, frontend)
    assert is_fault_of_peer(error, backend)
    assert not is_fault_of_peer(error, frontend)


def test_what_the_peer_of_an_accepted_connection_did_stays_his() -> None:
    """A proxy writes to a client that has left, in the handler of the backend's channel."""
    frontend, backend = EmbeddedChannel(), EmbeddedChannel()
    frontend.parent = EmbeddedChannel()
    frontend.lose(None)
    assert is_fault_of_peer(frontend.closed_error(), backend)
    assert not is_fault_of_peer(backend.closed_error(), frontend)


def test_a_write_to_the_own_channel_that_has_closed_is_no_bug(caplog: pytest.LogCaptureFixture) -> None:
    """An awaited write of a coroutine handler raises it whenever a client leaves."""
    channel = Bare()
    assert is_fault_of_peer(channel.closed_error(), channel)


def test_an_error_that_only_looks_like_the_peers_can_be_taken_over() -> None:
    """The lookup of a certificate that fails ends a handshake, and is our own."""
    channel = EmbeddedChannel()
    error = SslHandshakeError("no context could be had")
    blame_us(error, channel)
    assert not is_fault_of_peer(error, channel)


def test_a_bug_that_the_loop_tells_of_is_ours() -> None:
    """A transport that breaks by itself raises no OSError."""
    channel, error = EmbeddedChannel(), ValueError("bug")
    blame_peer(error, channel)
    assert not is_fault_of_peer(error, channel)


def test_a_group_is_the_peers_if_all_its_errors_are(caplog: pytest.LogCaptureFixture) -> None:
    """A TaskGroup of writes when the client leaves; one bug among them is told."""
    channel = Bare()
    left = ExceptionGroup("writes", [channel.closed_error(), ClosedChannelError("x"), ExceptionGroup("", [TooLongFrameError(2, 1)])])
    assert is_fault_of_peer(left, channel)
    assert not is_fault_of_peer(ExceptionGroup("mixed", [channel.closed_error(), ConnectionError("no database")]), channel)
    tell_error(channel, left)
    assert [] == [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_exception_caught_that_raises_the_peers_error_again_is_no_bug(caplog: pytest.LogCaptureFixture) -> None:
    """And any other error there is told with both."""

    class Again(ChannelHandler[Any]):
        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            raise error

    Bare(Again()).lose(ConnectionResetError(errno.ECONNRESET, "reset"))
    assert [] == [record for record in caplog.records if record.levelno >= logging.ERROR]
    Bare(Again()).pipeline().fire_exception_caught(ConnectionResetError(errno.ECONNRESET, "database"))
    assert 1 == len([record for record in caplog.records if record.levelno >= logging.ERROR])


def test_thousands_of_the_same_bug_are_ten_tracebacks_and_a_count(caplog: pytest.LogCaptureFixture) -> None:
    """The count is written when the window ends."""
    channel = Bare()
    channel.config.close_on_error = False
    channel.pipeline().add_last(Fails(ConnectionError("no database")))
    for _ in range(3000):
        channel.write_inbound(b"x")
    assert [True] * 10 == [record.exc_info is not None for record in caplog.records]
    channel.advance_time(10)
    assert caplog.messages[10].startswith("2990 more of ConnectionError at ")
    assert 11 == len(caplog.records)


def test_the_peers_of_one_server_share_a_line(caplog: pytest.LogCaptureFixture) -> None:
    """And the count says which server it was."""
    server = EmbeddedChannel()
    loop = server.loop
    for _ in range(1000):
        channel = Bare(Fails(TooLongFrameError(70000, 65536)), loop=loop)
        channel.parent = server
        tell_error(channel, TooLongFrameError(70000, 65536))
    tell_peer(channel, "of another kind", "something else")
    flush_faults(server, object())
    assert [True, True, True] == [
        "TooLongFrameError: frame of 70000 bytes, limit 65536" in caplog.messages[0],
        "something else" in caplog.messages[1],
        caplog.messages[2].startswith("999 more of TooLongFrameError in 10 s, at embedded; the last: "),
    ]
    assert 3 == len(caplog.records)


def test_a_fault_may_say_more(caplog: pytest.LogCaptureFixture) -> None:
    """What happened, beside the error."""
    tell_fault(EmbeddedChannel(), "the handlers could not be made", KeyError("x"))
    assert caplog.messages[0].endswith(": the handlers could not be made")
    assert caplog.records[0].exc_info


def test_a_limit_that_was_passed_is_told_by_the_name_of_its_setting(caplog: pytest.LogCaptureFixture) -> None:
    """In the log and in the counts, as what is cut off."""
    channel = Bare(Fails(OutboundOverflowError(100, 200, 250)))
    with caplog.at_level(logging.WARNING, "pyboot.components.netty"):
        channel.write_inbound(b"x")

    assert {"write-buffer-limit": 1} == dict(log_of(channel).counts)
    assert "write-buffer-limit: write of 200 bytes with 100 pending, limit 250: " in caplog.text
