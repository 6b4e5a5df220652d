"""permessage-deflate: what two sides agree upon, and messages made smaller by it. Source: RFC 7692.

::

    offer of a client     permessage-deflate; client_max_window_bits; server_no_context_takeover
    answer of a server    permessage-deflate; client_max_window_bits=12; server_no_context_takeover
                                              how far back the client    the server begins each message
                                              may point, in bits         with an empty window

A message is a raw deflate stream that ends at a byte, by an empty block whose last four bytes, ``00 00 FF FF``, do not travel.

zlib cannot deflate with a window of 8 bits: asked for one it quietly takes 9, which a peer that keeps 256 bytes cannot follow. So a side
held to 8 bits sends its messages uncompressed, which the extension leaves to it (6), and inflates with 9 whatever was agreed.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final, final

from .extension import Extension

__all__ = ["Agreement", "DeflateOptions", "Deflater", "Inflater", "accept_offers", "accepted_answer", "offer_of"]

_NAME: Final = "permessage-deflate"
_TAIL: Final = b"\x00\x00\xff\xff"

_SERVER_TAKEOVER: Final = "server_no_context_takeover"
_CLIENT_TAKEOVER: Final = "client_no_context_takeover"
_SERVER_BITS: Final = "server_max_window_bits"
_CLIENT_BITS: Final = "client_max_window_bits"

_LEAST_OF_ZLIB: Final = 9

# A stream may end within a message, and costs a new one then. Nobody does that, but a peer that wants to be expensive: a hundred thousand
# ends fit in a frame.
_MAX_ENDS: Final = 8


@final
@dataclass(frozen=True, slots=True)
class DeflateOptions:
    """The wishes of a side for permessage-deflate. A window of n bits costs a connection about 2**(n+2) bytes to deflate, 2**n to inflate.

    Attributes:
        server_window_bits: at most so many for what the server sends, 8 to 15.
        client_window_bits: at most so many for what the client sends, 8 to 15.
        server_takeover: whether the server may keep its window from message to message.
        client_takeover: the same for the client.
        level: zlib's, 1 to 9.
        min_bytes: messages of fewer go uncompressed.

    Raises:
        ValueError: for a number out of its range.
    """

    server_window_bits: int = 12
    client_window_bits: int = 12
    server_takeover: bool = True
    client_takeover: bool = True
    level: int = 6
    min_bytes: int = 64

    def __post_init__(self) -> None:
        for name, bits in (("server_window_bits", self.server_window_bits), ("client_window_bits", self.client_window_bits)):
            if not 8 <= bits <= 15:
                raise ValueError(f"{name} {bits}, allowed is 8 to 15")
        if not 1 <= self.level <= 9 or self.min_bytes < 0:
            raise ValueError(f"level {self.level}, allowed is 1 to 9; min_bytes {self.min_bytes}, allowed is 0 or more")


@final
class Inflater:
    """Inflates the messages of a peer, never by more than it is told to allow."""

    def __init__(self, window_bits: int, *, takeover: bool) -> None:
        self._bits = -max(window_bits, _LEAST_OF_ZLIB)
        self._takeover = takeover
        self._stream = zlib.decompressobj(self._bits)
        self._has_begun = False  # the message: it had a byte

    def inflate(self, data: bytes, is_last: bool, limit: int) -> bytes | None:
        """Return what *data*, the next part of a message, inflates to; None if that is more than *limit* bytes.

        Raises:
            ValueError: for data that is no deflate stream.
        """
        self._has_begun = self._has_begun or bool(data)
        if is_last:
            if not self._has_begun:
                raise ValueError("not one byte, where an empty message takes one")  # 7.2.3.6; the tail alone is no block
            self._has_begun = False
            data += _TAIL
        try:
            out = self._stream.decompress(data, limit + 1)
        except zlib.error as error:
            raise ValueError(str(error)) from error
        if len(out) > limit:
            return None
        if self._stream.eof:
            # 7.2.3.4: a block with its "final" bit may stand within a message. What is behind it is another stream.
            out = self._beyond_the_end(out, limit)
        if is_last and not self._takeover:
            self._stream = zlib.decompressobj(self._bits)
        return out if len(out) <= limit else None

    def _beyond_the_end(self, out: bytes, limit: int) -> bytes:
        """*out*, and what stands behind the end of its stream."""
        for _ in range(_MAX_ENDS):
            rest = self._stream.unused_data
            self._stream = zlib.decompressobj(self._bits, zdict=out[-(1 << -self._bits) :])
            try:
                out += self._stream.decompress(rest, limit + 1 - len(out))
            except zlib.error as error:
                raise ValueError(str(error)) from error
            if not self._stream.eof or len(out) > limit:
                return out
        raise ValueError(f"more than {_MAX_ENDS} ends in one message")


@final
class Deflater:
    """Deflates messages of ours."""

    def __init__(self, window_bits: int, *, takeover: bool, level: int = 6, min_bytes: int = 64) -> None:
        self._bits = -window_bits
        self._is_able = window_bits >= _LEAST_OF_ZLIB
        self._takeover = takeover
        self._level = level
        self._min_bytes = min_bytes
        self._stream = self._new_stream() if self._is_able else None

    def takes(self, size: int, is_final: bool) -> bool:
        """True if a message that begins with *size* bytes is worth it, and may be compressed at all."""
        return self._is_able and (size >= self._min_bytes or not is_final)

    def deflate(self, data: bytes, is_last: bool) -> bytes:
        """The next part of a message, compressed."""
        stream = self._stream
        if stream is None:
            stream = self._stream = self._new_stream()
        out = stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)
        if not is_last:
            return out
        if not self._takeover:
            self._stream = None
        # 7.2.3.6: nothing at all, twice in a row, makes no block; then an empty one is written by hand.
        return out[:-4] if out.endswith(_TAIL) else out + b"\x00"

    def _new_stream(self) -> zlib._Compress:
        # Memory goes with the window: level 8 of a window of 15 bits, and one less for each bit less.
        return zlib.compressobj(self._level, zlib.DEFLATED, self._bits, max(1, -self._bits - 7))


# What is agreed upon.


@final
@dataclass(frozen=True, slots=True)
class Agreement:
    """The parameters of a connection."""

    server_window_bits: int = 15
    client_window_bits: int = 15
    server_takeover: bool = True
    client_takeover: bool = True

    def inflater(self, *, of_client: bool) -> Inflater:
        """Inflates what the client, or the server, sends."""
        if of_client:
            return Inflater(self.client_window_bits, takeover=self.client_takeover)
        return Inflater(self.server_window_bits, takeover=self.server_takeover)

    def deflater(self, options: DeflateOptions, *, of_client: bool) -> Deflater:
        """Deflates what the client, or the server, sends."""
        bits = self.client_window_bits if of_client else self.server_window_bits
        takeover = self.client_takeover if of_client else self.server_takeover
        return Deflater(bits, takeover=takeover, level=options.level, min_bytes=options.min_bytes)


def offer_of(options: DeflateOptions) -> Extension:
    """The offer of a client that wants *options*."""
    parameters: list[tuple[str, str | None]] = []
    if not options.server_takeover:
        parameters.append((_SERVER_TAKEOVER, None))
    if not options.client_takeover:
        parameters.append((_CLIENT_TAKEOVER, None))
    if options.server_window_bits < 15:
        parameters.append((_SERVER_BITS, str(options.server_window_bits)))
    parameters.append((_CLIENT_BITS, str(options.client_window_bits) if options.client_window_bits < 15 else None))
    return Extension(_NAME, tuple(parameters))


def accept_offers(offers: list[Extension], options: DeflateOptions) -> tuple[Extension, Agreement] | None:
    """The answer of a server that wants *options* to the first of *offers* that can be taken, and what it agrees upon; None if none can."""
    for offer in offers:
        if offer.name == _NAME:
            parameters = _parameters(offer, is_offer=True)
            if parameters is not None:
                return _answer(parameters, options)
    return None


def _answer(offered: dict[str, int | None], options: DeflateOptions) -> tuple[Extension, Agreement]:
    agreement = Agreement(
        server_window_bits=min(options.server_window_bits, offered.get(_SERVER_BITS) or 15),
        # 7.1.2.2: a client that does not speak of its window cannot be told to make it smaller.
        client_window_bits=min(options.client_window_bits, offered[_CLIENT_BITS] or 15) if _CLIENT_BITS in offered else 15,
        server_takeover=options.server_takeover and _SERVER_TAKEOVER not in offered,
        client_takeover=options.client_takeover and _CLIENT_TAKEOVER not in offered,
    )
    parameters: list[tuple[str, str | None]] = []
    if not agreement.server_takeover:
        parameters.append((_SERVER_TAKEOVER, None))
    if not agreement.client_takeover:
        parameters.append((_CLIENT_TAKEOVER, None))
    if agreement.server_window_bits < 15 or offered.get(_SERVER_BITS) is not None:
        parameters.append((_SERVER_BITS, str(agreement.server_window_bits)))
    if agreement.client_window_bits < 15:
        parameters.append((_CLIENT_BITS, str(agreement.client_window_bits)))
    return Extension(_NAME, tuple(parameters)), agreement


def accepted_answer(answers: list[Extension], options: DeflateOptions) -> Agreement | None:
    """Return what *answers* of a server agree upon, where a client that wants *options* has offered; None if it took nothing.

    Raises:
        ValueError: for an answer that the offer does not allow; the connection must not go on.
    """
    if not answers:
        return None
    if len(answers) > 1 or answers[0].name != _NAME:
        raise ValueError(f"extensions {', '.join(each.name for each in answers)}, offered was {_NAME} alone")
    parameters = _parameters(answers[0], is_offer=False)
    if parameters is None:
        raise ValueError(f"parameters of {_NAME} that it does not have: {answers[0]}")
    agreement = Agreement(
        server_window_bits=parameters.get(_SERVER_BITS) or 15,
        client_window_bits=min(parameters.get(_CLIENT_BITS) or 15, options.client_window_bits),
        server_takeover=_SERVER_TAKEOVER not in parameters,
        client_takeover=options.client_takeover and _CLIENT_TAKEOVER not in parameters,
    )
    if agreement.server_window_bits > options.server_window_bits:
        raise ValueError(f"{_SERVER_BITS} {agreement.server_window_bits}, offered was at most {options.server_window_bits}")
    if (parameters.get(_CLIENT_BITS) or 0) > options.client_window_bits:
        raise ValueError(f"{_CLIENT_BITS} {parameters[_CLIENT_BITS]}, offered was at most {options.client_window_bits}")
    if agreement.server_takeover and not options.server_takeover:
        raise ValueError(f"no {_SERVER_TAKEOVER}, which was asked for")
    return agreement


def _parameters(extension: Extension, *, is_offer: bool) -> dict[str, int | None] | None:
    """The parameters of *extension* by name, windows as numbers; None if one is unknown, twice there, or has a value that it must not."""
    found: dict[str, int | None] = {}
    for name, value in extension.parameters:
        if name in found:
            return None
        if name in (_SERVER_TAKEOVER, _CLIENT_TAKEOVER):
            if value is not None:
                return None
            found[name] = None
        elif name == _CLIENT_BITS and is_offer and value is None:
            found[name] = None
        elif name in (_SERVER_BITS, _CLIENT_BITS) and value in _BITS:
            found[name] = int(value)
        else:
            return None
    return found


_BITS: Final = tuple(str(bits) for bits in range(8, 16))  # 7.1.2: decimal, without leading zeros
