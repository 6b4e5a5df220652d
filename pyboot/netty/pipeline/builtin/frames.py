"""The built-in codecs that cut the byte stream into messages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

import pyboot.components.netty as netty
from pyboot.boot import DataSize
from pyboot.netty.pipeline.codec import Codec

from .charset import charset_name

Positive = Annotated[DataSize, Field(ge=1)]
MaxFrame = Annotated[Positive, Field(description="The longest frame, in bytes.")]
Charset = Annotated[str, AfterValidator(charset_name), Field(description="The encoding of text that is written, by its Python name.")]

_ENDS = {"lf": b"\n", "crlf": b"\r\n"}


@Codec("line")
def line(
    max_length: Annotated[Positive, Field(description="The longest line, in bytes, its end not counted.")] = 8192,
    strip_delimiter: Annotated[bool, Field(description="Whether the line end is left out of the message.")] = True,
    ignore_empty: Annotated[bool, Field(description="Whether empty lines are left out.")] = False,
) -> netty.LineBasedFrameDecoder:
    r"""Cuts bytes into lines that end with ``\n`` or ``\r\n``; what is written stays as it is."""
    return netty.LineBasedFrameDecoder(max_length, strip_delimiter, ignore_empty=ignore_empty)


@Codec("line-encoder")
def line_encoder(
    end: Annotated[Literal["lf", "crlf"], Field(description="What ends a line.")] = "lf", charset: Charset = "utf-8"
) -> netty.LineEncoder:
    """Ends each message that is written, bytes or text, as a line; a line end within one is refused."""
    return netty.LineEncoder(_ENDS[end], charset)


@Codec("delimiter")
def delimiter(
    delimiters: Annotated[list[str], Field(min_length=1, description="What ends a message, one or several.")],
    max_length: Annotated[Positive, Field(description="The longest message, in bytes, its delimiter not counted.")] = 8192,
    strip_delimiter: Annotated[bool, Field(description="Whether the delimiter is left out of the message.")] = True,
    ignore_empty: Annotated[bool, Field(description="Whether messages of no bytes are left out.")] = False,
    append: Annotated[bool, Field(description="Whether the first delimiter is put behind each message that is written.")] = True,
    charset: Annotated[Charset, Field(description="The encoding of the delimiters, and of text that is written.")] = "utf-8",
) -> netty.DelimiterBasedFrameDecoder | tuple[netty.DelimiterBasedFrameDecoder, netty.DelimiterEncoder]:
    """Cuts bytes at delimiters, and puts one behind what is written."""
    ends = [each.encode(charset) for each in delimiters]
    decoder = netty.DelimiterBasedFrameDecoder(ends, max_length, strip_delimiter, ignore_empty=ignore_empty)
    return (decoder, netty.DelimiterEncoder(ends[0], charset)) if append else decoder


@Codec("length-field")
def length_field(
    length: Annotated[Literal[1, 2, 3, 4, 8], Field(description="Bytes of the length field.")] = 4,
    max_frame_length: MaxFrame = 1024 * 1024,
    includes_length_field: Annotated[bool, Field(description="Whether the length counts its own field.")] = False,
    byte_order: Annotated[Literal["big", "little"], Field(description="Which byte of the length comes first.")] = "big",
) -> tuple[netty.LengthFieldBasedFrameDecoder, netty.LengthFieldPrepender]:
    """Cuts bytes into frames behind their length, and puts the length in front of what is written."""
    decoder = netty.LengthFieldBasedFrameDecoder(
        max_frame_length=max_frame_length,
        length_field_length=length,
        length_adjustment=-length if includes_length_field else 0,
        initial_bytes_to_strip=length,
        byte_order=byte_order,
    )
    return decoder, netty.LengthFieldPrepender(length, length_includes_length_field=includes_length_field, byte_order=byte_order)


@Codec("fixed-length")
def fixed_length(
    length: Annotated[int, Field(ge=1, description="Bytes of every frame.")],
    padding: Annotated[Literal["left", "right"], Field(description="Where a shorter message that is written is filled up.")] = "left",
    fill: Annotated[int, Field(ge=0, le=255, description="The byte it is filled up with.")] = 0,
) -> tuple[netty.FixedLengthFrameDecoder, netty.FixedLengthFrameEncoder]:
    """Cuts bytes into frames of one length, and fills up what is written to it; what is longer is refused."""
    return netty.FixedLengthFrameDecoder(length), netty.FixedLengthFrameEncoder(length, padding == "left", bytes([fill]))


@Codec("varint")
def varint(
    max_frame_length: MaxFrame = 1024 * 1024,
) -> tuple[netty.ProtobufVarint32FrameDecoder, netty.ProtobufVarint32LengthFieldPrepender]:
    """Cuts bytes into frames behind a varint32 length, as Protocol Buffers delimit messages, both ways."""
    return netty.ProtobufVarint32FrameDecoder(max_frame_length), netty.ProtobufVarint32LengthFieldPrepender()


@Codec("json-object")
def json_object(
    max_length: Annotated[Positive, Field(description="The longest document, or element, in bytes.")] = 1024 * 1024,
    stream_array_elements: Annotated[bool, Field(description="Whether an array at the top is given element by element.")] = False,
) -> netty.JsonObjectDecoder:
    """Cuts bytes into JSON documents by their brackets; what is written stays as it is."""
    return netty.JsonObjectDecoder(max_length, stream_array_elements)


@Codec("xml-frame")
def xml_frame(
    max_frame_length: MaxFrame = 1024 * 1024,
    max_depth: Annotated[int, Field(ge=1, description="The most elements within each other.")] = 128,
    max_attributes: Annotated[int, Field(ge=1, description="The most attributes of one element.")] = 256,
) -> netty.XmlFrameDecoder:
    """Cuts bytes into XML documents, for a parser behind it; a DOCTYPE, and with it every entity of its own, is refused."""
    return netty.XmlFrameDecoder(max_frame_length, max_depth, max_attributes)


@Codec("hj212")
def hj212(
    max_frame_length: MaxFrame = 8192,
    ignore_crc: Annotated[bool, Field(description="Whether a wrong CRC is let pass.")] = False,
) -> netty.HJ212FrameDecoder:
    """Cuts bytes into frames of HJ 212, the protocol of environmental monitors; each becomes an `HJ212Frame`."""
    return netty.HJ212FrameDecoder(max_frame_length, ignore_crc)
