"""Compressed streams: compressed bytes in, pieces of what they hold out, never more at once than a piece.

A few bytes can hold gigabytes. So output is made piece by piece, nothing is allocated by what a stream declares, and two caps hold
for every algorithm alike: the bytes a stream may give in all, and how many times its own size (once it has given 1 MiB).

An algorithm is an `Engine`. The libraries for Brotli and Zstandard are imported when one of their engines is made.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from typing import Any, Final, Protocol, final

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError

from .reader import FrameReader

__all__ = ["BrotliEngine", "Engine", "InflateReader", "ZlibEngine", "ZstdEngine", "optional_library"]

_PIECE: Final = 64 * 1024
_FREE_OUTPUT: Final = 1024 * 1024  # up to here any ratio is fine: a page of blanks compresses a thousandfold
_ZSTD_STEP: Final = 256  # compressed bytes at a time, which hold 8 MiB at the very most
_ZSTD_WINDOW: Final = 8 * 1024 * 1024  # RFC 8878, 3.1.1.1.2: what a decoder should support


class Engine(Protocol):
    """One compressed stream, from its first byte to its end."""

    is_finished: bool

    def step(self, data: bytes, limit: int) -> tuple[bytes, bytes]:
        """At most about *limit* bytes of output, and the part of *data* that was not used; with no *data*, what is pending.

        Raises `CorruptedFrameError` for bytes that are no such stream.
        """
        ...


def optional_library(name: str, purpose: str) -> Any:  # Any: modules without types
    """The module *name*, which is not installed with us; raises ImportError that says how to get it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f"{purpose} needs the library {name}: add it to your project's dependencies", name=name) from error


@final
class ZlibEngine(Engine):
    """zlib, gzip and raw deflate. Source: RFC 1950, 1952 and 1951."""

    def __init__(self, window_bits: int) -> None:
        self._stream = zlib.decompressobj(window_bits)
        self.is_finished = False

    def step(self, data: bytes, limit: int) -> tuple[bytes, bytes]:
        try:
            out = self._stream.decompress(data, limit)
        except zlib.error as error:
            raise CorruptedFrameError(f"no deflate stream: {error}") from error
        self.is_finished = self._stream.eof
        return out, self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail


@final
class BrotliEngine(Engine):
    """Brotli, by the library of that name. Source: RFC 7932."""

    def __init__(self) -> None:
        self._library = optional_library("brotli", "Brotli decompression")
        self._stream = self._library.Decompressor()
        self.is_finished = False

    def step(self, data: bytes, limit: int) -> tuple[bytes, bytes]:
        try:
            if not self._stream.can_accept_more_data():
                return self._stream.process(b"", output_buffer_limit=limit), data
            out: bytes = self._stream.process(data, output_buffer_limit=limit)
        except self._library.error as error:
            raise CorruptedFrameError(f"no Brotli stream: {error}") from error
        self.is_finished = self._stream.is_finished()
        return out, b""


@final
class ZstdEngine(Engine):
    """Zstandard, by the library ``zstandard``. Source: RFC 8878."""

    def __init__(self) -> None:
        self._library = optional_library("zstandard", "Zstandard decompression")
        self._stream = self._library.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        self._pending = b""
        self.is_finished = False

    def step(self, data: bytes, limit: int) -> tuple[bytes, bytes]:
        if not self._pending and data:
            part, data = data[:_ZSTD_STEP], data[_ZSTD_STEP:]
            try:
                self._pending = self._stream.decompress(part)
            except self._library.ZstdError as error:
                raise CorruptedFrameError(f"no Zstandard stream: {error}") from error
            if self._stream.eof:
                data = self._stream.unused_data + data
        out, self._pending = self._pending[:limit], self._pending[limit:]
        self.is_finished = self._stream.eof and not self._pending
        return out, data


@final
class InflateReader(FrameReader):
    """Makes pieces of at most about 64 KiB of a stream of compressed chunks.

    Args:
        engine: makes the engine of each stream.
        max_output_bytes: that all streams together may give.
        max_ratio: of output to input, once 1 MiB was given.
        concatenated: whether another stream may follow the end of one; else what follows is an error.

    Raises:
        ValueError: for a limit below 1.
    """

    def __init__(self, engine: Callable[[], Engine], max_output_bytes: int, max_ratio: float, *, concatenated: bool) -> None:
        super().__init__()
        if max_output_bytes < 1 or max_ratio < 1:
            raise ValueError(f"max_output_bytes {max_output_bytes}, max_ratio {max_ratio}: both must be at least 1")
        self._make = engine
        self._engine: Engine | None = None
        self._max = max_output_bytes
        self._max_ratio = max_ratio
        self._concatenated = concatenated
        self._streams = 0  # that have ended
        self._input = 0
        self._output = 0
        self._is_lost = False

    def next_frame(self) -> ByteBuffer | None:
        """The next piece, or None if more bytes are needed.

        Raises `TooLongFrameError` for more output than allowed, `CorruptedFrameError` for a wrong stream; either way it is lost then.
        """
        while not self._is_lost:
            rest = self._data[self._position :]
            if self._engine is None:
                if not rest:
                    return None
                self._begin()
            out = self._step(rest)
            if out:
                return ByteBuffer(out)
            if self._engine is not None and len(self._data) - self._position == len(rest):
                return None
        self._position = len(self._data)
        return None

    def is_between_frames(self) -> bool:
        return self._is_lost or (self._engine is None and super().is_between_frames())

    def _begin(self) -> None:
        if self._streams > 0 and not self._concatenated:
            raise self._lose(CorruptedFrameError("bytes behind the end of the compressed stream"))
        self._engine = self._make()

    def _step(self, rest: bytes) -> bytes:
        engine = self._engine
        assert engine is not None
        try:
            out, left = engine.step(rest, _PIECE)
        except CorruptedFrameError as error:
            raise self._lose(error) from error.__cause__
        self._position = len(self._data) - len(left)
        self._input += len(rest) - len(left)
        self._output += len(out)
        if self._output > self._max:
            raise self._lose(TooLongFrameError(self._output, self._max, at_least=True))
        allowed = int(max(self._input * self._max_ratio, _FREE_OUTPUT))
        if self._output > allowed:
            raise self._lose(TooLongFrameError(self._output, allowed, at_least=True))
        if engine.is_finished:
            self._engine = None
            self._streams += 1
        return out

    def _lose(self, error: Exception) -> Exception:
        """End the stream, of which nothing more can be made; return *error* to raise."""
        self._is_lost = True
        self._engine = None
        self._position = len(self._data)
        return error
