"""Compression in a pipeline: zlib, gzip, Brotli and Zstandard, as one stream a connection and direction.

Decoders give pieces as they come and are capped (`wire.inflate`); encoders make every message readable at once by a sync flush, and
end their stream when the channel is closed.
"""

from __future__ import annotations

import zlib
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Protocol

from pyboot.components.netty.buffer.file_region import FileRegion
from pyboot.components.netty.buffer.message import release, take_bytes
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import UnsupportedMessageError
from pyboot.components.netty.wire.inflate import BrotliEngine, InflateReader, ZlibEngine, ZstdEngine, optional_library

from .frames import FrameDecoder

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["BrotliDecoder", "BrotliEncoder", "ZlibDecoder", "ZlibEncoder", "ZstdDecoder", "ZstdEncoder"]

_DEFAULT_OUTPUT: Final = 64 * 1024 * 1024
_DEFAULT_RATIO: Final = 100.0

type Wrapper = Literal["zlib", "gzip", "raw", "auto"]
_WINDOW_BITS: Final = {"zlib": zlib.MAX_WBITS, "gzip": 16 + zlib.MAX_WBITS, "raw": -zlib.MAX_WBITS, "auto": 32 + zlib.MAX_WBITS}


class _DecompressingDecoder(FrameDecoder):
    """Takes the messages that come as one compressed stream, however they are cut, and gives pieces of what that holds."""

    makes_frames: ClassVar[bool | None] = False


class ZlibDecoder(_DecompressingDecoder):
    """Decompresses deflate in any *wrapper*: ``zlib``, ``gzip``, ``raw`` (none), or ``auto``, which takes zlib and gzip.

    Raises `TooLongFrameError` past *max_output_bytes* (64 MiB a connection by default) or *max_ratio* (100, once 1 MiB was given),
    `CorruptedFrameError` for bytes that are no such stream, or follow its end; only gzip may go on with another member (RFC 1952, 2.2).
    """

    def __init__(self, wrapper: Wrapper = "zlib", max_output_bytes: int = _DEFAULT_OUTPUT, max_ratio: float = _DEFAULT_RATIO) -> None:
        bits = _window_bits(wrapper)
        super().__init__(InflateReader(lambda: ZlibEngine(bits), max_output_bytes, max_ratio, concatenated=wrapper == "gzip"))


class BrotliDecoder(_DecompressingDecoder):
    """Decompresses Brotli, with the library ``brotli``; caps as for `ZlibDecoder`."""

    def __init__(self, max_output_bytes: int = _DEFAULT_OUTPUT, max_ratio: float = _DEFAULT_RATIO) -> None:
        optional_library("brotli", type(self).__qualname__)
        super().__init__(InflateReader(BrotliEngine, max_output_bytes, max_ratio, concatenated=False))


class ZstdDecoder(_DecompressingDecoder):
    """Decompresses Zstandard, with the library ``zstandard``; caps as for `ZlibDecoder`. Frames may follow one another (RFC 8878, 3)."""

    def __init__(self, max_output_bytes: int = _DEFAULT_OUTPUT, max_ratio: float = _DEFAULT_RATIO) -> None:
        optional_library("zstandard", type(self).__qualname__)
        super().__init__(InflateReader(ZstdEngine, max_output_bytes, max_ratio, concatenated=True))


class _Compressor(Protocol):
    """One stream being made."""

    def message(self, data: bytes) -> bytes:
        """*data* compressed, so that the peer can read all of it."""
        ...

    def end(self) -> bytes:
        """The end of the stream."""
        ...


class _CompressingEncoder(ChannelHandler[Any]):
    """Compresses each outgoing message of bytes; the stream is ended when the channel closes."""

    def __init__(self, compressor: _Compressor) -> None:
        self._compressor = compressor
        self._is_ended = False

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        """Compress what has bytes, pass on what has none; raises `UnsupportedMessageError` for a `FileRegion`."""
        if isinstance(msg, FileRegion):  # passed by, its bytes would stand in the middle of a compressed stream
            release(msg)
            raise UnsupportedMessageError(msg)
        data = take_bytes(msg)
        if data is None or self._is_ended:
            return ctx.write(msg if data is None else data, promise)
        return ctx.write(self._compressor.message(data), promise)

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        self._end(ctx)
        return ctx.close(promise)

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._end(ctx)
        return None

    def _end(self, ctx: ChannelHandlerContext) -> None:
        if not self._is_ended and ctx.channel.is_active:
            self._is_ended = True
            ctx.write_and_flush(self._compressor.end())


class ZlibEncoder(_CompressingEncoder):
    """Compresses with deflate: *wrapper* ``zlib``, ``gzip`` or ``raw``; *level* 0 (none) to 9 (most), 6 by default.

    Raises ValueError for another wrapper or level.
    """

    def __init__(self, wrapper: Wrapper = "zlib", level: int = 6) -> None:
        if wrapper == "auto" or not 0 <= level <= 9:
            raise ValueError(f"wrapper {wrapper!r}, level {level}: allowed is zlib, gzip or raw, and 0 to 9")
        super().__init__(_Deflate(level, _window_bits(wrapper)))


class BrotliEncoder(_CompressingEncoder):
    """Compresses with Brotli, with the library ``brotli``; *quality* 0 to 11, 4 by default, which suits a live stream."""

    def __init__(self, quality: int = 4) -> None:
        super().__init__(_Brotli(optional_library("brotli", type(self).__qualname__).Compressor(quality=quality)))


class ZstdEncoder(_CompressingEncoder):
    """Compresses with Zstandard, with the library ``zstandard``; *level* 1 to 22, 3 by default."""

    def __init__(self, level: int = 3) -> None:
        library = optional_library("zstandard", type(self).__qualname__)
        super().__init__(_Zstd(library, library.ZstdCompressor(level=level).compressobj()))


class _Deflate:
    def __init__(self, level: int, window_bits: int) -> None:
        self._stream = zlib.compressobj(level, zlib.DEFLATED, window_bits)

    def message(self, data: bytes) -> bytes:
        return self._stream.compress(data) + self._stream.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        return self._stream.flush()


class _Brotli:
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def message(self, data: bytes) -> bytes:
        return bytes(self._stream.process(data) + self._stream.flush())

    def end(self) -> bytes:
        return bytes(self._stream.finish())


class _Zstd:
    def __init__(self, library: Any, stream: Any) -> None:
        self._library = library
        self._stream = stream

    def message(self, data: bytes) -> bytes:
        return bytes(self._stream.compress(data) + self._stream.flush(self._library.COMPRESSOBJ_FLUSH_BLOCK))

    def end(self) -> bytes:
        return bytes(self._stream.flush(self._library.COMPRESSOBJ_FLUSH_FINISH))


def _window_bits(wrapper: Wrapper) -> int:
    if wrapper not in _WINDOW_BITS:
        raise ValueError(f"wrapper {wrapper!r}, allowed is one of {', '.join(_WINDOW_BITS)}")
    return _WINDOW_BITS[wrapper]
