"""Claim: a byte costs the same however the network cuts it: a frame of 1 MiB may come byte by byte."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty import (
    ByteBuffer,
    ChannelHandler,
    ChannelHandlerContext,
    DelimiterBasedFrameDecoder,
    EmbeddedChannel,
    FixedLengthFrameDecoder,
    JsonObjectDecoder,
    LengthFieldBasedFrameDecoder,
    LineBasedFrameDecoder,
    ProtobufVarint32FrameDecoder,
    core_info,
)

pytestmark = pytest.mark.bench

MIB = 1 << 20
BODY = b"x" * (MIB - 8)

# Each decoder with the frame that it is to cut, of about 1 MiB.
DECODERS: dict[str, tuple[Callable[[], ChannelHandler[Any]], bytes]] = {
    "length": (lambda: LengthFieldBasedFrameDecoder(2 * MIB, 0, 4, 0, 4), (MIB - 8).to_bytes(4, "big") + BODY),
    "fixed": (lambda: FixedLengthFrameDecoder(MIB - 8), BODY),
    "line": (lambda: LineBasedFrameDecoder(2 * MIB), BODY + b"\n"),
    "delimiter": (lambda: DelimiterBasedFrameDecoder([b"\0"], 2 * MIB), BODY + b"\0"),
    "delimiters": (lambda: DelimiterBasedFrameDecoder([b"\n", b"\r\n"], 2 * MIB), BODY + b"\r\n"),
    "varint": (lambda: ProtobufVarint32FrameDecoder(2 * MIB), b"\xf8\xff\x3f" + BODY),
    "json": (lambda: JsonObjectDecoder(2 * MIB), b'["' + BODY + b'"]'),
}


class Count(ChannelHandler[Any]):
    """The user's part: as little as there can be."""

    def __init__(self) -> None:
        self.messages = 0

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.messages += 1


def seconds(chunks: list[bytes], *decoders: ChannelHandler[Any]) -> tuple[float, int]:
    """How long the pipeline takes for *chunks*, and how many messages came out of it."""
    count = Count()
    channel = EmbeddedChannel(*decoders, count)
    received = channel.received
    start = time.perf_counter()
    for chunk in chunks:
        received(ByteBuffer(chunk))
    return time.perf_counter() - start, count.messages


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_frame_that_comes_byte_by_byte(decoder: str) -> None:
    """1 MiB in chunks of one byte costs at most three times what the chunks cost that no decoder looks at."""
    make, frame = DECODERS[decoder]
    chunks = [frame[at : at + 1] for at in range(len(frame))]
    ratios = []
    for _ in range(5):
        floor, messages = seconds(chunks)
        assert len(chunks) == messages
        cut, messages = seconds(chunks, make())
        assert 1 == messages
        ratios.append(cut / floor)
    print(f"{decoder}: {statistics.median(ratios):.2f} times the floor, {core_info().form}")

    if core_info().form != "compiled":
        pytest.skip("the claim is about the compiled core")
    assert statistics.median(ratios) <= 3, ratios


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_frame_of_twice_the_bytes_costs_twice(decoder: str) -> None:
    """Byte by byte again, a quarter of a frame and half of one, never to its end: nothing that came is looked at again."""
    make, frame = DECODERS[decoder]
    chunks = [frame[at : at + 1] for at in range(MIB // 2)]
    ratios = []
    for _ in range(5):
        quarter, _ = seconds(chunks[: MIB // 4], make())
        half, _ = seconds(chunks, make())
        ratios.append(half / quarter)

    assert statistics.median(ratios) <= 2 * 1.25, ratios
