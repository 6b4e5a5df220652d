"""The tables of HPACK."""

from pyboot.components.netty.wire.http2.header_table import STATIC_FIELDS, STATIC_SIZE, DynamicTable


def field(name: bytes, value: bytes = b"") -> tuple[bytes, bytes, bytes]:
    """A field as tables have it."""
    return name, name, value


def test_the_static_table_is_the_rfcs() -> None:
    """RFC 7541, appendix A: its ends, and one with a value that has a blank."""
    assert (61, 61) == (STATIC_SIZE, len(STATIC_FIELDS))
    assert (field(b":authority"), field(b":method", b"GET"), field(b"www-authenticate")) == (
        STATIC_FIELDS[0],
        STATIC_FIELDS[1],
        STATIC_FIELDS[60],
    )
    assert field(b"accept-encoding", b"gzip, deflate") == STATIC_FIELDS[15]


def test_the_newest_is_first_and_the_oldest_leaves() -> None:
    """Each field counts thirty-two bytes more than it has."""
    table = DynamicTable(2 * 34)
    for name in (b"a", b"b", b"c"):
        table.add(field(name, b"1"))
    assert (field(b"c", b"1"), field(b"b", b"1"), None, 68) == (table.at(0), table.at(1), table.at(2), table.size)
    table.resize(34)
    assert (field(b"c", b"1"), None) == (table.at(0), table.at(1))


def test_a_field_that_is_larger_than_the_table_empties_it() -> None:
    """That is no error (RFC 7541 4.4)."""
    table = DynamicTable(40)
    table.add(field(b"a"))
    table.add(field(b"b", b"x" * 40))
    assert (None, 0) == (table.at(0), table.size)
