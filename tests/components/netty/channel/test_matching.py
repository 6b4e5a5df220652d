"""Type arguments of codecs, as something to test messages by."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import pytest

from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.matching import accepted_types
from pyboot.components.netty.codec.binary import Base64Decoder, ByteArrayDecoder
from pyboot.components.netty.codec.encoder import MessageToByteEncoder
from pyboot.components.netty.codec.json_text import JsonDecoder
from pyboot.components.netty.codec.packed import MessagePackDecoder
from pyboot.components.netty.codec.text import StringDecoder

T = TypeVar("T")
Bytes = TypeVar("Bytes", bytes, bytearray)
type Text = str | bytes


class Plain(MessageToByteEncoder[str]): ...


class Two(MessageToByteEncoder[str | bytes]): ...


class Alias(MessageToByteEncoder[Text]): ...


class Mapping(MessageToByteEncoder[dict[str, int]]): ...


class Constrained(MessageToByteEncoder[Bytes]): ...


class Open(MessageToByteEncoder[T], Generic[T]): ...


class Closed(Open[int]): ...


class Grandchild(Closed): ...


class Anything(MessageToByteEncoder[Any]): ...


class Bare(MessageToByteEncoder): ...  # type: ignore[type-arg]  # that is the point


@pytest.mark.parametrize(
    ("codec", "accepted"),
    [
        (Plain, (str,)),
        (Two, (str, bytes)),
        (Alias, (str, bytes)),
        (Mapping, (dict,)),
        (Constrained, (bytes, bytearray)),
        (Open, (object,)),
        (Closed, (int,)),
        (Grandchild, (int,)),
        (Anything, (object,)),
        (Bare, (object,)),
    ],
)
def test_the_type_argument_says_what_is_accepted(codec: type[Any], accepted: tuple[type[Any], ...]) -> None:
    """Through every form that a type argument has."""
    assert accepted == accepted_types(codec, MessageToByteEncoder)


COMPOSITE = [b'{"a": ', b"1}"]


@pytest.mark.parametrize(
    ("make", "parts", "expected"),
    [
        (JsonDecoder, COMPOSITE, {"a": 1}),
        (ByteArrayDecoder, COMPOSITE, b'{"a": 1}'),
        (Base64Decoder, [b"YW", b"Jj"], b"abc"),
        (MessagePackDecoder, [b"\x93\x01", b"\x02\x03"], [1, 2, 3]),
        (lambda: StringDecoder(stream=False), [b"\xc3", b"\xa4"], "ä"),
    ],
)
def test_a_frame_of_several_buffers_is_a_frame(make: Callable[[], ChannelHandler[Any]], parts: list[bytes], expected: object) -> None:
    """What an aggregator makes, for instance; its reference is given back."""
    frame = CompositeByteBuffer(parts)
    channel = EmbeddedChannel(make())
    channel.write_inbound(frame)

    assert ([expected], 0) == (channel.inbound_messages(), frame.ref_count)
