"""The built-in codecs that make messages of frames: what each name does."""

from typing import Any

import pytest
from pydantic import BaseModel

from pyboot.components.netty import EmbeddedChannel
from pyboot.components.netty.buffer.message import bytes_of
from pyboot.netty.errors import CodecOptionsError
from pyboot.netty.pipeline.registry import CodecRegistry


class Order(BaseModel):
    """A document."""

    amount: int


def through(name: str, options: dict[str, object], incoming: bytes, written: Any) -> tuple[list[Any], bytes]:
    """What comes of *incoming*, and the bytes that *written* becomes."""
    embedded = EmbeddedChannel(*CodecRegistry().codec(name, options).handlers())
    embedded.receive(incoming)
    embedded.write_outbound(written)
    return embedded.inbound_messages(), b"".join(bytes_of(msg) or b"" for msg in embedded.outbound_messages())


@pytest.mark.parametrize(
    ("name", "options", "incoming", "messages", "written", "bytes_written"),
    [
        ("string", {}, b"h\xc3\xa9", ["hé"], "é", b"\xc3\xa9"),
        ("string", {"charset": "latin-1", "strip": True, "stream": False, "end": "\n"}, b" \xe9 ", ["é"], "é", b"\xe9\n"),
        ("bytes", {}, b"ab", [b"ab"], b"ab", b"ab"),
        ("base64", {}, b"aGk=", [b"hi"], b"hi", b"aGk="),
        ("base64", {"dialect": "urlsafe"}, b"-_-_", [b"\xfb\xff\xbf"], b"\xfb\xff\xbf", b"-_-_"),
        ("json", {}, b'{"a":1}', [{"a": 1}], {"b": [2]}, b'{"b":[2]}'),
        ("json", {"type": f"{__name__}:Order"}, b'{"amount":1}', [Order(amount=1)], Order(amount=2), b'{"amount":2}'),
        ("json", {"type": Order}, b'{"amount":1}', [Order(amount=1)], Order(amount=2), b'{"amount":2}'),
        ("json-lines", {}, b'{"a":1}\n\n[2]\n{"c"', [{"a": 1}, [2]], {"b": 2}, b'{"b":2}\n'),
        ("msgpack", {}, b"\x81\xa1a\x01", [{"a": 1}], [1], b"\x91\x01"),
    ],
)
def test_a_name_decodes_and_encodes(
    name: str, options: dict[str, object], incoming: bytes, messages: list[Any], written: Any, bytes_written: bytes
) -> None:
    """Both ways."""
    assert (messages, bytes_written) == through(name, options, incoming, written)


def test_messages_of_protobuf_are_of_the_class_that_is_named() -> None:
    """As `module:Class`."""
    messages, written = through("protobuf", {"message": "google.protobuf.wrappers_pb2:StringValue"}, b"\n\x02hi", b"")

    assert ["hi"] == [message.value for message in messages]
    assert b"\n\x02hi" == through("protobuf", {"message": type(messages[0])}, b"", messages[0])[1]
    assert b"" == written


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("string", {"charset": "klingon"}, "klingon"),
        ("protobuf", {}, "message: it must be given"),
        ("protobuf", {"message": "no_such_module:X"}, "no_such_module"),
        ("protobuf", {"message": int}, "no class that protoc has made"),
        ("json", {"type": f"{__name__}:NoSuchClass"}, "NoSuchClass"),
        ("base64", {"dialect": "other"}, "dialect"),
    ],
)
def test_what_is_not_allowed_is_refused(name: str, options: dict[str, object], reason: str) -> None:
    """When the pipeline is put together, not when a connection comes."""
    with pytest.raises(CodecOptionsError, match=reason):
        CodecRegistry().codec(name, options).handlers()
