"""The ClientHello, with which TLS begins: which host a client asks for, and which protocols it speaks above TLS.

::

    record:     | 22 | 3, x | length | part of the handshake message |      one message may span many records
    message:    |  1 | 24-bit length | hello                         |
    hello:      | version | random 32 | session id | cipher suites | compression | extensions |

Nothing is decided on half a message: records are taken apart as they come, and the hello is read once, when its last byte is
here, so that a name cannot be missed because a client cuts its message into pieces (CVE-2026-75595) and small pieces cost
nothing extra (CVE-2026-75596). Memory is taken for what came, never for a length that was announced (CVE-2023-34462).
Source: RFC 8446, 4.1.2 and 5.1; RFC 6066, 3; RFC 7301, 3.1; Netty's ``SslClientHelloHandler``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from pyboot.components.netty.errors import CorruptedFrameError, NotSslRecordError, TooLongFrameError

from .reader import FrameReader
from .tls_record import HEADER_BYTES, begins_tls_record, likely_protocol

__all__ = ["ClientHello", "ClientHelloReader"]

_HANDSHAKE: Final = 22
_CLIENT_HELLO: Final = 1
_MESSAGE_HEADER_BYTES: Final = 4
_SERVER_NAME: Final = 0
_HOST_NAME: Final = 0
_ALPN: Final = 16
_SHOWN_BYTES: Final = 16


@final
@dataclass(frozen=True, slots=True)
class ClientHello:
    """The wishes of a client: *server_name* in lower case, None if it names no host; *alpn_protocols*, the best first."""

    server_name: str | None = None
    alpn_protocols: tuple[str, ...] = ()


@final
class ClientHelloReader(FrameReader):
    """Collects the first message of a client. `unread` gives back every byte that came, for TLS itself begins with them.

    Args:
        max_bytes: longest message accepted; real ones are less than 4 KiB, with keys for a quantum age too.
    """

    def __init__(self, max_bytes: int = 64 * 1024) -> None:
        super().__init__()
        self._max = max_bytes
        self._stream = bytearray()  # everything that came
        self._looked_at = 0  # of the stream, whole records
        self._message = bytearray()  # what the records held

    def feed(self, data: bytes) -> None:
        self._stream += data

    def next_frame(self) -> ClientHello | None:
        """The hello, when it is whole.

        Raises `NotSslRecordError` for bytes that are not TLS, `CorruptedFrameError` for another message, `TooLongFrameError`.
        """
        while (fragment := self._next_fragment()) is not None:
            self._message += fragment
            if (length := self._message_length()) is not None and len(self._message) >= length:
                return _read_hello(_Cursor(bytes(self._message[_MESSAGE_HEADER_BYTES:length])))
        return None

    def unread(self) -> bytes:
        taken, self._stream, self._message, self._looked_at = bytes(self._stream), bytearray(), bytearray(), 0
        return taken

    def is_between_frames(self) -> bool:
        return not self._stream

    def _next_fragment(self) -> bytes | None:
        """The content of the next whole record of the handshake."""
        at = self._looked_at
        header = bytes(self._stream[at : at + HEADER_BYTES])
        if begins_tls_record(header) is False:
            raise NotSslRecordError(
                header if at else bytes(self._stream[:_SHOWN_BYTES]), likely_protocol(bytes(self._stream[:_SHOWN_BYTES]))
            )
        if header and header[0] != _HANDSHAKE:
            raise CorruptedFrameError(f"record of type {header[0]} where a ClientHello must stand")
        if len(header) < HEADER_BYTES:
            return None
        length = int.from_bytes(header[3:])
        if len(self._message) + length > self._max + _MESSAGE_HEADER_BYTES:
            raise TooLongFrameError(len(self._message) + length, self._max, at_least=True)
        start = at + HEADER_BYTES
        if len(self._stream) < start + length:
            return None
        self._looked_at = start + length
        return bytes(self._stream[start : start + length])

    def _message_length(self) -> int | None:
        """Of the message with its header; None while that is not here."""
        if self._message and self._message[0] != _CLIENT_HELLO:
            raise CorruptedFrameError(f"handshake message of type {self._message[0]} where a ClientHello must stand")
        if len(self._message) < _MESSAGE_HEADER_BYTES:
            return None
        length = int.from_bytes(self._message[1:_MESSAGE_HEADER_BYTES])
        if length > self._max:
            raise TooLongFrameError(length, self._max)
        return _MESSAGE_HEADER_BYTES + length


@final
class _Cursor:
    """Reads vectors, in which a length of one or two bytes stands in front of what it counts."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        if self._at + length > len(self._data):
            raise CorruptedFrameError(f"ClientHello: {length} bytes wanted, {len(self._data) - self._at} left")
        taken = self._data[self._at : self._at + length]
        self._at += length
        return taken

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width))

    def vector(self, width: int) -> _Cursor:
        return _Cursor(self.take(self.number(width)))

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self._data)

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)


def _read_hello(hello: _Cursor) -> ClientHello:
    hello.take(2 + 32)  # version, random
    hello.vector(1)  # session id
    hello.vector(2)  # cipher suites
    hello.vector(1)  # compression methods
    found: dict[int, _Cursor] = {}
    extensions = _Cursor(b"") if hello.is_at_end else hello.vector(2)
    while not extensions.is_at_end:
        kind, content = extensions.number(2), extensions.vector(2)
        if kind in found:
            raise CorruptedFrameError(f"ClientHello: extension {kind} stands twice")  # RFC 8446, 4.2
        found[kind] = content
    if not hello.is_at_end:
        raise CorruptedFrameError("ClientHello: bytes behind the extensions")
    return ClientHello(
        _read_server_name(found[_SERVER_NAME]) if _SERVER_NAME in found else None,
        _read_protocols(found[_ALPN]) if _ALPN in found else (),
    )


def _read_server_name(extension: _Cursor) -> str:
    names = extension.vector(2)
    kind, name = names.number(1), names.vector(2).rest()
    if kind != _HOST_NAME or not names.is_at_end or not extension.is_at_end:
        raise CorruptedFrameError("ClientHello: a list of server names that is not one host name")
    if not 0 < len(name) <= 255 or not all(0x21 <= byte <= 0x7E for byte in name):
        raise CorruptedFrameError(f"ClientHello: server name {name[:_SHOWN_BYTES]!r} is no host name")  # RFC 6066, 3: ASCII
    return name.decode("ascii").lower()


def _read_protocols(extension: _Cursor) -> tuple[str, ...]:
    names, protocols = extension.vector(2), []
    while not names.is_at_end:
        protocols.append(names.vector(1).rest().decode("latin-1"))
    return tuple(protocols)
