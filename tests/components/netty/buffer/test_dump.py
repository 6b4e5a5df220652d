"""Hex dumps, as Netty's ByteBufUtil prints them."""

from pyboot.components.netty.buffer.dump import hex_dump


def test_bytes_become_a_table() -> None:
    """Offset, sixteen bytes in hexadecimal, and the same as text."""
    assert hex_dump(b"GET / HTTP/1.1\r\n\x00\xff") == (
        "         +-------------------------------------------------+\n"
        "         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |\n"
        "+--------+-------------------------------------------------+----------------+\n"
        "|00000000| 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a |GET / HTTP/1.1..|\n"
        "|00000010| 00 ff                                           |..              |\n"
        "+--------+-------------------------------------------------+----------------+"
    )


def test_nothing_becomes_nothing() -> None:
    """Not even a frame."""
    assert "" == hex_dump(b"")
