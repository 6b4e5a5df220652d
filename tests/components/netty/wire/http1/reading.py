"""What a reader of HTTP/1 makes of bytes, in a form that can be compared."""

from collections.abc import Iterable
from typing import Any

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http.message import DefaultHttpContent, HttpContent, HttpObject, LastHttpContent
from pyboot.components.netty.wire.http1.reader import HttpReader


def read(reader: HttpReader, *chunks: bytes, ends: bool = False, answers: bool = False) -> list[Any]:
    """The messages, raw bytes of another protocol as bytes, and the reason of an error; with *answers* each request is answered at once."""
    found: list[Any] = []
    for chunk in chunks:
        reader.feed(chunk)
        while True:
            try:
                frame = reader.next_frame()
            except HttpDecoderError as error:
                found.append(error.reason)
                continue
            if frame is None:
                break
            if answers and isinstance(frame, LastHttpContent):
                reader.exchange.end()
            found.append(frame.get_readable_bytes() if isinstance(frame, ByteBuffer) else frame)
    if ends and (last := reader.last_frame()) is not None:
        found.append(last)
    return found


def error_of(reader: HttpReader, *chunks: bytes) -> HttpDecoderError:
    """The error that *chunks* give, which they must."""
    for chunk in chunks:
        reader.feed(chunk)
        try:
            while reader.next_frame() is not None:
                pass
        except HttpDecoderError as error:
            return error
    raise AssertionError(f"{b''.join(chunks)!r} was read")


def joined(found: Iterable[Any]) -> list[Any]:
    """The same with the content of each message in one piece, since its pieces are where the network has cut."""
    whole: list[Any] = []
    content = b""
    for each in found:
        if isinstance(each, bytes) and whole and isinstance(whole[-1], bytes):
            whole[-1] += each
        elif isinstance(each, HttpContent) and type(each) is not DefaultHttpContent and not _is_head(each):
            assert isinstance(each, LastHttpContent)
            whole.append((content + each.content, each.trailing_headers.items()))
            content = b""
        elif isinstance(each, DefaultHttpContent):
            content += each.content
        else:
            whole.append(each)
    return [*whole, content] if content else whole


def _is_head(message: Any) -> bool:
    return isinstance(message, HttpObject) and hasattr(message, "headers")


def single_bytes(stream: bytes) -> list[bytes]:
    """*stream* cut into single bytes."""
    return [stream[at : at + 1] for at in range(len(stream))]
