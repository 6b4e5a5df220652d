"""Frames ended by delimiters in a pipeline, both ways."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.compat13.keywords import keyword_aliases
from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.as_bytes import BytesReader
from pyboot.components.netty.wire.delimiter import DelimiterReader

from .frames import FrameDecoder

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["ByteDelimiterBasedFrameDecoder", "DelimiterBasedFrameDecoder", "DelimiterEncoder", "LineEncoder"]

_keywords = keyword_aliases(
    delimiter="delimiters", maxLength="max_length", stripDelimiter="strip_delimiter", failFast="fail_fast", ignoreEmpty="ignore_empty"
)


def _reader(
    delimiters: Iterable[bytes] | bytes, max_length: int | None, strip_delimiter: bool, fail_fast: bool, ignore_empty: bool
) -> DelimiterReader:
    several = [delimiters] if isinstance(delimiters, bytes) else delimiters
    return DelimiterReader(several, max_length or 8192, strip_delimiter, fail_fast, ignore_empty)


@_keywords
class DelimiterBasedFrameDecoder(FrameDecoder):
    """Cuts the byte stream at delimiters; each frame becomes a `ByteBuffer`.

    Args:
        delimiters: one or several; the shortest frame wins.
        max_length: longest frame accepted, without its delimiter; 8 KiB by default, for None and 0 too.
        strip_delimiter: whether the delimiter is cut off.
        fail_fast: tell of a frame that is too long at once, not when its delimiter has come.
        ignore_empty: whether frames of no bytes are left out.
        pool_bucket_size: of the published package; frames are views here, nothing is allocated for them.

    A longer frame goes to exception_caught as `TooLongFrameError`. Raises ValueError for no delimiter, an empty one, or a limit below 0.
    """

    def __init__(
        self,
        delimiters: Iterable[bytes] | bytes,
        max_length: int | None = 8192,
        strip_delimiter: bool = True,
        fail_fast: bool = True,
        ignore_empty: bool = False,
        pool_bucket_size: int = 1024,
    ) -> None:
        super().__init__(_reader(delimiters, max_length, strip_delimiter, fail_fast, ignore_empty))


@_keywords
class ByteDelimiterBasedFrameDecoder(FrameDecoder):
    """The same as `DelimiterBasedFrameDecoder`, whose frames are ``bytes``."""

    def __init__(
        self,
        delimiters: Iterable[bytes] | bytes,
        max_length: int | None = 8192,
        strip_delimiter: bool = True,
        fail_fast: bool = True,
        ignore_empty: bool = False,
    ) -> None:
        super().__init__(BytesReader(_reader(delimiters, max_length, strip_delimiter, fail_fast, ignore_empty)))


class DelimiterEncoder(ChannelHandler[Any]):
    """Puts *delimiter* behind each outgoing message, bytes or text.

    A message that contains the delimiter raises `EncoderError`: the peer would read two messages, and whoever chose the text of the one
    would have written the other. Raises ValueError for an empty delimiter.
    """

    sharable: ClassVar[bool] = True

    def __init__(self, delimiter: bytes, charset: str = "utf-8") -> None:
        if not delimiter:
            raise ValueError("an empty delimiter ends no message")
        self._delimiter = delimiter
        self._charset = charset

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        body = msg.encode(self._charset) if isinstance(msg, str) else take_bytes(msg)
        if body is None:
            return ctx.write(msg, promise)
        if self._delimiter in body:
            raise EncoderError(f"a message that contains its own delimiter {self._delimiter!r} would be read as two")
        return ctx.write(body + self._delimiter, promise)


class LineEncoder(DelimiterEncoder):
    """Ends each outgoing message, bytes or text, as a line. A line feed within it raises `EncoderError`.

    Args:
        separator: ``b"\\n"`` by default, ``b"\\r\\n"`` for most text protocols.
        charset: of messages that are text.
    """

    def __init__(self, separator: bytes | str = b"\n", charset: str = "utf-8") -> None:
        super().__init__(separator.encode(charset) if isinstance(separator, str) else separator, charset)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        body = msg.encode(self._charset) if isinstance(msg, str) else take_bytes(msg)
        if body is None:
            return ctx.write(msg, promise)
        if b"\n" in body or (b"\r" in self._delimiter and b"\r" in body):
            raise EncoderError("a message that contains the end of a line would be read as two")
        return ctx.write(body + self._delimiter, promise)
