"""Envelope: what one node sends to others, as bytes, and back. No I/O here.

::

    offset  bytes
    0       1      version: what may not be read by older nodes in the high four bits (1), additions in the low four
    1       1      kind
    2       1      flags; what is not known is not looked at
    3       1      size of the header, 24 here: a later version may add to it, and what is added is skipped
    4       2      size of the sender's id
    6       1      content: 0 bytes, 1 text, 2 what the serializer of the group has made
    7       1      0
    8       8      epoch of the sender
    16      8      number of the message, counted by the sender for each channel from 1 on; 0: it has none
    24             sender's id, UTF-8; then the payload

What cannot be read, a version above ours, and a kind that is not known are no errors: nodes of two versions are in one cluster while it is
renewed. `decode` returns None for them, and who calls it counts.
"""

import enum
import struct
from typing import Final, NamedTuple, final

__all__ = ["HEADER_SIZE", "Content", "Envelope", "Kind", "decode", "encode"]

_VERSION: Final = 0x10
_HEADER: Final = struct.Struct("!BBBBHBxQQ")
HEADER_SIZE: Final = _HEADER.size
_LONGEST_SENDER: Final = 255


@final
class Kind(enum.IntEnum):
    """The kinds of messages."""

    MESSAGE = 1
    """Of a group: its payload is for the members."""
    MARK = 2
    """Of a group: its number is that of the last message that was published, so that who missed it finds out."""
    ASK_MARK = 3
    """Of a group: whoever has published says a mark."""
    HEARTBEAT = 4
    """To oneself, through the engine."""
    JOINED = 5
    LEAVING = 6
    SEND = 7
    """To an inbox: a message for a session."""
    ACK = 8
    """To an inbox: what became of a message that was to be answered."""
    KICK = 9
    """To an inbox: a session has another owner now."""
    EVENT = 10
    """Of all: an application event."""
    PRESENCE = 11
    """Of a topic: somebody came or left."""


@final
class Content(enum.IntEnum):
    """The forms of a payload."""

    BYTES = 0
    TEXT = 1
    SERIALIZED = 2


class Envelope(NamedTuple):
    """One message between nodes."""

    kind: Kind
    sender: str
    epoch: int
    number: int = 0
    payload: bytes = b""
    content: Content = Content.BYTES
    flags: int = 0


_KINDS: Final = {int(kind): kind for kind in Kind}
_CONTENTS: Final = {int(content): content for content in Content}


# hot path: encode and decode, once per message of a group (tests/bench, C18)
def encode(envelope: Envelope) -> bytes:
    """Return the bytes of *envelope*.

    Raises:
        ValueError: the sender's id has more than 255 bytes, or a number does not fit.
    """
    kind, sender, epoch, number, payload, content, flags = envelope
    name = sender.encode()
    if len(name) > _LONGEST_SENDER:
        raise ValueError(f"the id of a node has {len(name)} bytes, the limit is {_LONGEST_SENDER}: {sender[:40]}…")
    try:
        return _HEADER.pack(_VERSION, kind, flags, HEADER_SIZE, len(name), content, epoch, number) + name + payload
    except struct.error as error:
        raise ValueError(f"{error}: epoch {epoch}, number {number}, flags {flags}") from error


def decode(data: bytes) -> Envelope | None:
    """Return the envelope that *data* holds; None where it holds none that this version knows."""
    if len(data) < HEADER_SIZE:
        return None
    version, kind, flags, header, size, content, epoch, number = _HEADER.unpack_from(data)
    begin = header + size
    if version & 0xF0 != _VERSION or header < HEADER_SIZE or begin > len(data):
        return None
    known, form = _KINDS.get(kind), _CONTENTS.get(content)
    if known is None or form is None:
        return None
    try:
        sender = data[header:begin].decode()
    except UnicodeDecodeError:
        return None
    return Envelope(known, sender, epoch, number, data[begin:], form, flags)
