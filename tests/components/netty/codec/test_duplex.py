"""Codecs: both directions in one handler."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.duplex import ByteToMessageCodec, MessageToMessageCodec
from pyboot.testing.codec import check_decoder, check_round_trip


class Numbers(ByteToMessageCodec[int]):
    """Two bytes each."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> int | None:
        return buffer.read_ushort() if buffer.is_readable(2) else None

    async def encode(self, ctx: ChannelHandlerContext, msg: int, out: ByteBuffer) -> None:  # type: ignore[override]  # Netty's form
        out.write_ushort(msg)


class Hexadecimal(MessageToMessageCodec[str, int]):
    """Text to numbers and back."""

    def decode(self, ctx: ChannelHandlerContext, msg: str) -> int:
        return int(msg, 16)

    def encode(self, ctx: ChannelHandlerContext, msg: int) -> str:
        return f"{msg:x}"


def test_a_byte_codec_does_both() -> None:
    """One direction plain, the other a coroutine."""
    check_decoder(Numbers, b"\x00\x01\x00\x02", [1, 2])
    check_round_trip(Numbers(), Numbers(), [0, 1, 65535])
    channel = EmbeddedChannel(Numbers())
    channel.write_outbound(1, "text")
    assert [b"\x00\x01", "text"] == channel.outbound_messages()


def test_a_message_codec_does_both() -> None:
    """Each direction knows its type."""
    channel = EmbeddedChannel(Hexadecimal())
    channel.write_inbound("ff", 1)
    channel.write_outbound(255, "text")

    assert ([255, 1], ["ff", "text"]) == (channel.inbound_messages(), channel.outbound_messages())


class Returning(MessageToMessageCodec[str, int]):
    """One message of each, and none of what is empty."""

    def decode(self, ctx: ChannelHandlerContext, msg: str) -> int | None:
        return int(msg, 16) if msg else None

    def encode(self, ctx: ChannelHandlerContext, msg: int) -> str:
        return f"{msg:x}"


class ReturningLater(MessageToMessageCodec[str, int]):
    """The same as coroutines that wait."""

    async def decode(self, ctx: ChannelHandlerContext, msg: str) -> int | None:
        await asyncio.sleep(0)
        return int(msg, 16) if msg else None

    async def encode(self, ctx: ChannelHandlerContext, msg: int) -> str:
        await asyncio.sleep(0)
        return f"{msg:x}"


class WithOut(MessageToMessageCodec[str, int]):
    """Netty's form."""

    def decode(self, ctx: ChannelHandlerContext, msg: str, out: list[int]) -> None:  # type: ignore[override]  # Netty's form
        out.extend(int(word, 16) for word in msg.split())

    def encode(self, ctx: ChannelHandlerContext, msg: int, out: list[str]) -> None:  # type: ignore[override]  # Netty's form
        out.append(f"{msg:x}")


class WithOutLater(MessageToMessageCodec[str, int]):
    """Netty's form as coroutines that wait."""

    async def decode(self, ctx: ChannelHandlerContext, msg: str, out: list[int]) -> None:  # type: ignore[override]  # Netty's form
        for word in msg.split():
            await asyncio.sleep(0)
            out.append(int(word, 16))

    async def encode(self, ctx: ChannelHandlerContext, msg: int, out: list[str]) -> None:  # type: ignore[override]  # Netty's form
        await asyncio.sleep(0)
        out.append(f"{msg:x}")


class Mixed(MessageToMessageCodec[str, int]):
    """Each direction in a form of its own: what is said of one says nothing of the other."""

    async def decode(self, ctx: ChannelHandlerContext, msg: str, out: list[int]) -> None:  # type: ignore[override]  # Netty's form
        await asyncio.sleep(0)
        out.extend(int(word, 16) for word in msg.split())

    def encode(self, ctx: ChannelHandlerContext, msg: int) -> str:
        return f"{msg:x}"


class MixedTheOtherWay(MessageToMessageCodec[str, int]):
    """And the other way round."""

    def decode(self, ctx: ChannelHandlerContext, msg: str) -> int | None:
        return int(msg, 16) if msg else None

    async def encode(self, ctx: ChannelHandlerContext, msg: int, out: list[str]) -> None:  # type: ignore[override]  # Netty's form
        await asyncio.sleep(0)
        out.append(f"{msg:x}")


@pytest.mark.parametrize("make", [Returning, ReturningLater, WithOut, WithOutLater, Mixed, MixedTheOtherWay])
def test_each_form_of_a_message_codec_does_both_in_order(make: Callable[[], MessageToMessageCodec[str, int]]) -> None:
    """What is of neither type passes through in its place, and what gave no message is followed by the next."""
    channel = EmbeddedChannel(make())
    channel.write_inbound("ff", 1.5, "", "a", 7)
    channel.write_outbound(255, 2.5, 10, "text")
    channel.run_pending_tasks()

    assert [255, 1.5, 10, 7] == channel.inbound_messages()
    assert ["ff", 2.5, "a", "text"] == channel.outbound_messages()


@pytest.mark.parametrize("make", [WithOut, WithOutLater])
def test_a_message_codec_in_nettys_form_gives_several(make: Callable[[], MessageToMessageCodec[str, int]]) -> None:
    """Of one message, in order."""
    channel = EmbeddedChannel(make())
    channel.write_inbound("1 2 3", "4")
    channel.run_pending_tasks()

    assert [1, 2, 3, 4] == channel.inbound_messages()


def test_a_coroutine_hook_of_a_plain_message_codec_is_awaited() -> None:
    """Before the next message is decoded."""
    log: list[Any] = []

    class Closing(Returning):
        async def close_decode(self, ctx: ChannelHandlerContext, out: list[int]) -> None:
            await asyncio.sleep(0)
            log.append(list(out))

        async def close_encode(self, ctx: ChannelHandlerContext, out: list[str]) -> None:
            await asyncio.sleep(0)
            log.append(list(out))

        async def encode(self, ctx: ChannelHandlerContext, msg: int) -> str:  # type: ignore[override]  # one that is awaited
            return f"{msg:x}"

    channel = EmbeddedChannel(Closing())
    channel.write_inbound("a", "b")
    channel.run_pending_tasks()
    channel.write_outbound(10)
    channel.run_pending_tasks()

    assert ([10, 11], ["a"]) == (channel.inbound_messages(), channel.outbound_messages())
    assert [[10], [11], ["a"]] == log


def test_removal_hands_on_what_was_collected() -> None:
    """Netty: ByteToMessageCodecTest.testForwardPendingData."""
    channel = EmbeddedChannel(Numbers())
    channel.write_inbound(ByteBuffer(b"\x00\x01\x02"))
    channel.pipeline().remove(Numbers)

    assert [1, b"\x02"] == channel.inbound_messages()
