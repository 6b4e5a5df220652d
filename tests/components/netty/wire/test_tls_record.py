"""Heads of TLS records: told from what is none, as soon as can be."""

import pytest

from pyboot.components.netty.wire.tls_record import begins_tls_record, likely_protocol


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\x16\x03\x01\x02\x00\x01", True),
        (b"\x15\x03\x03\x00\x02", True),
        (b"\x17\x03\x03\x41\x00", True),
        (b"", None),
        (b"\x16", None),
        (b"\x16\x03\x01\x02", None),
        (b"G", False),
        (b"\x16\x02", False),
        (b"\x16\x03\x01\x00\x00", False),
        (b"\x17\x03\x03\x41\x01", False),
        (b"\x80\x2e\x01\x03\x01", False),
    ],
)
def test_a_head_is_told_as_soon_as_can_be(head: bytes, expected: bool | None) -> None:
    """By type, version and length; None asks for more bytes."""
    assert expected is begins_tls_record(head)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"GET / HTTP/1.1\r\n", "a request of HTTP: the client should use https"),
        (b"SSH-2.0-OpenSSH", "a greeting of SSH"),
        (b"PROXY TCP4 ", "a header of the PROXY protocol: take it off before TLS"),
        (b"\r\n\r\n\x00\r\nQUIT\n!", "a header of the PROXY protocol: take it off before TLS"),
        (b"PRI * HTTP/2.0", "HTTP/2 without TLS"),
        (b"\x80\x2e\x01\x03\x01", "a hello of SSL 2, which is unsafe and refused"),
        (b"hello", None),
    ],
)
def test_what_is_no_tls_is_called_by_its_name(head: bytes, expected: str | None) -> None:
    """For the one who reads the log."""
    assert expected == likely_protocol(head)


@pytest.mark.parametrize("kind", [0, 19, 20, 22, 24, 25, 255])
@pytest.mark.parametrize("version", [(2, 3), (3, 0), (3, 4), (4, 3)])
@pytest.mark.parametrize("length", [0, 1, 16384 + 256, 16384 + 257, 65535])
def test_a_verdict_stands_whatever_comes_behind(kind: int, version: tuple[int, int], length: int) -> None:
    """At every cut: at first nothing can be said, then always the same; rubbish behind the head changes nothing."""
    head = bytes([kind, *version]) + length.to_bytes(2)
    stream = head + b"\x00\xffrubbish"
    verdicts = [begins_tls_record(stream[:cut]) for cut in range(len(stream) + 1)]
    known = [verdict for verdict in verdicts if verdict is not None]

    assert [kind in range(20, 25) and version[0] == 3 and 0 < length <= 16384 + 256] == list(set(known))
    assert verdicts == [None] * (len(verdicts) - len(known)) + known
    assert 5 >= len(verdicts) - len(known)
