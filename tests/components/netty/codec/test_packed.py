"""MessagePack and Protocol Buffers in a pipeline."""

from typing import Any

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.packed import MessagePackDecoder, MessagePackEncoder, ProtobufDecoder, ProtobufEncoder
from pyboot.components.netty.errors import DecoderError
from pyboot.testing.codec import decode


def written(encoder: Any, *messages: object) -> list[Any]:
    """What leaves the channel."""
    channel = EmbeddedChannel(encoder)
    channel.write_outbound(*messages)
    return channel.outbound_messages()


def test_message_pack_both_ways() -> None:
    """Bytes pass on the way out: they may be anything's."""
    pytest.importorskip("msgpack")

    assert [b"\x82\xa1a\x01\xa1b\xc3", b"raw"] == written(MessagePackEncoder(), {"a": 1, "b": True}, b"raw")
    assert [{"a": 1, "b": True}, None] == decode(MessagePackDecoder(), [b"\x82\xa1a\x01\xa1b\xc3", b"\xc0"]).messages


@pytest.mark.parametrize("frame", [b"", b"\xc1", b"\x82\xa1a", b"\x01\x01", b"\xdd\xff\xff\xff\xff", b"\x91" * 5000])
def test_what_is_no_message_pack_is_an_error(frame: bytes) -> None:
    """Declared lengths and depths among it."""
    pytest.importorskip("msgpack")
    found = decode(MessagePackDecoder(), [frame])

    assert ([], [DecoderError]) == (found.messages, [type(error) for error in found.errors])


def test_protocol_buffers_both_ways() -> None:
    """With a class that comes with the library."""
    message_class = pytest.importorskip("google.protobuf.wrappers_pb2").StringValue
    message = message_class(value="ada")

    assert [b"\x0a\x03ada", b"raw"] == written(ProtobufEncoder(), message, b"raw")
    assert [message] == decode(ProtobufDecoder(message_class), [b"\x0a\x03ada"]).messages
    assert [DecoderError] == [type(error) for error in decode(ProtobufDecoder(message_class), [b"\x0a\xff"]).errors]


def test_any_class_with_the_methods_of_protoc_will_do() -> None:
    """No library is imported for it."""

    class Made:
        """As protoc makes them."""

        def __init__(self, content: bytes) -> None:
            self.content = content

        @classmethod
        def FromString(cls, content: bytes) -> "Made":
            return cls(content)

        def SerializeToString(self) -> bytes:
            return self.content

    assert [b"ada"] == written(ProtobufEncoder(), Made(b"ada"))
    assert b"ada" == decode(ProtobufDecoder(Made), [b"ada"]).messages[0].content


def test_a_class_that_protoc_has_not_made_is_refused() -> None:
    """When the handler is made."""
    with pytest.raises(TypeError, match="is no class that protoc has made"):
        ProtobufDecoder(dict)
