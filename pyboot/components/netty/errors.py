"""Every error of the network tower, in one tree.

::

    NettyError
     ├─ ChannelError                     something is wrong with one connection
     │   ├─ ClosedChannelError           you used a channel that is closed (also a ConnectionError)
     │   ├─ NotYetConnectedError         you wrote before there was a peer
     │   ├─ ConnectTimeoutError          the peer did not answer in time (also a TimeoutError)
     │   ├─ CloseTimeoutError            flushed bytes were not taken by the peer before the close deadline
     │   ├─ ReadTimeoutError             the peer has sent nothing for too long (also a TimeoutError)
     │   ├─ WriteTimeoutError            a write was not delivered in time (also a TimeoutError)
     │   ├─ WriteStallError              the peer has taken nothing for too long
     │   ├─ AcceptError                  a server cannot accept connections at the moment (also an OSError)
     │   ├─ RecipientError               you named a recipient that no datagram can be sent to (also a ValueError)
     │   ├─ BindError                    an address cannot be listened on (also an OSError)
     │   ├─ OutboundOverflowError        you wrote past the hard limit of the outbound buffer
     │   └─ ChannelStateError            the move is not legal in the channel's state
     ├─ ChannelGroupError                some channels of a group failed; it holds the error of each
     ├─ ChannelPoolError
     │   ├─ AcquireTimeoutError          no connection of the pool came back in time (also a TimeoutError)
     │   ├─ BusyPoolError                too many wait for a connection already
     │   └─ ClosedPoolError              you used a pool that is closed
     ├─ LoopEndedError                   you used a loop or group that was shut down (also a RuntimeError)
     ├─ ChannelPipelineError             a pipeline was built or changed wrongly
     │   ├─ DuplicateHandlerNameError    the name is taken
     │   ├─ HandlerNotFoundError         nothing in the pipeline fits
     │   ├─ NotSharableError             one handler object, two channels
     │   ├─ PipelineDepthError           events cause each other without end (also a RecursionError)
     │   └─ HandlerCallbackError         handler_added or handler_removed raised
     ├─ SslContextError                  a certificate, a key or a setting of TLS is of no use (also a ValueError)
     ├─ CodecError
     │   ├─ DecoderError                 the peer's bytes do not follow the protocol
     │   │   ├─ TooLongFrameError        a frame is longer than allowed
     │   │   ├─ CorruptedFrameError      a frame contradicts itself
     │   │   ├─ PrematureCloseError      the peer left in the middle of a message
     │   │   └─ SslError                 TLS with the peer failed (also an OSError)
     │   │       ├─ SslTruncationError   the peer left without saying that this is all
     │   │       └─ SslHandshakeError    there is no common ground with the peer
     │   │           ├─ SslHandshakeTimeoutError   the peer did not finish in time (also a TimeoutError)
     │   │           ├─ NotSslRecordError          the peer speaks something else
     │   │           └─ UnknownServerNameError     the client asks for a host that is not served here
     │   └─ EncoderError                 a message of yours cannot be turned into bytes
     │       └─ UnsupportedMessageError  no handler turned the message into bytes (also a TypeError)
     └─ ByteBufferError
         ├─ BufferIndexError             an index outside of the buffer (also an IndexError)
         ├─ ReadOnlyBufferError          a buffer written to that was given out for reading only
         └─ ReleasedBufferError          a buffer used after its release

Errors hold facts as attributes; the text is built when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .address import address_text

__all__ = [
    "AcceptError",
    "AcquireTimeoutError",
    "BindError",
    "BufferIndexError",
    "BusyPoolError",
    "ByteBufferError",
    "ChannelError",
    "ChannelGroupError",
    "ChannelPipelineError",
    "ChannelPoolError",
    "ChannelStateError",
    "CloseTimeoutError",
    "ClosedChannelError",
    "ClosedPoolError",
    "CodecError",
    "ConnectTimeoutError",
    "CorruptedFrameError",
    "DecoderError",
    "DuplicateHandlerNameError",
    "EncoderError",
    "HandlerCallbackError",
    "HandlerNotFoundError",
    "LoopEndedError",
    "NettyError",
    "NotSharableError",
    "NotSslRecordError",
    "NotYetConnectedError",
    "OutboundOverflowError",
    "PipelineDepthError",
    "PrematureCloseError",
    "ReadOnlyBufferError",
    "ReadTimeoutError",
    "RecipientError",
    "ReleasedBufferError",
    "SslContextError",
    "SslError",
    "SslHandshakeError",
    "SslHandshakeTimeoutError",
    "SslTruncationError",
    "TooLongFrameError",
    "UnknownServerNameError",
    "UnsupportedMessageError",
    "WriteStallError",
    "WriteTimeoutError",
]


class NettyError(Exception):
    """Root of everything the network tower raises on purpose."""


class ChannelError(NettyError):
    """Something is wrong with one connection; the others are not concerned."""


class ClosedChannelError(ChannelError, ConnectionError):
    """An operation met a closed channel; ``__cause__`` tells why it was closed, where that is known."""


class NotYetConnectedError(ChannelError):
    """A write reached the network before the channel was active."""


class ConnectTimeoutError(ChannelError, TimeoutError):
    """The peer did not accept the connection within the connect timeout."""

    def __init__(self, address: object, seconds: float) -> None:
        super().__init__(address, seconds)
        self.address = address
        self.seconds = seconds

    def __str__(self) -> str:
        return f"no connection to {address_text(self.address)} within {self.seconds:g} s"


class CloseTimeoutError(ChannelError, TimeoutError):
    """The peer did not take the flushed bytes, or handlers were not done, before the close deadline; the channel was aborted."""

    def __init__(self, pending_bytes: int, seconds: float) -> None:
        super().__init__(pending_bytes, seconds)
        self.pending_bytes = pending_bytes
        self.seconds = seconds

    def __str__(self) -> str:
        if not self.pending_bytes:
            return f"handlers were not done within {self.seconds:g} s of close()"
        return f"{self.pending_bytes} flushed bytes were not taken by the peer within {self.seconds:g} s of close()"


class ReadTimeoutError(ChannelError, TimeoutError):
    """The peer has sent nothing, or *text*, for the read timeout; the channel is closed."""

    def __init__(self, seconds: float, text: str = "") -> None:
        super().__init__(seconds)
        self.seconds = seconds
        self.text = text

    def __str__(self) -> str:
        return self.text or f"nothing was read for {self.seconds:g} s"


class WriteTimeoutError(ChannelError, TimeoutError):
    """A write was not delivered within the write timeout; the channel was aborted."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return f"a write was not delivered within {self.seconds:g} s"


class WriteStallError(ChannelError, TimeoutError):
    """The peer took none of the pending bytes for the write stall timeout; the channel was aborted."""

    def __init__(self, pending_bytes: int, seconds: float) -> None:
        super().__init__(pending_bytes, seconds)
        self.pending_bytes = pending_bytes
        self.seconds = seconds

    def __str__(self) -> str:
        return f"the peer took none of {self.pending_bytes} pending bytes for {self.seconds:g} s"


class AcceptError(ChannelError, OSError):
    """A server cannot accept connections at the moment; ``errno`` and ``strerror`` are the operating system's.

    *times*: how often this has been the reason so far, at most ten times a second. *turned_away*: how many clients the server has
    turned away so far, for want of descriptors or memory.
    """

    def __init__(self, cause: OSError, times: int, turned_away: int) -> None:
        super().__init__(cause.errno, cause.strerror or str(cause))
        self.times = times
        self.turned_away = turned_away

    def __str__(self) -> str:
        away = f"{self.turned_away} clients were turned away so far, " if self.turned_away else ""
        return f"cannot accept: {self.strerror} ({self.times} times so far); {away}those who are connected are not concerned"


class BindError(ChannelError, OSError):
    """An address cannot be listened on; ``errno`` and ``strerror`` are the operating system's. Of a path, *port* is None."""

    def __init__(self, host: str | None, port: int | None, cause: OSError) -> None:
        super().__init__(cause.errno, cause.strerror or str(cause))
        self.host = host
        self.port = port

    def __str__(self) -> str:
        where = self.host if self.port is None else (self.host, self.port)
        return f"cannot listen on {address_text(where)}: {self.strerror}"


class RecipientError(ChannelError, ValueError):
    """A recipient that no datagram can be sent to."""

    def __init__(self, recipient: object, problem: str) -> None:
        super().__init__(recipient, problem)
        self.recipient = recipient
        self.problem = problem

    def __str__(self) -> str:
        return f"a datagram cannot be sent to {self.recipient!r}: {self.problem}"


class OutboundOverflowError(ChannelError):
    """A write would have gone past the hard limit of the outbound buffer."""

    def __init__(self, pending_bytes: int, size: int, limit: int) -> None:
        super().__init__(pending_bytes, size, limit)
        self.pending_bytes = pending_bytes
        self.size = size
        self.limit = limit

    def __str__(self) -> str:
        said = f"write of {self.size} bytes with {self.pending_bytes} pending, limit {self.limit}: "
        if self.size > self.limit:  # however fast the peer may be
            return said + "no peer can read so much at once; write it in pieces and await each, or raise the limit (write-buffer.limit)"
        return said + "the peer reads too slowly; await the writes or watch is_writable"


class ChannelStateError(ChannelError):
    """The move is not in the table of legal moves of the channel's state."""


class ChannelGroupError(NettyError):
    """An operation on a group failed on some of its channels; *failures* says on which, and why."""

    def __init__(self, failures: Mapping[Any, BaseException], size: int) -> None:
        super().__init__(failures, size)
        self.failures = dict(failures)
        self.size = size

    def __str__(self) -> str:
        channel, error = next(iter(self.failures.items()))
        return f"{len(self.failures)} of {self.size} channels failed, {channel!r} first: {error!r}"


class ChannelPoolError(NettyError):
    """A pool could not lend a connection out."""


class AcquireTimeoutError(ChannelPoolError, TimeoutError):
    """No connection of the pool came back within the acquire timeout."""

    def __init__(self, connections: int, seconds: float) -> None:
        super().__init__(connections, seconds)
        self.connections = connections
        self.seconds = seconds

    def __str__(self) -> str:
        return (
            f"none of {self.connections} connections came back within {self.seconds:g} s: release them, or raise the number or the timeout"
        )


class BusyPoolError(ChannelPoolError):
    """As many as are allowed wait for a connection already."""

    def __init__(self, connections: int, waiting: int) -> None:
        super().__init__(connections, waiting)
        self.connections = connections
        self.waiting = waiting

    def __str__(self) -> str:
        return f"all {self.connections} connections are lent out and {self.waiting} callers wait already, no more are allowed"


class ClosedPoolError(ChannelPoolError):
    """The pool was closed."""


class LoopEndedError(NettyError, RuntimeError):
    """A loop, or a group of loops, was used after it was shut down."""

    def __init__(self, ended: object) -> None:
        super().__init__(ended)
        self.ended = ended

    def __str__(self) -> str:
        return f"{self.ended!r} was shut down: nothing runs there any more"


class ChannelPipelineError(NettyError):
    """A pipeline was built or changed wrongly."""


class DuplicateHandlerNameError(ChannelPipelineError):
    """The name is taken by another handler of the pipeline."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"the pipeline has a handler named {self.name!r} already: choose another name or replace() it"


class HandlerNotFoundError(ChannelPipelineError, LookupError):
    """Nothing in the pipeline fits what was asked for."""

    def __init__(self, wanted: object, names: list[str]) -> None:
        super().__init__(wanted, names)
        self.wanted = wanted
        self.names = names

    def __str__(self) -> str:
        return f"no handler {self.wanted!r} in the pipeline, which holds {', '.join(self.names) or 'nothing'}"


class NotSharableError(ChannelPipelineError):
    """A handler object that keeps state of one channel was added a second time."""

    def __init__(self, handler: object) -> None:
        super().__init__(handler)
        self.handler = handler

    def __str__(self) -> str:
        return (
            f"{type(self.handler).__name__} was added to a pipeline before: make a new one for each channel, "
            "or set `sharable = True` on the class if it keeps no state of a channel"
        )


class PipelineDepthError(ChannelPipelineError, RecursionError):
    """Too many steps of pipelines are under way inside each other: some callback causes the very event that it handles."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return (
            f"{self.limit} handlers are inside each other's callbacks, more are not allowed: does one cause the event that it handles? "
            "Go on from where the handler stands (ctx.write, ctx.fire_channel_read), not from an end of the pipeline"
        )


class HandlerCallbackError(ChannelPipelineError):
    """``handler_added`` or ``handler_removed`` raised; ``__cause__`` is what it raised."""


class SslContextError(NettyError, ValueError):
    """A certificate, a key or a setting of TLS is of no use: *description* says what was seen, *action* what to do."""

    def __init__(self, description: str, action: str) -> None:
        super().__init__(description, action)
        self.description = description
        self.action = action

    def __str__(self) -> str:
        return f"{self.description}: {self.action}"


class CodecError(NettyError):
    """Bytes and messages could not be turned into each other."""


class DecoderError(CodecError):
    """The peer's bytes do not follow the protocol."""


class TooLongFrameError(DecoderError):
    """A frame is longer than allowed."""

    def __init__(self, length: int, limit: int, *, at_least: bool = False) -> None:
        super().__init__(length, limit)
        self.length = length
        self.limit = limit
        self.at_least = at_least

    def __str__(self) -> str:
        return f"frame of {'at least ' if self.at_least else ''}{self.length} bytes, limit {self.limit}"


class CorruptedFrameError(DecoderError):
    """A frame contradicts itself."""


class PrematureCloseError(DecoderError):
    """The peer left in the middle of a message."""


class SslError(DecoderError, OSError):
    """TLS with one peer failed; *reason* says how, ``__cause__`` is the error of ``ssl``, where there is one."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"TLS failed: {self.reason}"


class SslTruncationError(SslError):
    """The peer left without close_notify: whether all that it sent came is not known (RFC 8446, 6.1)."""


class SslHandshakeError(SslError):
    """The handshake failed: no version, cipher or certificate that both sides accept."""

    def __str__(self) -> str:
        return f"TLS handshake failed: {self.reason}"


class SslHandshakeTimeoutError(SslHandshakeError, TimeoutError):
    """The peer did not finish the handshake in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not over within {seconds:g} s")
        self.seconds = seconds


class NotSslRecordError(SslHandshakeError):
    """The peer does not speak TLS; *received* is how it began, *protocol* what that looks like, or None."""

    def __init__(self, received: bytes, protocol: str | None = None) -> None:
        super().__init__(f"the peer sent {received!r}, which is no TLS{f' but {protocol}' if protocol else ''}")
        self.received = received
        self.protocol = protocol


class UnknownServerNameError(SslHandshakeError):
    """A client asks for a host that no certificate is there for, or (None) for none where one must be named."""

    def __init__(self, name: str | None) -> None:
        super().__init__("the client names no host, and there is no default" if name is None else f"no certificate for the host {name!r}")
        self.name = name


class EncoderError(CodecError):
    """A message of yours cannot be turned into bytes."""


class UnsupportedMessageError(EncoderError, TypeError):
    """A message reached the network that no handler had turned into bytes.

    *author* is who wrote it, with file and line, as far as that is known.
    """

    def __init__(self, message: object, author: str = "") -> None:
        super().__init__(type(message).__qualname__)
        self.message_type = type(message)
        self.author = author

    def __str__(self) -> str:
        hint = ": add a StringEncoder" if self.message_type is str else ": add an encoder for it"
        writer = f", written by {self.author}" if self.author else ""
        return f"cannot write {self.message_type.__qualname__}, only bytes-like objects and ByteBuffer{hint} to the pipeline{writer}"


class ByteBufferError(NettyError):
    """A buffer was used wrongly."""


class BufferIndexError(ByteBufferError, IndexError):
    """An index or length outside of the buffer."""

    def __init__(self, index: int, length: int, low: int, high: int) -> None:
        super().__init__(index, length, low, high)
        self.index = index
        self.length = length
        self.low = low
        self.high = high

    def __str__(self) -> str:
        return f"index {self.index}, length {self.length}: allowed is {self.low} to {self.high}"


class ReadOnlyBufferError(ByteBufferError):
    """A buffer was written to that was given out for reading only."""


class ReleasedBufferError(ByteBufferError):
    """A buffer was used after its last release, or released once too often."""
