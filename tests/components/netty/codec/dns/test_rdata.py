"""Data of any type, as dnspython reads it."""

import sys

import pytest

from pyboot.components.netty.codec.dns.rdata import rdata_of, record_of_text
from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.dns.decoder import decode_message
from pyboot.components.netty.wire.dns.encoder import encode_message
from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError
from pyboot.components.netty.wire.dns.message import DnsResponse
from pyboot.components.netty.wire.dns.record import DnsRecord


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("CAA", '0 issue "ca.example"'),
        ("SSHFP", "4 2 " + "00ff" * 16),
        ("HTTPS", '1 . alpn="h2,h3"'),
        ("NAPTR", '10 20 "u" "E2U+sip" "!^.*$!sip:a@b!" .'),
        ("SOA", "ns.a. root.a. 1 2 3 4 5"),
        ("LOC", "51 30 12.748 N 0 7 39.612 W 0.00m"),
    ],
)
def test_any_type_goes_out_and_comes_in(kind: str, text: str) -> None:
    """Its text is that of zone files."""
    record = record_of_text("a.example", kind, text, 60)
    read = decode_message(encode_message(DnsResponse(1, answers=[record]))).answers[0]

    assert record == read
    assert text == rdata_of(read).to_text()


def test_text_and_data_that_do_not_fit_are_told() -> None:
    """In our words, with the type and the name."""
    with pytest.raises(EncoderError, match="A of a cannot be 'x'"):
        record_of_text("a", "A", "x")
    with pytest.raises(ValueError, match="is no type"):
        record_of_text("a", "NOTHING", "x")
    with pytest.raises(CorruptedDnsMessageError, match="AAAA of a"):
        rdata_of(DnsRecord("a", 28, b"123"))


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """And names the extra."""
    for name in [name for name in sys.modules if name == "dns" or name.startswith("dns.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "dns", None)

    with pytest.raises(ModuleNotFoundError, match=r"pyboot-framework\[dns\]"):
        rdata_of(DnsRecord("a", 1, bytes(4)))
