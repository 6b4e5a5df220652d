"""Bases for encoders, in each form a user may write."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.encoder import MessageToByteEncoder, MessageToMessageEncoder
from pyboot.components.netty.errors import CorruptedFrameError, EncoderError


@dataclass
class Point:
    """A message."""

    x: int
    y: int


class Returning(MessageToByteEncoder[Point]):
    """The seed's form."""

    def encode(self, ctx: ChannelHandlerContext, msg: Point) -> bytes:
        return bytes((msg.x, msg.y))


class WithOut(MessageToByteEncoder[Point]):
    """Netty's form."""

    def encode(self, ctx: ChannelHandlerContext, msg: Point, out: ByteBuffer) -> None:  # type: ignore[override]  # Netty's form
        out.write_uint8(msg.x).write_uint8(msg.y)


class Coroutine(MessageToByteEncoder[Point]):
    """The published package's form."""

    async def encode(self, ctx: ChannelHandlerContext, msg: Point, out: ByteBuffer) -> None:  # type: ignore[override]  # Netty's form
        await asyncio.sleep(0)
        out.write_uint8(msg.x).write_uint8(msg.y)


@pytest.mark.parametrize("make", [Returning, WithOut, Coroutine])
def test_every_form_encodes_its_type_and_passes_the_rest(make: Any) -> None:
    """In order."""
    channel = EmbeddedChannel(make())
    channel.write_outbound(Point(1, 2), b"raw", Point(3, 4))

    assert [b"\x01\x02", b"raw", b"\x03\x04"] == channel.outbound_messages()


@pytest.mark.parametrize("make", [Returning, WithOut, Coroutine])
def test_an_error_fails_the_write_and_no_other(make: Any) -> None:
    """256 is no byte."""
    channel = EmbeddedChannel(make())

    with pytest.raises(EncoderError, match=r"encode\(\) of .* raised ValueError"):
        channel.write_outbound(Point(256, 0))
    assert channel.write_outbound(Point(1, 1))


def test_an_error_of_the_network_tower_is_not_wrapped() -> None:
    """It says enough."""

    class Refusing(MessageToByteEncoder[str]):
        def encode(self, ctx: ChannelHandlerContext, msg: str) -> bytes:
            raise CorruptedFrameError("no")

    with pytest.raises(CorruptedFrameError):
        EmbeddedChannel(Refusing()).write_outbound("x")


@pytest.mark.parametrize("make", [Returning, WithOut, Coroutine])
def test_a_promise_ends_with_the_bytes_on_their_way(make: Any) -> None:
    """Or with the error."""
    channel = EmbeddedChannel(make())
    good, bad = channel.new_promise(), channel.new_promise()
    channel.write(Point(1, 2), good)
    channel.write(Point(-1, 2), bad)
    channel.run_pending_tasks()
    channel.flush()
    channel.run_pending_tasks()

    assert good.is_success
    assert isinstance(bad.error, EncoderError)


def test_a_message_that_becomes_no_bytes_is_written_as_none() -> None:
    """So that its promise ends."""

    class Silent(MessageToByteEncoder[str]):
        def encode(self, ctx: ChannelHandlerContext, msg: str, out: ByteBuffer) -> None:  # type: ignore[override]  # Netty's form
            """Writes nothing."""

    channel = EmbeddedChannel(Silent())
    channel.write_outbound("x")
    assert [b""] == channel.outbound_messages()


def test_a_buffer_that_was_encoded_is_released() -> None:
    """Also where encode raised."""

    class Doubling(MessageToByteEncoder[ByteBuffer]):
        def encode(self, ctx: ChannelHandlerContext, msg: ByteBuffer) -> bytes:
            return bytes(msg) * 2 if msg.is_readable() else b"" + None  # type: ignore[operator]  # that raises

    good, bad = ByteBuffer(b"ab"), ByteBuffer(b"")
    channel = EmbeddedChannel(Doubling())
    channel.write_outbound(good)
    with pytest.raises(EncoderError):
        channel.write_outbound(bad)

    assert ([b"abab"], 0, 0) == (channel.outbound_messages(), good.ref_count, bad.ref_count)


class Words(MessageToMessageEncoder[str, bytes]):
    """Several messages of one."""

    def encode(self, ctx: ChannelHandlerContext, msg: str, out: list[bytes]) -> None:  # type: ignore[override]  # Netty's form
        out.extend(word.encode() for word in msg.split())


def test_a_message_may_become_several() -> None:
    """The promise ends with the last of them."""
    channel = EmbeddedChannel(Words())
    promise = channel.new_promise()
    channel.write("a b c", promise)
    assert not promise.is_done
    channel.flush()

    assert promise.is_success
    assert [b"a", b"b", b"c"] == channel.outbound_messages()


def test_a_message_may_become_one_as_a_return_value() -> None:
    """In the returning form, here as a coroutine; without a promise too."""

    class Upper(MessageToMessageEncoder[str, str]):
        async def encode(self, ctx: ChannelHandlerContext, msg: str) -> str:
            return msg.upper()

    channel = EmbeddedChannel(Upper())
    channel.write_outbound("a", 1)
    assert ["A", 1] == channel.outbound_messages()


def test_a_message_that_becomes_none_is_an_error() -> None:
    """Its write would never end; Netty: must produce at least one message."""
    with pytest.raises(EncoderError, match=r"Words.encode\(\) gave no message for a str"):
        EmbeddedChannel(Words()).write_outbound("")


def test_a_part_that_fails_fails_the_whole() -> None:
    """Netty: testIntermediateWriteFailures."""

    class Failing(ChannelHandler[Any]):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Any:
            if msg == b"b":
                raise EncoderError("not b")
            return ctx.write(msg, promise)

    with pytest.raises(EncoderError, match="not b"):
        EmbeddedChannel(Failing(), Words()).write_outbound("a b c")


def test_the_list_is_closed_behind_the_writes() -> None:
    """The published package's `close_encode`."""
    log: list[Any] = []

    class Closing(Words):
        def close_encode(self, ctx: ChannelHandlerContext, out: list[bytes]) -> None:
            log.append(list(out))

    EmbeddedChannel(Closing()).write_outbound("a b")
    assert [[b"a", b"b"]] == log


def test_a_class_that_does_not_write_encode_says_so() -> None:
    """With both forms it may have."""

    class Nothing(MessageToByteEncoder[str]): ...

    with pytest.raises(EncoderError, match="NotImplementedError"):
        EmbeddedChannel(Nothing()).write_outbound("x")
