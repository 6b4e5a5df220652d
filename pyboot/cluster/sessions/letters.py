"""Letters: what is said from inbox to inbox about sessions, as bytes and back. No I/O here.

::

    SEND    4 question (0: no answer is wanted) | 1 content | 2 size of the key | 2 size of the owner | key | owner | message
    ACK     4 question | 1 whether it was delivered
    KICK    8 stamp of the later claim | 2 size of the key | 2 size of the owner | key | owner
"""

import struct
from typing import Final, NamedTuple, final

from pyboot.cluster.envelope import Content

__all__ = ["Ack", "Kick", "Letter"]

_SEND: Final = struct.Struct("!IBHH")
_ACK: Final = struct.Struct("!IB")
_KICK: Final = struct.Struct("!QHH")


def _names(data: bytes, begin: int, key_size: int, owner_size: int) -> tuple[str, str, bytes]:
    middle, end = begin + key_size, begin + key_size + owner_size
    if end > len(data):
        raise ValueError(f"a letter of {len(data)} bytes says that it has {end} at least")
    return data[begin:middle].decode(), data[middle:end].decode(), data[end:]


@final
class Letter(NamedTuple):
    """A message for the session *owner* of *key*."""

    key: str
    owner: str
    data: bytes
    content: Content = Content.BYTES
    question: int = 0

    def encode(self) -> bytes:
        """Return its bytes."""
        key, owner = self.key.encode(), self.owner.encode()
        return _SEND.pack(self.question, self.content, len(key), len(owner)) + key + owner + self.data

    @classmethod
    def decode(cls, data: bytes) -> "Letter":
        """Return what *data* is. Raises ValueError where it is none."""
        try:
            question, content, *sizes = _SEND.unpack_from(data)
        except struct.error as error:
            raise ValueError(str(error)) from error
        key, owner, rest = _names(data, _SEND.size, *sizes)
        return cls(key, owner, rest, Content(content), question)


@final
class Ack(NamedTuple):
    """The answer to the *question* of a letter."""

    question: int
    is_delivered: bool

    def encode(self) -> bytes:
        """Return its bytes."""
        return _ACK.pack(self.question, self.is_delivered)

    @classmethod
    def decode(cls, data: bytes) -> "Ack":
        """Return what *data* is. Raises ValueError where it is none."""
        try:
            question, is_delivered = _ACK.unpack_from(data)
        except struct.error as error:
            raise ValueError(str(error)) from error
        return cls(question, bool(is_delivered))


@final
class Kick(NamedTuple):
    """The news for the session *owner* of *key* that a later claim, with *stamp*, has it now."""

    key: str
    owner: str
    stamp: int

    def encode(self) -> bytes:
        """Return its bytes."""
        key, owner = self.key.encode(), self.owner.encode()
        return _KICK.pack(self.stamp, len(key), len(owner)) + key + owner

    @classmethod
    def decode(cls, data: bytes) -> "Kick":
        """Return what *data* is. Raises ValueError where it is none."""
        try:
            stamp, *sizes = _KICK.unpack_from(data)
        except struct.error as error:
            raise ValueError(str(error)) from error
        key, owner, _ = _names(data, _KICK.size, *sizes)
        return cls(key, owner, stamp)
