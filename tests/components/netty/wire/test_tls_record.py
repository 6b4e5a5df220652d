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
