"""The messages of SOCKS: answers to requests."""

import errno
import socket

import pytest

from pyboot.components.netty.errors import ConnectTimeoutError
from pyboot.components.netty.wire.socks.kinds import Socks4CommandStatus, Socks5CommandStatus, SocksCommand
from pyboot.components.netty.wire.socks.message import (
    Socks4CommandRequest,
    Socks4CommandResponse,
    Socks5CommandRequest,
    Socks5CommandResponse,
    Socks5PasswordAuthRequest,
    Socks5PasswordAuthResponse,
)

REQUEST = Socks5CommandRequest(SocksCommand.CONNECT, "example.com", 443)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, Socks5CommandStatus.FAILURE),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), Socks5CommandStatus.CONNECTION_REFUSED),
        (OSError(errno.ENETUNREACH, "no net"), Socks5CommandStatus.NETWORK_UNREACHABLE),
        (OSError(errno.EHOSTUNREACH, "no host"), Socks5CommandStatus.HOST_UNREACHABLE),
        (socket.gaierror(socket.EAI_NONAME, "no name"), Socks5CommandStatus.HOST_UNREACHABLE),
        (PermissionError("not you"), Socks5CommandStatus.FORBIDDEN),
        (ConnectTimeoutError(("a", 1), 3.0), Socks5CommandStatus.TTL_EXPIRED),
        (ValueError("ours"), Socks5CommandStatus.FAILURE),
    ],
)
def test_version_5_tells_why(error: BaseException | None, status: Socks5CommandStatus) -> None:
    """By the error that the system gave."""
    assert Socks5CommandResponse(status) == REQUEST.refused(error)
    assert not REQUEST.refused(error).is_success


def test_version_4_has_no_word_for_it() -> None:
    """It was rejected, or failed."""
    request = Socks4CommandRequest(SocksCommand.CONNECT, "10.0.0.1", 80)

    assert Socks4CommandResponse(Socks4CommandStatus.REJECTED_OR_FAILED) == request.refused(ConnectionRefusedError())
    assert request.accepted("10.0.0.9", 7) == Socks4CommandResponse(Socks4CommandStatus.SUCCESS, "10.0.0.9", 7)
    assert "0.0.0.0" == request.accepted("::1", 7).host  # no address is bound
    assert request.accepted().is_success


def test_answers_say_whether_they_are_good() -> None:
    """Any number but 0 says no."""
    assert [True, False, False] == [Socks5PasswordAuthResponse(status).is_success for status in (0, 1, 255)]
    assert REQUEST.accepted().is_success


def test_a_password_is_not_shown() -> None:
    """Whoever prints the message."""
    message = Socks5PasswordAuthRequest("me", "hunter2")
    assert "hunter2" not in f"{message!r} {message}"
    assert "me" in repr(message)
