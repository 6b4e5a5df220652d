"""The contract of decoders: one suite that every decoder passes, ours and yours, however its input is cut."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.errors import DecoderError, NettyError
from pyboot.components.netty.wire.reader import FrameReader

__all__ = ["Decoded", "check_decoder", "check_round_trip", "decode", "read_frames"]

_RUBBISH = 64  # streams of random bytes that must give messages or a NettyError


@dataclass(slots=True)
class Decoded:
    """The messages and the errors that a decoder has made of its input, each in order."""

    messages: list[Any] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)


class _ErrorRecorder(ChannelHandler[Any]):
    """Stands behind the decoder and keeps its errors."""

    def __init__(self, errors: list[Exception]) -> None:
        self.errors = errors

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.errors.append(error)


def decode(decoder: ChannelHandler[Any], chunks: Iterable[bytes | ByteBuffer], *, close: bool = False, half_close: bool = False) -> Decoded:
    """Let *chunks* come in through *decoder*, each as a read of its own.

    With *close*, the peer leaves behind the last; with *half_close*, it ends its side and goes on reading.
    """
    found = Decoded()
    channel = EmbeddedChannel(decoder, _ErrorRecorder(found.errors))
    for chunk in chunks:
        channel.write_inbound(chunk if isinstance(chunk, ByteBuffer) else ByteBuffer(chunk))
    if half_close:
        channel.pipeline().fire_user_event_triggered(INPUT_SHUTDOWN)
        channel.run_pending_tasks()
    if close:
        channel.finish_input()
    found.messages = channel.inbound_messages()
    return found


def check_decoder(
    make: Callable[[], ChannelHandler[Any]],
    stream: bytes,
    messages: Sequence[Any],
    *,
    wrong: Mapping[bytes, type[DecoderError]] | None = None,
    collect: Callable[[list[Any]], Any] = list,
    replaceable: bool = True,
) -> None:
    """Assert that the decoders *make* gives keep the contract, on a *stream* of whole frames that becomes *messages*.

    The stream is decoded as a whole, byte by byte, at every cut in two, twice in a row, from bytes and from pooled buffers; with
    nothing between its bytes, with rubbish behind it, and closed and half-closed at every cut. At every cut the decoder is also
    taken out and a fresh one put in its place, which must lose nothing.

    Args:
        wrong: streams that are no good, each with the class of the error they give, whole and byte by byte.
        collect: joins messages before they are compared, for a decoder whose messages follow the cuts (``"".join``).
        replaceable: False for a decoder that keeps more of the stream in mind than bytes, as a decompressor does.
    """
    expected = collect(list(messages))
    _check_cuts(make, stream, expected, collect)
    _check_glued(make, stream, list(messages), collect)
    _check_memory(make, stream, expected, collect)
    _check_closing(make, stream, expected, collect)
    _check_rubbish(make, stream, expected, collect)
    if replaceable:
        _check_replacing(make, stream, expected, collect)
    for bad, error in (wrong or {}).items():
        _check_wrong(make, bad, error)


def check_round_trip(encoder: ChannelHandler[Any], decoder: ChannelHandler[Any], messages: Sequence[Any]) -> None:
    """Assert that what *encoder* makes of *messages*, cut into single bytes, is made into them again by *decoder*."""
    channel = EmbeddedChannel(encoder)
    channel.write_outbound(*messages)
    wire = channel.outbound_bytes()
    found = decode(decoder, _bytes_of(wire))
    assert found.errors == [], f"{type(decoder).__name__} refused what {type(encoder).__name__} wrote: {found.errors}"
    assert list(messages) == found.messages


def _bytes_of(stream: bytes) -> list[bytes]:
    return [stream[at : at + 1] for at in range(len(stream))]


def _check(found: Decoded, expected: Any, collect: Callable[[list[Any]], Any], how: str) -> None:
    assert found.errors == [], f"{how}: {found.errors!r}"
    assert expected == collect(found.messages), f"{how}: {expected!r} expected, {collect(found.messages)!r} found"


def _check_cuts(make: Callable[[], Any], stream: bytes, expected: Any, collect: Callable[[list[Any]], Any]) -> None:
    _check(decode(make(), [stream]), expected, collect, "as a whole")
    _check(decode(make(), _bytes_of(stream)), expected, collect, "byte by byte")
    spaced = [piece for byte in _bytes_of(stream) for piece in (b"", byte)]
    _check(decode(make(), spaced), expected, collect, "with empty reads between its bytes")
    for cut in range(len(stream) + 1):
        _check(decode(make(), [stream[:cut], stream[cut:]]), expected, collect, f"cut at {cut}")


def _check_glued(make: Callable[[], Any], stream: bytes, messages: list[Any], collect: Callable[[list[Any]], Any]) -> None:
    _check(decode(make(), [stream + stream]), collect([*messages, *messages]), collect, "twice in one read")


def _check_memory(make: Callable[[], Any], stream: bytes, expected: Any, collect: Callable[[list[Any]], Any]) -> None:
    """Check that buffers out of a pool are released, and that messages do not change when the memory is used again."""
    pool = PooledByteBufferAllocator()
    buffers = [pool.buffer(256).write_bytes(byte) for byte in _bytes_of(stream)]
    _check(decode(make(), buffers), expected, collect, "from pooled buffers")
    held = [buffer for buffer in buffers if buffer.ref_count != 0]
    assert held == [], f"{len(held)} of {len(buffers)} buffers were not released"


def _check_closing(make: Callable[[], Any], stream: bytes, expected: Any, collect: Callable[[list[Any]], Any]) -> None:
    """Check that the peer may leave at any byte: the messages so far come out, then at most one error of the decoder."""
    for cut in range(len(stream)):
        found = decode(make(), [stream[:cut]], close=True)
        strange = [error for error in found.errors if not isinstance(error, DecoderError)]
        assert strange == [], f"closed at {cut}: {strange!r}"
        got = collect(found.messages)
        assert expected[: len(got)] == got, f"closed at {cut}: {got!r} is no beginning of {expected!r}"
        half = decode(make(), [stream[:cut]], half_close=True)
        same = (got, [type(error) for error in found.errors]) == (collect(half.messages), [type(error) for error in half.errors])
        assert same, f"half-closed at {cut}: {half!r}, but closed {found!r}"
    assert decode(make(), [stream], close=True).errors == [], "closed behind the last frame"


def _check_rubbish(make: Callable[[], Any], stream: bytes, expected: Any, collect: Callable[[list[Any]], Any]) -> None:
    """Check that whole frames come out whatever follows them, which gives messages or errors of the network tower and nothing else."""
    chance = random.Random(0)  # noqa: S311  # the same rubbish in every run
    for _ in range(_RUBBISH):
        rubbish = chance.randbytes(chance.randrange(1, 40))
        for chunks in ([stream, rubbish], [rubbish], _bytes_of(rubbish)):
            found = decode(make(), chunks, close=True)
            strange = [error for error in found.errors if not isinstance(error, NettyError)]
            assert strange == [], f"rubbish {rubbish!r} gave {strange!r}"
            if chunks[0] is stream and isinstance(expected, list):
                assert expected == found.messages[: len(expected)], f"rubbish {rubbish!r} behind the frames changed them"


def _check_replacing(make: Callable[[], Any], stream: bytes, expected: Any, collect: Callable[[list[Any]], Any]) -> None:
    """Check that a decoder that is taken out hands on what it has no message of, so that another in its place goes on from there."""
    for cut in range(len(stream) + 1):
        errors: list[Exception] = []
        channel = EmbeddedChannel(_ErrorRecorder(errors))
        channel.pipeline().add_first(first := make())
        channel.write_inbound(ByteBuffer(stream[:cut]))
        channel.pipeline().replace(first, make())
        channel.write_inbound(ByteBuffer(stream[cut:]))
        _check(Decoded(channel.inbound_messages(), errors), expected, collect, f"replaced at {cut}")


def _check_wrong(make: Callable[[], Any], stream: bytes, error: type[DecoderError]) -> None:
    for how, chunks in (("as a whole", [stream]), ("byte by byte", _bytes_of(stream))):
        found = decode(make(), chunks, close=True)
        assert found.errors, f"{stream!r} {how} gave {found.messages!r} and no error, {error.__name__} expected"
        assert type(found.errors[0]) is error, f"{stream!r} {how} gave {found.errors[0]!r}, {error.__name__} expected"


def read_frames(reader: FrameReader, *chunks: bytes) -> list[Any]:
    """Return what a reader of `wire` makes of *chunks*: messages, of buffers the bytes, and between them the classes of its errors."""
    found: list[Any] = []
    for chunk in chunks:
        reader.feed(chunk)
        while True:
            try:
                frame = reader.next_frame()
            except DecoderError as error:
                found.append(type(error))
                continue
            if frame is None:
                break
            found.append(frame.get_readable_bytes() if isinstance(frame, ByteBuffer) else frame)
    return found
