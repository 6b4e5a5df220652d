"""SocksServerHandler: the conversation of a server, in memory."""

import asyncio
import logging
from typing import Any

import pytest

from pyboot.components.netty.channel.close_reason import CloseReason, close_reason_of
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.socks.server import SocksServerHandler
from pyboot.components.netty.errors import CorruptedFrameError, NettyError, UnsupportedMessageError
from pyboot.components.netty.wire.socks.kinds import SocksCommand
from pyboot.components.netty.wire.socks.message import Socks4CommandRequest, Socks5CommandRequest, Socks5CommandResponse

OPEN = b"\x05\x01\x00"
REQUEST = b"\x05\x01\x00\x03\x0bexample.com\x01\xbb"
ASKED = Socks5CommandRequest(SocksCommand.CONNECT, "example.com", 443)
PASSWORD = b"\x01\x02me\x03you"
YES = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"


def is_me(user: str, password: str) -> bool:
    """The only one who is known."""
    return (user, password) == ("me", "you")


def test_version_5_at_every_cut() -> None:
    """Methods, request, answer; then bytes are the client's own."""
    stream = OPEN + REQUEST
    for cut in range(len(stream) + 1):
        channel = EmbeddedChannel(SocksServerHandler())
        for piece in (stream[:cut], stream[cut:]):
            channel.write_inbound(piece)
        assert [ASKED] == channel.inbound_messages()
        assert b"\x05\x00" == channel.outbound_bytes()
        channel.write_outbound(channel.read_inbound().accepted("10.0.0.9", 7))
        assert b"\x05\x00\x00\x01\x0a\x00\x00\x09\x00\x07" == channel.outbound_bytes()
        assert channel.pipeline().find(SocksServerHandler) is None
        channel.write_inbound(b"hello")
        assert b"hello" == bytes(channel.read_inbound())


def test_version_4() -> None:
    """One message, one answer."""
    channel = EmbeddedChannel(SocksServerHandler())
    channel.write_inbound(b"\x04\x01\x00\x50\0\0\0\x01fred\0example.com\0")
    request = channel.read_inbound()
    assert Socks4CommandRequest(SocksCommand.CONNECT, "example.com", 80, "fred") == request
    channel.write_outbound(request.accepted())
    assert b"\x00\x5a\x00\x00\x00\x00\x00\x00" == channel.outbound_bytes()


def test_a_client_that_does_not_wait_is_not_read_before_its_answer() -> None:
    """What has come behind the request comes behind the answer; nothing more is read until then."""
    channel = EmbeddedChannel(SocksServerHandler())
    channel.write_inbound(OPEN + REQUEST + b"early")
    assert not channel.is_reading
    assert [ASKED] == channel.inbound_messages()
    channel.write_outbound(channel.read_inbound().accepted())
    assert channel.is_reading
    assert [b"early"] == [bytes(each) for each in channel.inbound_messages()]


def test_an_answer_that_is_no_success_ends_the_connection() -> None:
    """With the reason, in the words of the version."""
    channel = EmbeddedChannel(SocksServerHandler())
    channel.write_inbound(OPEN + REQUEST + b"early")
    channel.write_outbound(ASKED.refused(ConnectionRefusedError(111, "refused")))
    assert b"\x05\x00\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00" == channel.outbound_bytes()
    assert not channel.is_open
    assert [ASKED] == channel.inbound_messages()


def test_bind_has_two_answers() -> None:
    """Where it listens, and who has come."""
    channel = EmbeddedChannel(SocksServerHandler())
    channel.write_inbound(OPEN + b"\x05\x02\x00\x01\x0a\x00\x00\x01\x00\x50")
    request = channel.read_inbound()
    channel.write_outbound(request.accepted("10.0.0.9", 7))
    assert channel.pipeline().find(SocksServerHandler) is not None
    channel.write_outbound(request.accepted("10.0.0.1", 80))
    assert channel.pipeline().find(SocksServerHandler) is None


def test_bytes_before_the_answer_are_refused() -> None:
    """The client would read them as one."""
    channel = EmbeddedChannel(SocksServerHandler())
    for _ in range(2):
        with pytest.raises(UnsupportedMessageError):
            channel.write_outbound(b"hello")
        channel.write_inbound(OPEN + REQUEST)


def test_passwords() -> None:
    """A plain function; whoever is not known is told so, and cut off."""
    for password, is_good in (PASSWORD, True), (b"\x01\x02me\x04them", False):
        channel = EmbeddedChannel(SocksServerHandler(is_me))
        channel.write_inbound(b"\x05\x02\x00\x02" + password + REQUEST)
        assert b"\x05\x02\x01" + (b"\x00" if is_good else b"\x01") == channel.outbound_bytes()
        assert channel.is_open is is_good
        assert ([ASKED] if is_good else []) == channel.inbound_messages()


async def test_passwords_may_be_asked_for_elsewhere() -> None:
    """A coroutine function; nothing is read meanwhile, and what has come waits."""
    asked = asyncio.Event()
    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def ask(user: str, password: str) -> bool:
        asked.set()
        return await answer

    channel = EmbeddedChannel(SocksServerHandler(ask), loop=asyncio.get_running_loop())
    channel.write_inbound(b"\x05\x01\x02" + PASSWORD + REQUEST)
    await asked.wait()
    assert ([], False) == (channel.inbound_messages(), channel.is_reading)
    answer.set_result(True)
    async with asyncio.timeout(20):
        while not channel.inbound_messages():  # noqa: ASYNC110  # the turns of a task that nobody else can wait for
            await asyncio.sleep(0)
    assert b"\x05\x02\x01\x00" == channel.outbound_bytes()
    await channel.close()


def test_a_function_that_fails_lets_nobody_in(caplog: pytest.LogCaptureFixture) -> None:
    """Nor does one that says anything but True."""

    def broken(user: str, password: str) -> bool:
        raise RuntimeError("the database is down")

    for authenticate in (broken, lambda user, password: 1):
        with caplog.at_level(logging.ERROR):
            channel = EmbeddedChannel(SocksServerHandler(authenticate))  # type: ignore[arg-type]  # on purpose
            channel.write_inbound(b"\x05\x01\x02" + PASSWORD)
        assert (b"\x05\x02\x01\x01", False) == (channel.outbound_bytes(), channel.is_open)
    assert "the database is down" in caplog.text
    assert "you" not in caplog.text.replace("your", "")


@pytest.mark.parametrize(
    ("handler", "sent", "answer"),
    [
        (lambda: SocksServerHandler(is_me), OPEN, b"\x05\xff"),
        (lambda: SocksServerHandler(), b"\x05\x01\x02", b"\x05\xff"),
        (lambda: SocksServerHandler(versions=(4,)), OPEN, b"\x05\xff"),
        (lambda: SocksServerHandler(versions=(5,)), b"\x04\x01\x00\x50\x0a\x00\x00\x01\0", b"\x00\x5b\x00\x00\x00\x00\x00\x00"),
        (lambda: SocksServerHandler(is_me), b"\x04\x01\x00\x50\x0a\x00\x00\x01me\0", b"\x00\x5b\x00\x00\x00\x00\x00\x00"),
    ],
)
def test_what_is_not_spoken_is_refused(handler: Any, sent: bytes, answer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """In the words of the version, and in the log."""
    channel = EmbeddedChannel(handler())
    channel.write_inbound(sent)
    assert (answer, False, []) == (channel.outbound_bytes(), channel.is_open, channel.inbound_messages())
    assert "refused: " in caplog.text


def test_what_is_no_socks_is_an_error() -> None:
    """Which ends the connection, as it does by default."""
    channel = EmbeddedChannel(SocksServerHandler())
    with pytest.raises(CorruptedFrameError, match="SOCKS version 71, allowed is 4 and 5"):
        channel.write_inbound(b"GET / HTTP/1.1")
    assert issubclass(CorruptedFrameError, NettyError)


def test_a_request_has_its_time() -> None:
    """The answer has any."""
    for sent in (b"", OPEN, OPEN + REQUEST[:-1]):
        channel = EmbeddedChannel(SocksServerHandler(timeout_seconds=3))
        channel.write_inbound(sent)
        channel.advance_time(2.9)
        assert channel.is_open
        channel.advance_time(0.2)
        assert (False, CloseReason.HANDSHAKE_TIMEOUT) == (channel.is_open, close_reason_of(channel))
    channel = EmbeddedChannel(SocksServerHandler(timeout_seconds=3))
    channel.write_inbound(OPEN + REQUEST)
    channel.advance_time(60)
    assert channel.is_open


def test_taken_out_it_hands_over_what_it_has() -> None:
    """And reading goes on."""
    channel = EmbeddedChannel(SocksServerHandler())
    channel.write_inbound(OPEN + REQUEST + b"early")
    channel.pipeline().remove(SocksServerHandler)
    assert [b"early"] == [bytes(each) for each in channel.inbound_messages()[1:]]
    assert channel.is_reading


def test_what_cannot_be_is_refused() -> None:
    """Where it is written."""
    for wrong in ({"versions": (6,)}, {"versions": ()}, {"authenticate": is_me, "versions": (4,)}):
        with pytest.raises(ValueError, match=r"."):
            SocksServerHandler(**wrong)  # type: ignore[arg-type]  # on purpose
    assert YES[:2] == bytes((5, Socks5CommandResponse(0).status))
