"""Messages of memcache's binary protocol as bytes."""

from __future__ import annotations

from typing import Final

from pyboot.components.netty.errors import EncoderError

from .binary_message import BinaryMemcacheMessage, BinaryMemcacheResponse
from .binary_reader import HEAD, REQUEST, RESPONSE

__all__ = ["encode_binary"]

# Widths of the fields, in bits: what does not fit would be read as something else, so it is refused.
_WIDTHS: Final = {"opcode": 8, "key": 16, "extras": 8, "status": 16, "body": 32, "opaque": 32, "cas": 64}


def encode_binary(message: BinaryMemcacheMessage) -> bytes:
    """The bytes of a request or a response; raises `EncoderError` for what does not fit into its field."""
    is_response = isinstance(message, BinaryMemcacheResponse)
    status = message.status if isinstance(message, BinaryMemcacheResponse) else 0
    extras, key, value = message.extras, message.key, message.value
    body = len(extras) + len(key) + len(value)
    sizes = {
        "opcode": message.opcode,
        "key": len(key),
        "extras": len(extras),
        "status": status,
        "body": body,
        "opaque": message.opaque,
        "cas": message.cas,
    }
    for name, size in sizes.items():
        if not 0 <= size < 1 << _WIDTHS[name]:
            raise EncoderError(f"{name} {size} of a message of memcache, allowed are 0 to {(1 << _WIDTHS[name]) - 1}")
    magic = RESPONSE if is_response else REQUEST
    head = HEAD.pack(magic, message.opcode, len(key), len(extras), 0, status, body, message.opaque, message.cas)
    return b"".join((head, extras, key, value))
