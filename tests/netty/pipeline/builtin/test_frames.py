"""The built-in codecs that cut the byte stream: what each name does, by its bytes."""

import pytest

from pyboot.components.netty import EmbeddedChannel
from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.hj212 import HJ212Frame
from pyboot.netty.errors import CodecOptionsError
from pyboot.netty.pipeline.registry import CodecRegistry


def channel(name: str, **options: object) -> EmbeddedChannel:
    """A channel with the codec alone."""
    return EmbeddedChannel(*CodecRegistry().codec(name, options).handlers())


def through(name: str, options: dict[str, object], *incoming: bytes, written: bytes | str = b"hi") -> tuple[list[bytes | None], bytes]:
    """What comes of the *incoming* reads, and what *written* becomes."""
    embedded = channel(name, **options)
    for data in incoming:
        embedded.receive(data)
    embedded.write_outbound(written)
    return [take_bytes(msg) for msg in embedded.inbound_messages()], b"".join(
        take_bytes(msg) or b"" for msg in embedded.outbound_messages()
    )


@pytest.mark.parametrize(
    ("name", "options", "incoming", "messages", "written"),
    [
        ("line", {}, b"a\nb\r\nc", [b"a", b"b"], b"hi"),
        ("line", {"strip_delimiter": False}, b"a\n", [b"a\n"], b"hi"),
        ("line", {"ignore_empty": True}, b"\n\na\n", [b"a"], b"hi"),
        ("line-encoder", {}, b"as it comes", [b"as it comes"], b"hi\n"),
        ("line-encoder", {"end": "crlf"}, b"", [], b"hi\r\n"),
        ("delimiter", {"delimiters": [";"]}, b"a;b", [b"a"], b"hi;"),
        ("delimiter", {"delimiters": [";", "|"], "append": False}, b"a|b;", [b"a", b"b"], b"hi"),
        ("delimiter", {"delimiters": ["\0"], "strip_delimiter": False}, b"a\0", [b"a\0"], b"hi\0"),
        ("length-field", {}, b"\0\0\0\1a\0\0\0\2b", [b"a"], b"\0\0\0\2hi"),
        ("length-field", {"length": 2, "includes-length-field": True}, b"\0\3a", [b"a"], b"\0\4hi"),
        ("length-field", {"length": 2, "byte_order": "little"}, b"\1\0a", [b"a"], b"\2\0hi"),
        ("fixed-length", {"length": 3}, b"abcde", [b"abc"], b"\0hi"),
        ("fixed-length", {"length": 3, "padding": "right", "fill": 32}, b"abcde", [b"abc"], b"hi "),
        ("varint", {}, b"\1a\2b", [b"a"], b"\2hi"),
        ("json-object", {}, b'{"a":[1]}{"b"', [b'{"a":[1]}'], b"hi"),
        ("json-object", {"stream_array_elements": True}, b"[1,2]", [b"1", b"2"], b"hi"),
    ],
)
def test_a_name_cuts_and_joins(name: str, options: dict[str, object], incoming: bytes, messages: list[bytes], written: bytes) -> None:
    """What comes in byte by byte gives the same as in one read."""
    one_by_one = [bytes([byte]) for byte in incoming]

    whole = through(name, options, incoming)
    assert (messages, written) == whole if incoming else written == whole[1]
    if name != "line-encoder":
        assert (messages, written) == through(name, options, *one_by_one)


def test_frames_of_hj212_are_read() -> None:
    """The protocol of environmental monitors."""
    embedded = channel("hj212", ignore_crc=True)
    embedded.receive(b"##0012MN=1;CP=&&&&0000\r\n")

    (frame,) = embedded.inbound_messages()
    assert isinstance(frame, HJ212Frame)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("line", {"max-length": 0}),
        ("delimiter", {}),
        ("delimiter", {"delimiters": []}),
        ("length-field", {"length": 5}),
        ("fixed-length", {}),
        ("fixed-length", {"length": 2, "fill": 256}),
        ("varint", {"max-frame-length": "-1"}),
        ("line-encoder", {"end": "cr"}),
    ],
)
def test_what_is_not_allowed_is_refused(name: str, options: dict[str, object]) -> None:
    """When the pipeline is put together, not when a connection comes."""
    with pytest.raises(CodecOptionsError):
        CodecRegistry().codec(name, options).handlers()


def test_what_would_be_read_as_two_is_refused() -> None:
    """A line end within a line."""
    with pytest.raises(EncoderError):
        through("line-encoder", {}, written="a\nb")
