"""Socket options: set, read back, refused, warned about."""

import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from pyboot.components.netty import ChannelOption
from pyboot.components.netty.transport import socket_options
from pyboot.components.netty.transport.socket_options import check_option, get_socket_option, set_socket_option, set_socket_options


@pytest.fixture(autouse=True)
def nothing_warned_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test hears every warning."""
    monkeypatch.setattr(socket_options, "_warned", set())


@pytest.fixture(params=[socket.AF_INET, socket.AF_INET6], ids=["ipv4", "ipv6"])
def sock(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    """A TCP socket of either family."""
    with socket.socket(request.param) as opened:
        yield opened


@pytest.mark.parametrize(
    ("option", "value"),
    [
        (ChannelOption.SO_REUSEADDR, True),
        (ChannelOption.SO_KEEPALIVE, True),
        (ChannelOption.SO_LINGER, 0),
        (ChannelOption.SO_LINGER, 7),
        (ChannelOption.SO_LINGER, -1),
        (ChannelOption.TCP_NODELAY, True),
        (ChannelOption.TCP_NODELAY, False),
        (ChannelOption.TCP_KEEPIDLE, 60),
        (ChannelOption.TCP_KEEPINTVL, 10),
        (ChannelOption.TCP_KEEPCNT, 3),
        (ChannelOption.TCP_USER_TIMEOUT, 10_000),
        (ChannelOption.TCP_NOTSENT_LOWAT, 16_384),
        (ChannelOption.IP_TOS, 0x10),
        (ChannelOption.socket_option("IPPROTO_TCP", "TCP_SYNCNT"), 4),
        (ChannelOption.socket_option("SOL_SOCKET", "SO_KEEPALIVE", bool), True),
    ],
    ids=str,
)
def test_what_was_set_reads_back(sock: socket.socket, option: ChannelOption[Any], value: object) -> None:
    """With its own type."""
    assert set_socket_option(sock, option, value)

    read = get_socket_option(sock, option)
    assert (value, type(value)) == (read, type(read))


def test_buffer_sizes_read_back_as_the_system_has_them(sock: socket.socket) -> None:
    """Linux doubles them for its own needs (socket(7))."""
    set_socket_options(sock, {ChannelOption.SO_SNDBUF: 16_384, ChannelOption.SO_RCVBUF: 8_192})

    assert get_socket_option(sock, ChannelOption.SO_SNDBUF) >= 16_384
    assert get_socket_option(sock, ChannelOption.SO_RCVBUF) >= 8_192


def test_an_option_that_the_platform_lacks_is_warned_about_once(sock: socket.socket, caplog: pytest.LogCaptureFixture) -> None:
    """Not once a connection."""
    absent = ChannelOption.socket_option("IPPROTO_TCP", "TCP_OF_MARS")

    assert not set_socket_option(sock, absent, 1)
    assert not set_socket_option(sock, absent, 1)

    assert get_socket_option(sock, absent) is None
    assert ["TCP_OF_MARS is not known on this platform and was left out"] == [record.getMessage() for record in caplog.records]


def test_an_option_that_the_system_refuses_is_warned_about_once(caplog: pytest.LogCaptureFixture) -> None:
    """A datagram socket has no TCP options."""
    with socket.socket(socket.AF_UNIX) as sock:
        assert not set_socket_option(sock, ChannelOption.TCP_NODELAY, True)
        assert not set_socket_option(sock, ChannelOption.TCP_NODELAY, True)

    assert 1 == len(caplog.records)
    assert "TCP_NODELAY=True was refused by the operating system" in caplog.text


def test_a_rule_of_the_framework_is_no_socket_option(sock: socket.socket, caplog: pytest.LogCaptureFixture) -> None:
    """It is passed over in silence: somebody else knows it."""
    caplog.set_level(logging.DEBUG)

    assert not set_socket_option(sock, ChannelOption.SO_BACKLOG, 7)

    assert get_socket_option(sock, ChannelOption.SO_BACKLOG) is None
    assert "" == caplog.text


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        (ChannelOption.TCP_NODELAY, "yes", "TCP_NODELAY='yes': allowed is True or False"),
        (ChannelOption.SO_SNDBUF, -1, "SO_SNDBUF=-1: allowed is an integer of at least 0"),
        (ChannelOption.SO_RCVBUF, 1.5, "SO_RCVBUF=1.5: allowed is an integer of at least 0"),
        (ChannelOption.SO_BACKLOG, "many", "SO_BACKLOG='many': allowed is an integer of at least 0"),
        (ChannelOption.MAX_CONNECTIONS, -1, "MAX_CONNECTIONS=-1: allowed is an integer of at least 0"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_before_there_is_a_socket(option: ChannelOption[Any], value: object, said: str) -> None:
    """With what was seen and what is allowed."""
    with pytest.raises(ValueError, match=said):
        check_option(option, value)


def test_an_option_that_nothing_knows_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    """Never accepted in silence."""
    check_option(ChannelOption("WRITE_SPIN_COUNT", 16), 16)

    assert "ChannelOption.WRITE_SPIN_COUNT is not known and was left out" in caplog.text
