"""Decoders that read as if all were there. Netty's ReplayingDecoderTest among it."""

from typing import Any

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.codec.replaying import ReplayingDecoder
from pyboot.components.netty.errors import DecoderError, PrematureCloseError
from pyboot.testing.codec import check_decoder, decode


class Packets(ReplayingDecoder[bytes]):
    """A length in two bytes, and so many bytes."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes:
        return bytes(buffer.read_bytes(buffer.read_ushort()))


class Staged(ReplayingDecoder[bytes]):
    """The same, remembering what was read already."""

    def __init__(self) -> None:
        super().__init__(-1)
        self.read = 0

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[Any]) -> None:  # type: ignore[override]  # Netty's form
        if self.state < 0:
            self.checkpoint(buffer.read_ushort())
            self.read += 1
        out.append(bytes(buffer.read_bytes(self.state)))
        self.state = -1


class Awaiting(ReplayingDecoder[bytes]):
    """The same as a coroutine."""

    async def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes:
        return bytes(buffer.read_bytes(buffer.read_ushort()))


def test_it_keeps_the_contract_of_decoders() -> None:
    """At every cut."""
    for make in (Packets, Awaiting):
        check_decoder(make, b"\0\3abc\0\0\0\1x", [b"abc", b"", b"x"])
    check_decoder(Staged, b"\0\3abc\0\0\0\1x", [b"abc", b"", b"x"], replaceable=False)


def test_what_lies_before_a_checkpoint_is_not_read_again() -> None:
    """However many pieces follow it."""
    staged = Staged()
    found = decode(staged, [b"\0\3", b"a", b"b", b"c"])

    assert ([b"abc"], 1) == (found.messages, staged.read)


def test_a_message_that_never_came_whole_is_told_at_the_end() -> None:
    """Not as an index that was wrong."""
    found = decode(Packets(), [b"\0\3a"], close=True)

    assert ([], [PrematureCloseError]) == (found.messages, [type(error) for error in found.errors])


def test_other_errors_are_errors() -> None:
    """At once."""

    class Failing(ReplayingDecoder[bytes]):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes:
            raise ValueError(buffer.read_byte())

    assert [DecoderError] == [type(error) for error in decode(Failing(), [b"x"]).errors]
