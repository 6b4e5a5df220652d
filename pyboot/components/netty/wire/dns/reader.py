"""Messages of DNS in a stream of TCP: two bytes of length, then the message.

::

    +-----------+----------------------------+
    | length: 2 | message: so many bytes     |
    +-----------+----------------------------+

Source: RFC 1035, 4.2.2; RFC 7766, 8. The frames are `LengthFieldReader`'s.
"""

from __future__ import annotations

from typing import final

from pyboot.components.netty.wire.length_field import LengthFieldReader
from pyboot.components.netty.wire.reader import FrameReader

from .decoder import decode_message
from .errors import CorruptedDnsMessageError
from .message import DnsMessage

__all__ = ["DnsMessageReader"]


@final
class DnsMessageReader(FrameReader):
    """Cuts a stream of chunks into messages: `feed` a chunk, then `next_frame` until it gives None.

    Args:
        max_message_bytes: longest message accepted, its length not counted; two bytes allow 65535, the default.
        responses: whether responses alone are taken, or queries alone; both by default.
    """

    def __init__(self, max_message_bytes: int = 65535, responses: bool | None = None) -> None:
        super().__init__()
        self._responses = responses
        self._frames = LengthFieldReader(max_message_bytes + 2, 0, 2, 0, 2, True, "big")

    def feed(self, data: bytes) -> None:
        self._frames.feed(data)

    def next_frame(self) -> DnsMessage | None:
        """The next message, or None if more bytes are needed; raises `TooLongFrameError` and `CorruptedDnsMessageError`."""
        frame = self._frames.next_frame()
        if frame is None:
            return None
        message = decode_message(frame.get_readable_bytes())
        if self._responses is not None and message.is_response is not self._responses:
            kind = "a response where queries are taken" if message.is_response else "a query where responses are taken"
            raise CorruptedDnsMessageError(kind, message.id, message.is_response)
        return message

    def unread(self) -> bytes:
        return self._frames.unread()

    def is_between_frames(self) -> bool:
        return self._frames.is_between_frames()

    def begun(self) -> object:
        return self._frames.begun()

    def held_bytes(self) -> int:
        return self._frames.held_bytes()
