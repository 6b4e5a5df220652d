"""Rows: an owner of a key as bytes, as the server keeps it and its scripts read it. No I/O here.

::

    stamp 8 | size 2 | node | shared 2 | size 2 | rest of the owner | size 4 | value          all big-endian, the stamp a double

An owner most often begins with its node, of which *shared* bytes are not said twice: with an id of 30 letters a row without much of a value
stays below 64 bytes, up to which a server keeps the hash around it in one block. A double holds microseconds exactly until the year 2255.
"""

import struct
from typing import Final

from pyboot.cluster.table import Entry

__all__ = ["entries_of", "raw", "row_body", "text"]

_HEAD: Final = struct.Struct(">dH")
_SIZE: Final = struct.Struct(">H")
_SIZES: Final = struct.Struct(">HH")
_LONG_SIZE: Final = struct.Struct(">I")


def row_body(owner: str, node: str, value: bytes) -> bytes:
    """Return a row without its stamp, which the server gives."""
    of_owner, of_node = raw(owner), raw(node)
    shared = len(of_node) if of_owner.startswith(of_node) else 0
    rest = of_owner[shared:]
    return b"".join((_SIZE.pack(len(of_node)), of_node, _SIZES.pack(shared, len(rest)), rest, _LONG_SIZE.pack(len(value)), value))


def entries_of(rows: bytes) -> list[Entry]:
    """Return the owners of *rows*, one behind the other, the earliest claim first; raises struct.error for what is no row."""
    found = []
    at, end = 0, len(rows)
    while at < end:
        stamp, size = _HEAD.unpack_from(rows, at)
        at += 10 + size
        node = rows[at - size : at]
        shared, size = _SIZES.unpack_from(rows, at)
        at += 4 + size
        owner = node[:shared] + rows[at - size : at]
        (size,) = _LONG_SIZE.unpack_from(rows, at)
        at += 4 + size
        if at > end:
            raise struct.error(f"a row ends at {at}, and there are {end} bytes")
        found.append(Entry(text(owner), text(node), int(stamp), rows[at - size : at]))
    found.sort(key=_by_stamp)
    return found


def raw(name: str) -> bytes:
    """Return the bytes of *name*, which is any text, lone surrogates included."""
    return name.encode("utf-8", "surrogatepass")


def text(name: bytes) -> str:
    """Return the name of those bytes."""
    return name.decode("utf-8", "surrogatepass")


def _by_stamp(entry: Entry) -> tuple[int, str]:
    return entry.stamp, entry.owner
