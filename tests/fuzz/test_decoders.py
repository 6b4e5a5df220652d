"""One property: any bytes, however cut, give messages or a NettyError, never anything else, in bounded memory."""

import gc
import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.binary import Base64Decoder
from pyboot.components.netty.codec.compression import ZlibDecoder
from pyboot.components.netty.codec.decoder import ByteToMessageDecoder
from pyboot.components.netty.codec.delimiters import ByteDelimiterBasedFrameDecoder, DelimiterBasedFrameDecoder
from pyboot.components.netty.codec.dns.tcp import TcpDnsQueryDecoder, TcpDnsResponseDecoder
from pyboot.components.netty.codec.fixed import FixedLengthFrameDecoder
from pyboot.components.netty.codec.frames import FrameDecoder, LengthFieldBasedFrameDecoder, LineBasedFrameDecoder
from pyboot.components.netty.codec.generator import GeneratorDecoder
from pyboot.components.netty.codec.json_text import JsonDecoder, JsonObjectDecoder
from pyboot.components.netty.codec.mqtt import MqttDecoder, MqttVersion
from pyboot.components.netty.codec.smtp.client import SmtpClientCodec
from pyboot.components.netty.codec.smtp.server import SmtpServerCodec
from pyboot.components.netty.codec.text import StringDecoder
from pyboot.components.netty.codec.varint import ProtobufVarint32FrameDecoder
from pyboot.components.netty.codec.xml_frames import XmlFrameDecoder
from pyboot.components.netty.errors import NettyError
from pyboot.components.netty.wire.haproxy.reader import HAProxyReader
from pyboot.components.netty.wire.socks.reader import SocksPart, SocksReader
from pyboot.components.netty.wire.steps import Message, need, until
from pyboot.testing.codec import decode

LIMIT = 64


class Packets(GeneratorDecoder):
    """A byte of length, then a line of at most so many bytes."""

    max_message_bytes = LIMIT

    def message(self) -> Message:
        """Both kinds of wishes."""
        (length,) = yield need(1)
        return (yield need(length)), (yield until(b"\n"))


class Strings(ByteToMessageDecoder[str]):
    """Text with its length in front, read without looking first."""

    max_cumulation_bytes = 4 * LIMIT

    def decode(self, ctx: Any, buffer: ByteBuffer) -> str | None:
        """Waits for four bytes, then trusts what they say."""
        return buffer.read_string() if buffer.is_readable(4) else None


DECODERS: dict[str, Callable[[], ChannelHandler[Any]]] = {
    "length field": lambda: LengthFieldBasedFrameDecoder(LIMIT, 1, 2, 0, 0),
    "length field, slow": lambda: LengthFieldBasedFrameDecoder(LIMIT, 0, 1, -3, 5, fail_fast=False),
    "length field of 8 bytes": lambda: LengthFieldBasedFrameDecoder(LIMIT, 0, 8, byte_order="little"),
    "line": lambda: LineBasedFrameDecoder(LIMIT),
    "line, fast": lambda: LineBasedFrameDecoder(LIMIT, fail_fast=True, ignore_empty=True),
    "delimiter": lambda: DelimiterBasedFrameDecoder([b"\x00", b"\x00\x01", b"ab"], LIMIT),
    "delimiter, slow": lambda: ByteDelimiterBasedFrameDecoder([b"\r\n", b"\r"], LIMIT, fail_fast=False, ignore_empty=True),
    "fixed": lambda: FixedLengthFrameDecoder(3),
    "varint": lambda: ProtobufVarint32FrameDecoder(LIMIT),
    "dns queries": lambda: TcpDnsQueryDecoder(LIMIT),
    "dns responses": lambda: TcpDnsResponseDecoder(LIMIT),
    "smtp server": lambda: SmtpServerCodec(LIMIT, LIMIT),
    "smtp client": lambda: SmtpClientCodec(LIMIT, 3),
    "xml": lambda: XmlFrameDecoder(LIMIT, 3, 2),
    "json": lambda: JsonObjectDecoder(LIMIT),
    "json elements": lambda: JsonObjectDecoder(LIMIT, stream_array_elements=True),
    "json document": JsonDecoder,
    "generator": Packets,
    "haproxy": lambda: FrameDecoder(HAProxyReader(2 * LIMIT)),
    **{f"socks, {part.value}": (lambda part=part: FrameDecoder(SocksReader(part))) for part in (SocksPart.BEGINNING, SocksPart.REQUEST5)},
    "own": Strings,
    "text": StringDecoder,
    "base64": Base64Decoder,
    "zlib": ZlibDecoder,
    "gzip": lambda: ZlibDecoder("gzip"),
    "mqtt": lambda: MqttDecoder(LIMIT),
    "mqtt 3.1.1": lambda: MqttDecoder(LIMIT, version=MqttVersion.MQTT_3_1_1),
    "mqtt 5": lambda: MqttDecoder(LIMIT, max_items=4, version=MqttVersion.MQTT_5),
}
FRAMED = [name for name, make in DECODERS.items() if isinstance(make(), FrameDecoder)]

# Bytes that mean something to one decoder or another, among any others.
TOKENS = st.sampled_from(
    [b"\n", b"\r\n", b"\x00", b"\x00\x01", b"{", b"}", b"[", b"]", b'"', b"\\", b",", b"ab", b"\xff\xff", b"\x80", b"3:"]
)
WHOLE = st.sampled_from(
    [
        b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
        b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x00\x01\x00\x02",
        b"\r\n\r\n\x00\r\nQUIT\n\x21\x00\x00\x10\x20\x00\x0d\x01\x00\x00\x00\x00\x21\x00\x05TLSv1",
        b'{"a":[1,"}"]}',
        b"\x00\x02ab",
        zlib.compress(b"hello"),
        gzip.compress(b"hello", mtime=0),
        b"\x05hello\n",
    ]
)
# A packet of any type and flags around a body that begins as one does: a packet id, a text, properties.
BODIES = st.lists(
    st.sampled_from(
        [b"\0\x01", b"\0\x01t", b"\0\x04MQTT\x05\x02", b"\0\0", b"\x03\x23\0\x01", b"\x26\0\x01k\0\x01v", b"\x0b\x80\x01", b"\0", b"\x80"]
    ),
    max_size=5,
).map(b"".join)
PACKETS = st.tuples(st.integers(0, 255), BODIES).map(lambda packet: bytes((packet[0], len(packet[1]))) + packet[1])
STREAMS = st.lists(st.one_of(TOKENS, WHOLE, PACKETS, st.binary(max_size=12)), max_size=24).map(b"".join)


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    """*stream* cut at *cuts*."""
    places = sorted({cut % (len(stream) + 1) for cut in cuts})
    return [stream[low:high] for low, high in zip([0, *places], [*places, len(stream)], strict=True)]


@pytest.mark.parametrize("name", DECODERS)
@settings(max_examples=60, deadline=None)
@given(stream=STREAMS, cuts=st.lists(st.integers(0, 300), max_size=8))
def test_any_bytes_give_messages_or_an_error_of_the_network_tower(name: str, stream: bytes, cuts: list[int]) -> None:
    """And the peer may leave behind any of them."""
    found = decode(DECODERS[name](), pieces(stream, cuts), close=True)

    assert [] == [error for error in found.errors if not isinstance(error, NettyError)]


@pytest.mark.parametrize("name", FRAMED)
@settings(max_examples=60, deadline=None)
@given(stream=STREAMS, cuts=st.lists(st.integers(0, 300), max_size=8))
def test_the_cuts_change_nothing(name: str, stream: bytes, cuts: list[int]) -> None:
    """The same messages before the first error, whole and cut; pieces of compressed streams and of text are joined first."""
    whole, cut = (decode(DECODERS[name](), chunks) for chunks in ([stream], pieces(stream, cuts)))
    if name in ("zlib", "gzip"):
        one, other = (b"".join(map(bytes, found.messages)) for found in (whole, cut))
        assert one == other or whole.errors
    elif name == "text":
        assert "".join(whole.messages) == "".join(cut.messages)
    else:
        assert whole.messages == cut.messages
        assert [type(error) for error in whole.errors] == [type(error) for error in cut.errors]


class Swallow(ChannelHandler[Any]):
    """Keeps nothing."""

    def channel_read(self, ctx: Any, msg: Any) -> None:
        """Forgets the message."""

    def exception_caught(self, ctx: Any, error: Exception) -> None:
        """Forgets the error."""
        assert isinstance(error, NettyError)


def held_of(decoder: ChannelHandler[Any], chunk: bytes) -> int:
    """Bytes that are held of each 100 reads of *chunk*: the least of three times.

    What is kept grows each time. A table of the interpreter's own, whose size is another matter, is made anew once, in megabytes.
    """
    tracemalloc.start()
    try:
        channel = EmbeddedChannel(decoder, Swallow())
        held = [0]
        for _ in range(3):
            for _ in range(100):
                channel.write_inbound(ByteBuffer(chunk))
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
        return min(after - before for before, after in pairwise(held))
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", DECODERS)
def test_memory_is_bounded_whatever_comes(name: str) -> None:
    """150 KiB of each of a few things that end nothing, in small reads: next to nothing of that is held."""
    for filler in (b"x", b"\xff", b"{", b"[1,", b'"', b"\x80"):
        held = held_of(DECODERS[name](), filler * (512 // len(filler)))
        assert held < 30_000, f"{held} bytes held of 50 KiB of {filler!r}"
