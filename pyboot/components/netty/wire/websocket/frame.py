"""Frames: what a WebSocket carries, six kinds of them.

::

     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-+-+-+-+-------+-+-------------+-------------------------------+
    |F|R|R|R| opcode|M| length      |  length, if it is 126 (2 bytes)
    |I|S|S|S|  (4)  |A|    (7)      |           or 127 (8 bytes)
    |N|V|V|V|       |S|             |
    | |1|2|3|       |K|             |
    +-+-+-+-+-------+-+-------------+-------------------------------+
    |  masking key, if MASK is set (4 bytes)                        |
    +---------------------------------------------------------------+
    |  payload, each byte XORed with one of the key's in turn       |
    +---------------------------------------------------------------+

A message is one data frame, or a first one and its continuations, of which the last is final; control frames may stand between them.
Mask and length are the business of the reader and the writer. Source: RFC 6455, 5.2; the classes are Netty's.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from .close_status import WebSocketCloseStatus, may_be_sent

__all__ = [
    "BinaryWebSocketFrame",
    "CloseWebSocketFrame",
    "ContinuationWebSocketFrame",
    "PingWebSocketFrame",
    "PongWebSocketFrame",
    "TextWebSocketFrame",
    "WebSocketFrame",
]

FIN: Final = 0x80
CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

# RFC 6455, 5.5: the payload of a control frame.
MAX_CONTROL_BYTES: Final = 125

_NO_STATUS: Final = int(WebSocketCloseStatus.NO_STATUS_RECEIVED)


class WebSocketFrame:
    """One frame; derived classes say of which kind. Frames are values: nothing in them changes, and nothing is given back.

    ``is_final`` tells whether it ends its message, ``rsv`` holds the three bits that extensions use, 0 to 7; others raise ValueError.
    """

    def __init__(self, opcode: int, content: bytes | None, is_final: bool, rsv: int) -> None:
        if not 0 <= rsv <= 7:
            raise ValueError(f"rsv {rsv}, allowed is 0 to 7")
        self._bytes = content
        self._head: i64 = (0x80 if is_final else 0) | (rsv << 4) | opcode

    @property
    def head(self) -> int:
        """The frame's first byte: FIN, the reserved bits and the opcode."""
        return self._head

    @property
    def opcode(self) -> int:
        """The kind of frame, as the protocol counts them."""
        return self._head & 0xF

    @property
    def is_final(self) -> bool:
        """True for the last frame of a message, which most often is its only one."""
        return self._head & 0x80 != 0

    @property
    def rsv(self) -> int:
        """The reserved bits, RSV1 being 4."""
        return (self._head >> 4) & 7

    @property
    def content(self) -> bytes:
        """The payload, unmasked."""
        content = self._bytes
        if content is None:
            content = self._bytes = self._encoded()
        return content

    def _encoded(self) -> bytes:
        return b""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WebSocketFrame) and self._head == other._head and self.content == other.content

    def __hash__(self) -> int:
        return hash((int(self._head), self.content))

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self._shown()}{'' if self.is_final else ', is_final=False'}{f', rsv={self.rsv}' if self.rsv else ''})"
        )

    def _shown(self) -> str:
        content = self.content
        return repr(content) if len(content) <= 64 else f"<{len(content)} bytes>"


@final
@mypyc_attr(free_list_len=1)
class TextWebSocketFrame(WebSocketFrame):
    """Text, or its beginning where it is not final; a character may be cut between it and its continuation.

    Args:
        text: what to send; as ``bytes`` it is taken for UTF-8.
        is_final: whether this ends the message.
        rsv: bits for extensions.
        content: the payload, where it is known as well.
    """

    def __init__(self, text: str | bytes = "", is_final: bool = True, rsv: int = 0, content: bytes | None = None) -> None:
        # hot path: once for each message in; the base's initializer would check what holds here.
        if rsv != 0 or not is_final:
            super().__init__(TEXT, content, is_final, rsv)
        else:
            self._head = 0x81
            self._bytes = content
        if isinstance(text, str):
            self._text: str | None = text
        else:
            self._text = None
            self._bytes = text

    @property
    def text(self) -> str:
        """The text. Of a frame that is not final, what the bytes at hand say: a character cut at its end makes UnicodeDecodeError."""
        text = self._text
        if text is None:
            text = self._text = self.content.decode()
        return text

    def _encoded(self) -> bytes:
        text = self._text
        assert text is not None
        return text.encode()

    def _shown(self) -> str:
        text = self._text
        return super()._shown() if text is None or len(text) > 64 else repr(text)


@final
@mypyc_attr(free_list_len=1)
class BinaryWebSocketFrame(WebSocketFrame):
    """Bytes, or their beginning where it is not final."""

    def __init__(self, content: bytes = b"", is_final: bool = True, rsv: int = 0) -> None:
        if rsv != 0 or not is_final:
            super().__init__(BINARY, content, is_final, rsv)
        else:
            self._head = 0x82
            self._bytes = content


@final
class ContinuationWebSocketFrame(WebSocketFrame):
    """More of a message whose frames so far were not final; it is of their kind."""

    def __init__(self, content: bytes = b"", is_final: bool = True, rsv: int = 0) -> None:
        super().__init__(CONTINUATION, content, is_final, rsv)


@final
class PingWebSocketFrame(WebSocketFrame):
    """A question whether the peer lives; it answers with a pong of the same content, at most 125 bytes."""

    def __init__(self, content: bytes = b"", rsv: int = 0) -> None:
        super().__init__(PING, _control(content), True, rsv)


@final
class PongWebSocketFrame(WebSocketFrame):
    """The answer to a ping, or a sign of life that nobody asked for."""

    def __init__(self, content: bytes = b"", rsv: int = 0) -> None:
        super().__init__(PONG, _control(content), True, rsv)


@final
class CloseWebSocketFrame(WebSocketFrame):
    """The last frame of a side: nothing follows it.

    Args:
        code: why; see `WebSocketCloseStatus`. NO_STATUS_RECEIVED makes a frame that does not say.
        reason: for whoever reads logs, at most 123 bytes of UTF-8.

    Raises:
        ValueError: for a code that may not be sent, or a reason that does not fit.
    """

    def __init__(self, code: int = 1000, reason: str = "", rsv: int = 0) -> None:
        if code == _NO_STATUS:
            if reason:
                raise ValueError(f"reason {reason!r} without a code: the protocol has no place for it")
            content = b""
        elif may_be_sent(code):
            content = code.to_bytes(2, "big") + reason.encode()
        else:
            raise ValueError(f"close code {code}: allowed in a frame are the registered ones of 1000 to 1014, and 3000 to 4999")
        super().__init__(CLOSE, _control(content), True, rsv)
        self._code = code
        self._reason = reason

    @property
    def code(self) -> int:
        """The code of why the peer ends the connection; NO_STATUS_RECEIVED, 1005, if it does not say."""
        return self._code

    @property
    def reason(self) -> str:
        """The peer's words for it; empty if there are none."""
        return self._reason

    def _shown(self) -> str:
        return f"{self._code}{f', {self._reason!r}' if self._reason else ''}"


def _control(content: bytes) -> bytes:
    if len(content) > MAX_CONTROL_BYTES:
        raise ValueError(f"control frame of {len(content)} bytes, allowed are {MAX_CONTROL_BYTES}")
    return content
