"""Http2StreamChannel: one stream of HTTP/2 as a channel. Source: Netty's interface of that name, ``AbstractHttp2StreamChannel``.

::

    Http2HeadersFrame, Http2DataFrame … ──> [ your handlers ] ──> Http2HeadersFrame, Http2DataFrame …

Theory of operation. What is written waits in the outbound buffer as of any channel: content as its bytes, which count for the water marks,
a head as an empty piece in its place (`_marks`). A flush hands over what the windows of the stream and of the connection, and the
connection's own buffer, have room for; the rest waits until the peer makes some (`resume`). Heads take no room, but keep their place.

Law 1. A stream that is over on both sides closes by itself, behind what came. Law 2. One that is closed before is reset: NO_ERROR by a
server that has answered, CANCEL else, so that no message that was cut off looks like a whole one.
Law 3. A stream of ours has its number when its first head leaves, since numbers must be used in order.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

from mypy_extensions import i64, mypyc_attr

from pyboot.components.netty.buffer.file_region import FileRegion
from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.life.closing import CLOSING
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.channel.stream import StreamChannel
from pyboot.components.netty.errors import UnsupportedMessageError
from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http2.connection import Http2Connection
from pyboot.components.netty.wire.http2.errors import Http2Error, Http2ErrorCode, Http2StreamResetError
from pyboot.components.netty.wire.http2.frame import Http2DataFrame, Http2HeadersFrame, Http2ResetFrame
from pyboot.components.netty.wire.http2.header_table import Field
from pyboot.components.netty.wire.http2.heads import fields_of

__all__ = ["Http2StreamChannel", "StreamOwner"]

# Content that waits and is shorter than the first is joined to what waits before it, unless that is longer than the second.
_SMALL: Final = 256
_JOINED: Final = 2048


class StreamOwner(Protocol):
    """The handler that has a stream, as the stream sees it."""

    machine: Http2Connection

    def has_room(self) -> bool:
        """True if the connection takes more bytes now."""
        ...

    def wait_for_room(self, stream: Http2StreamChannel) -> None:
        """Resume *stream* when there is room."""
        ...

    def numbered(self, stream: Http2StreamChannel) -> None:
        """Note that *stream* has its number."""
        ...

    def flush_soon(self) -> None:
        """Send what the machine has, with the next flush of the connection."""
        ...

    def is_over(self, stream: Http2StreamChannel) -> None:
        """Note that both sides of *stream* have ended: close it, not on this stack."""
        ...

    def closed(self, stream: Http2StreamChannel) -> None:
        """Note that *stream* is closed."""
        ...


@mypyc_attr(allow_interpreted_subclasses=True)
class Http2StreamChannel(StreamChannel):
    """One stream: reads and writes frames; made by an `Http2MultiplexHandler`, of ours for an `Http2StreamChannelBootstrap`.

    A write of anything else fails with `UnsupportedMessageError`, one behind the end of our side with `HttpEncoderError`.
    """

    def __init__(self, owner: StreamOwner, parent: Channel, config: ChannelConfig, stream_id: int) -> None:
        super().__init__(parent, config, stream_id)
        self._owner = owner
        self._machine = owner.machine
        self._marks: list[tuple[int, Http2HeadersFrame, list[Field]]] = []  # by which message of all they are
        self._has_head = False  # was written
        self._ends_behind: i64 = -1  # the number of messages behind which our side ends
        # The run that the peer has no room for: what is left of it, and heads by where they stand in it.
        self._rest: bytes | memoryview = b""
        self._heads: list[tuple[int, Http2HeadersFrame, list[Field]]] = []
        self._at: i64 = 0
        self._ends = False

    def sent_before(self) -> None:
        """Note that our side had ended before there was a channel: the request of an upgrade went by HTTP/1.1."""
        self._has_head = True
        self._ends_behind = 0

    # Reading.

    def arrived(self, msg: object, size: int) -> None:
        # hot path: once for each frame.
        inbox = self._inbox
        if inbox and isinstance(msg, Http2DataFrame) and size < _SMALL and self.state < CLOSING:
            last, before = inbox[-1]
            if isinstance(last, Http2DataFrame) and before < _JOINED and isinstance(last.content, bytes) and isinstance(msg.content, bytes):
                # A frame of one byte costs two hundred: what waits is kept in larger pieces.
                inbox[-1] = (
                    Http2DataFrame(last.content + msg.content, msg.end_stream, int(self.stream_id), last.flow_size + msg.flow_size),
                    before + size,
                )
                return
        super().arrived(msg, size)

    # Writing.

    def add_outbound(self, msg: object, promise: ChannelPromise | None) -> None:
        # hot path: once for each frame that leaves.
        if self.state >= CLOSING:
            self.refuse(msg)
        if isinstance(msg, Http2ResetFrame):
            self._write_reset(msg.code, promise)
            return
        if not isinstance(msg, Http2HeadersFrame | Http2DataFrame):
            release(msg)
            raise UnsupportedMessageError(msg)
        if self._ends_behind >= 0:
            release(msg.content if isinstance(msg, Http2DataFrame) else None)
            raise HttpEncoderError(f"a frame behind the end of stream {self.stream_id}")
        if isinstance(msg, Http2HeadersFrame):
            self._add_head(msg, promise)
        elif not self._has_head:
            release(msg.content)
            raise HttpEncoderError("content in front of the head of its stream")
        elif msg.end_stream:
            self._add_end(msg.content, promise)
        else:
            self.outbound.add(msg.content, promise)

    def _add_head(self, frame: Http2HeadersFrame, promise: ChannelPromise | None) -> None:
        # Judged here: one that failed in a flush would have taken a number, and leave a run that is half sent.
        fields = fields_of(frame.headers)
        outbound = self.outbound
        number = outbound.messages_written
        had_head, self._has_head = self._has_head, True
        self._marks.append((number, frame, fields))
        if frame.end_stream:
            self._ends_behind = number + 1
        try:
            outbound.add(b"", promise)  # last: a handler that is told of the water mark may flush
        except Exception:
            self._marks.pop()
            self._has_head, self._ends_behind = had_head, -1
            raise

    def _add_end(self, content: Any, promise: ChannelPromise | None) -> None:
        outbound = self.outbound
        if isinstance(content, FileRegion):  # a run of its own: the end is a piece behind it
            outbound.add(content, None)
            content = b""
        self._ends_behind = outbound.messages_written + 1
        try:
            outbound.add(content, promise)  # last, as above
        except Exception:
            self._ends_behind = -1
            raise

    def transmit(self, data: bytes | memoryview) -> bool:
        # hot path: once for each flush.
        outbound = self.outbound
        begin: i64 = outbound.messages_taken
        end: i64 = begin + outbound.run_count()
        marks = self._marks
        while marks and marks[0][0] < end:
            number, frame, fields = marks.pop(0)
            self._heads.append((outbound.bytes_before(number), frame, fields))
        self._rest = data
        self._at = 0
        self._ends = self._ends_behind == end
        return self._send()

    def _send(self) -> bool:
        """Send what there is room for; True if that is all."""
        if self.stream_id and int(self.stream_id) not in self._machine.streams.open:
            return self._wait()  # it was reset in this read, of which its handlers are told next
        sender = self._machine.sender
        rest = self._rest
        size: i64 = len(rest)
        self._owner.flush_soon()
        while True:
            stop: i64 = size
            if self._heads:
                stop = self._heads[0][0]
                if self._at == stop:
                    _, frame, fields = self._heads.pop(0)
                    self._send_head(frame, fields)
                    continue
            ends = self._ends and not self._heads
            if self._at < stop or (ends and not self._has_ended()):
                if not self._owner.has_room():
                    return self._wait()
                piece = rest if self._at == 0 and stop == size else rest[self._at : stop]
                self._at += sender.data(int(self.stream_id), piece, ends)
                if self._at < stop:
                    return self._wait()
            if not self._heads:
                break
        self._rest = b""
        self._at = 0
        if self._ends and not self.is_input_ending() and self._machine.is_over(int(self.stream_id)):
            self._owner.is_over(self)
        return True

    def _has_ended(self) -> bool:
        """True if our side has ended, with a head."""
        stream = self._machine.streams.open.get(int(self.stream_id))
        return stream is None or stream.has_sent_end

    def _send_head(self, frame: Http2HeadersFrame, fields: list[Field]) -> None:
        sender = self._machine.sender
        if self.stream_id == 0:
            self.stream_id = sender.next_stream_id()
            self._owner.numbered(self)
        sender.head(int(self.stream_id), fields, frame.end_stream, is_head_request=frame.headers.method == "HEAD")

    def _wait(self) -> bool:
        self._owner.wait_for_room(self)
        self.output_waits()
        return False

    def resume(self) -> None:
        """There may be room."""
        if self.state <= CLOSING and self.writing.is_waiting and self._send():
            self.drained()

    def unsent(self) -> int:
        return int(len(self._rest) - self._at)

    # Ending.

    def consumed(self, size: int) -> None:
        self._machine.consumed(int(self.stream_id), size)
        self._owner.flush_soon()

    def input_finished(self) -> None:
        if self._machine.is_over(int(self.stream_id)):
            self.closing.begin()

    def finish_stream(self) -> None:
        stream = self._machine.streams.open.get(int(self.stream_id))
        if stream is not None:
            is_answered = stream.has_sent_end and self._machine.is_server  # then the rest of the question is not needed (RFC 9113 8.1)
            self._reset(Http2ErrorCode.NO_ERROR if is_answered else Http2ErrorCode.CANCEL)

    def reset_stream(self, cause: Exception | None) -> None:
        self._reset(cause.code if isinstance(cause, Http2Error) else Http2ErrorCode.CANCEL)

    def _write_reset(self, code: int, promise: ChannelPromise | None) -> None:
        """End both sides with *code*, behind what was written before and finds room; the rest of it fails."""
        self.flush_outbound()
        self._reset(code)
        if promise is not None:
            promise.try_success()
        self.abort()

    def _reset(self, code: int) -> None:
        self._machine.sender.reset(int(self.stream_id), code)
        self._owner.flush_soon()

    def peer_has_reset(self, frame: Http2ResetFrame) -> None:
        """The peer has ended the stream: handlers get the frame as an event, then the error, then the end."""
        if self.state < CLOSING:
            self.run_in_context(self._pipeline.fire_user_event_triggered, frame)
        if frame.code == Http2ErrorCode.NO_ERROR and not self._machine.is_server and self._input != 0:
            self.lost(None)  # the response was complete: the server wanted no more of the request (RFC 9113 8.1)
        else:
            self.lost(Http2StreamResetError(int(self.stream_id), frame.code))

    def lost(self, error: Exception | None) -> None:
        self._marks.clear()
        self._heads.clear()
        self._rest = b""
        super().lost(error)
        self._owner.closed(self)

    def local_address(self) -> Any:
        return self.connection.local_address()
