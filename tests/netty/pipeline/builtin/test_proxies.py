"""The built-in codecs of proxies, by their bytes."""

import pytest

from pyboot.components.netty import EmbeddedChannel
from pyboot.components.netty.wire.haproxy.message import HAProxyMessage
from pyboot.components.netty.wire.socks.kinds import SocksCommand
from pyboot.components.netty.wire.socks.message import Socks5CommandRequest
from pyboot.netty.errors import AssemblyError
from pyboot.netty.pipeline.registry import CodecRegistry


def test_haproxy_reads_and_writes_headers() -> None:
    """By its name, with its options."""
    channel = EmbeddedChannel(*CodecRegistry().codec("haproxy", {"max-header": "256B", "checksum": True}).handlers())
    channel.write_inbound(
        b"\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a\x21\x11\x00\x0c\xcb\x00\x71\x07\x0a\x00\x00\x01\xdc\x04\x01\xbb"
    )
    header = channel.read_inbound()
    assert isinstance(header, HAProxyMessage)
    channel.write_outbound(header)
    assert b"\x21\x11\x00\x13" == channel.outbound_bytes()[12:16]


def is_me(user: str, password: str) -> bool:
    """The one who is known."""
    return (user, password) == ("me", "you")


def test_socks_server_asks_for_a_password() -> None:
    """By its name; with a function of the application."""
    options = {"authenticate": f"{__name__}.is_me", "versions": [5], "timeout": "3s"}
    channel = EmbeddedChannel(*CodecRegistry().codec("socks-server", options).handlers())
    channel.write_inbound(b"\x05\x01\x02\x01\x02me\x03you\x05\x01\x00\x01\x0a\x00\x00\x01\x01\xbb")

    assert Socks5CommandRequest(SocksCommand.CONNECT, "10.0.0.1", 443) == channel.read_inbound()
    assert b"\x05\x02\x01\x00" == channel.outbound_bytes()


def unified(**options: object) -> EmbeddedChannel:
    """A channel of two protocols, one of the application's own."""
    protocols = {"socks": ["socks-server"], "lines": [{"line": {"max-length": 16}}, "string"]}
    given = {"protocols": protocols, "begins": {"lines": ["login "]}, **options}
    return EmbeddedChannel(*CodecRegistry().codec("port-unification", given).handlers())


def test_port_unification_puts_codecs_into_its_place() -> None:
    """By their names, with their options."""
    socks, lines = unified(), unified()
    socks.write_inbound(b"\x04\x01\x00\x50\x0a\x00\x00\x01\0")
    lines.write_inbound(b"login me\nand you\n")

    assert "10.0.0.1" == socks.read_inbound().host
    assert ["login me", "and you"] == lines.inbound_messages()


def test_port_unification_has_limits() -> None:
    """Of time and of bytes."""
    slow, strange = unified(timeout="3s"), unified(**{"max-bytes": 4})
    slow.advance_time(3.1)
    strange.write_inbound(b"logi")
    assert (False, False) == (slow.is_open, strange.is_open)


@pytest.mark.parametrize(
    "options",
    [
        {"protocols": {}},
        {"protocols": {"gopher": []}},
        {"begins": {"a": ["x"]}},
        {"protocols": {"http1": [{"line": None, "string": None}]}},
    ],
)
def test_protocols_that_cannot_be_are_refused(options: dict[str, object]) -> None:
    """Before the first connection."""
    with pytest.raises(AssemblyError):
        unified(**options)
