"""Names: labels, pointers, escapes; and the attacks of netty-map 5.2 I and CVE-2026-42579."""

import pytest

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError
from pyboot.components.netty.wire.dns.name import NameReader, NameWriter, absolute, name_bytes


def read(data: bytes, at: int = 0) -> tuple[str, int]:
    """The name at *at*, and where it ends."""
    reader = NameReader(data)
    return reader.read(at), int(reader.end)


@pytest.mark.parametrize(
    ("data", "at", "name", "end"),
    [
        (b"\x00", 0, ".", 1),
        (b"\x03www\x07example\x00", 0, "www.example.", 13),
        (b"\x07example\x00\x03www\xc0\x00", 9, "www.example.", 15),
        (b"\x07example\x00\xc0\x00", 9, "example.", 11),
        (b"\x00\x01a\xc0\x00", 1, "a.", 5),  # a pointer to the root
        (b"\x00\xc0\x00", 1, ".", 3),
        (b"\x01a\x00\x01b\xc0\x00\x01c\xc0\x03", 7, "c.b.a.", 11),  # a pointer to a name that ends in one
        (b"\x03a.b\x00", 0, "a\\.b.", 5),
        (b"\x03a\\b\x00", 0, "a\\\\b.", 5),
        (b"\x04a\x00\xe4 \x00", 0, "a\\000\\228\\032.", 6),
        (b"\x03WwW\x00", 0, "WwW.", 5),
    ],
)
def test_names_are_read(data: bytes, at: int, name: str, end: int) -> None:
    """The end is behind the first pointer."""
    assert (name, end) == read(data, at)


@pytest.mark.parametrize(
    ("data", "at"),
    [
        (b"", 0),
        (b"\x03ww", 0),
        (b"\x03www", 0),
        (b"\xc0", 0),
        (b"\xc0\x00", 0),  # a pointer to itself
        (b"\x01a\xc0\x00", 0),  # into its own name
        (b"\xc0\x02\xc0\x00", 0),  # forward, and back: a loop
        (b"\xc0\x02\xc0\x00", 2),
        (b"\xc0\x10", 0),  # behind the end
        (b"\x40a\x00", 0),  # label kinds that are reserved (RFC 6891, 5)
        (b"\x80a\x00", 0),
        (b"\x3f" + b"a" * 63 + (b"\x3f" + b"b" * 63) * 3 + b"\x01c\x00", 0),  # 258 bytes
    ],
)
def test_what_is_no_name_is_refused(data: bytes, at: int) -> None:
    """Loops, pointers that do not go backwards, lengths that lie."""
    with pytest.raises(CorruptedDnsMessageError):
        read(data, at)


def test_a_name_may_have_255_bytes_and_no_more() -> None:
    """Pointers do not make it any longer; one to a long name counts as that name."""
    longest = (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"b" * 61 + b"\x00"
    assert 255 == len(longest)
    assert longest == name_bytes(read(longest)[0])
    with pytest.raises(CorruptedDnsMessageError, match="257 bytes: allowed are 255"):
        read(longest + b"\x01c\xc0\x00", 255)
    reader = NameReader(longest + b"\xc0\x00\x01c\xc0\x00")
    assert reader.read(255) == reader.read(0)
    with pytest.raises(CorruptedDnsMessageError, match="allowed are 255"):
        reader.read(257)  # to a name that is known by now


def test_many_pointers_cost_no_more_than_their_bytes() -> None:
    """A chain of 8000 names, each a pointer to the one before: each is read once (what costs BIND and others seconds)."""
    data = bytearray(b"\x01a\x00")
    at = 0
    for _ in range(8000):
        here = len(data)
        data += bytes((0xC0 | at >> 8, at & 0xFF))
        at = here
    reader = NameReader(bytes(data))

    names = {reader.read(place) for place in range(3, len(data), 2)}

    assert {"a."} == names


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (".", b"\x00"),
        ("example.org", b"\x07example\x03org\x00"),
        ("example.org.", b"\x07example\x03org\x00"),
        ("a\\.b.", b"\x03a.b\x00"),
        ("a\\000\\255\\\\.", b"\x04a\x00\xff\\\x00"),
        ("a\\.", b"\x02a.\x00"),  # the dot at the end is of the label
        ("_25._tcp.x", b"\x03_25\x04_tcp\x01x\x00"),
    ],
)
def test_names_are_written(name: str, data: bytes) -> None:
    """With or without the dot of the root."""
    assert data == name_bytes(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a..b",
        ".a",
        "a..",
        "..",
        "a\0.example.org",  # a NUL would end the name for who reads it as C does
        "a\0b\\.c",
        "a" * 64,
        "\\065" * 64,
        ".".join(["a" * 63] * 4),
        "ä.example",
        "a\\",
        "a\\1",
        "a\\12x",
        "a\\256",
    ],
)
def test_what_would_be_another_name_is_not_written(name: str) -> None:
    """CVE-2026-42579: empty labels, NULs, labels of 64 bytes and names of 256."""
    with pytest.raises(EncoderError):
        name_bytes(name)


def test_the_dot_of_the_root_is_added() -> None:
    """Unless it is there; an escaped one is none."""
    assert ("a.", "a.", "a\\..", "a\\\\.", ".") == tuple(map(absolute, ("a", "a.", "a\\.", "a\\\\.", ".")))


def test_what_was_written_is_pointed_to() -> None:
    """The longest rest that is there, in the same case alone."""
    out = bytearray()
    names = NameWriter()
    for name in ("www.example.org", "ftp.example.org", "WWW.example.org", "www.example.org", "org", "."):
        names.write(out, name_bytes(name))

    assert (
        b"\x03www\x07example\x03org\x00"  # at 0, 4, 12
        b"\x03ftp\xc0\x04"
        b"\x03WWW\xc0\x04"
        b"\xc0\x00"
        b"\xc0\x0c"
        b"\x00"
    ) == bytes(out)


def test_a_pointer_has_14_bits() -> None:
    """What stands further behind is written again."""
    out = bytearray(0x3FFF)
    names = NameWriter()
    names.write(out, b"\x01a\x01b\x00")  # a at 0x3fff, b behind what a pointer reaches
    names.write(out, b"\x01a\x01b\x00")
    names.write(out, b"\x01b\x00")

    assert b"\x01a\x01b\x00\xff\xff\x01b\x00" == bytes(out[0x3FFF:])


def test_what_was_taken_back_is_not_pointed_to() -> None:
    """The rest is."""
    out = bytearray()
    names = NameWriter()
    names.write(out, b"\x01a\x00")
    names.write(out, b"\x01b\x01a\x00")
    del out[3:]
    names.forget_from(3)
    names.write(out, b"\x01b\x01a\x00")

    assert b"\x01a\x00\x01b\xc0\x00" == bytes(out)
