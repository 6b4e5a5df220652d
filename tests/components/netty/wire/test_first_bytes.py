"""Protocols by their first bytes: as soon as it can be told, and never otherwise later."""

import pytest

from pyboot.components.netty.wire.first_bytes import FirstBytes, begins_with, matcher_of

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
UPGRADE = b"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: h2c, WebSocket\r\nConnection: upgrade\r\n\r\n"
STREAMS = {
    FirstBytes.TLS: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    FirstBytes.PROXY: b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
    FirstBytes.HTTP2: PREFACE + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    FirstBytes.WEBSOCKET: UPGRADE,
    FirstBytes.HTTP1: b"POST /a HTTP/1.1\r\nHost: x\r\n\r\n",
    FirstBytes.SOCKS: b"\x05\x01\x00",
}
OTHERS = [
    b"\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a\x21\x11\x00\x0c",
    b"\x04\x01\x00\x50\x0a\x00\x00\x01\0",
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocketish\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: upgrade: websocket\r\n\r\n",
    b"login me\n",
    b"SSH-2.0-x\r\n",
    b"\x05\x00",
    b"\x04\x03",
    b"\xff" * 40,
    b"PRI * HTTP/1.1\r\n",
    b"GETS /",
    b"get / HTTP/1.1\r\n",
]


@pytest.mark.parametrize("protocol", FirstBytes)
def test_each_is_told_from_all_others(protocol: FirstBytes) -> None:
    """A WebSocket is HTTP/1.1 as well; the rule that stands first has it."""
    matches = matcher_of(protocol)
    fitting = {name for name, stream in STREAMS.items() if matches(stream)}

    assert fitting == ({protocol, FirstBytes.WEBSOCKET} if protocol is FirstBytes.HTTP1 else {protocol})
    assert None not in {matches(stream) for stream in [*STREAMS.values(), *OTHERS]}


@pytest.mark.parametrize("protocol", FirstBytes)
@pytest.mark.parametrize("stream", [*STREAMS.values(), *OTHERS])
def test_what_was_said_holds_whatever_comes(protocol: FirstBytes, stream: bytes) -> None:
    """None until it can be told, then always the same."""
    said = [matcher_of(protocol)(stream[:size]) for size in range(len(stream) + 1)]
    decided = [each for each in said if each is not None]

    assert said[: len(said) - len(decided)] == [None] * (len(said) - len(decided))
    assert len(set(decided)) == 1
    assert said[0] is None


def test_which_of_the_others_are_what() -> None:
    """Both versions of PROXY and of SOCKS; the rest is nothing, or plain HTTP."""
    told = [[name.value for name in FirstBytes if matcher_of(name)(stream)] for stream in OTHERS]
    assert [["proxy"], ["socks"], ["http1"], ["http1"], [], [], [], [], [], [], [], []] == told


def test_a_protocol_of_ones_own() -> None:
    """By any of its beginnings."""
    matches = begins_with(b"HELO", b"EHLO")
    assert [None, None, True, True, False, False] == [matches(head) for head in (b"", b"EH", b"EHLO me", b"HELO", b"X", b"EHLX")]
    for wrong in ((), (b"",), (b"a", b"")):
        with pytest.raises(ValueError, match="at least one byte"):
            begins_with(*wrong)
