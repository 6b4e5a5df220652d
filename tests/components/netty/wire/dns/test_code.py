"""Numbers and their names."""

import pytest

from pyboot.components.netty.wire.dns.code import DnsFlags, DnsRecordType, type_text


def test_types_have_their_names_and_numbers() -> None:
    """Those that have no name are written as RFC 3597 says."""
    assert ("AAAA", "TYPE65280") == (type_text(28), type_text(65280))
    assert (28, 65280, 257) == (DnsRecordType.of("aaaa"), DnsRecordType.of("TYPE65280"), DnsRecordType.of("CAA"))


@pytest.mark.parametrize("text", ["", "B", "TYPE", "TYPE65536", "TYPE-1", "TYPE\u0661"])
def test_what_is_no_type_is_refused(text: str) -> None:
    """Digits of other scripts are none."""
    with pytest.raises(ValueError, match="is no type of DNS"):
        DnsRecordType.of(text)


def test_flags_are_added() -> None:
    """As bits of the header."""
    assert 0x0110 == DnsFlags.RD | DnsFlags.CD
