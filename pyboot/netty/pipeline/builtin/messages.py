"""The built-in codecs that make messages of frames and frames of messages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ImportString

import pyboot.components.netty as netty
from pyboot.boot import DataSize
from pyboot.netty.pipeline.codec import Codec

from .charset import charset_name

Charset = Annotated[str, AfterValidator(charset_name), Field(description="The encoding, by its Python name.")]
Imported = Annotated[ImportString[object] | None, Field(description="What each document must be; none: whatever it is.")]


@Codec("string")
def string(
    charset: Charset = "utf-8",
    strip: Annotated[bool, Field(description="Whether white space around each text that comes in is cut off.")] = False,
    stream: Annotated[
        bool | None, Field(description="Whether characters may be cut between messages; none: not behind a codec that cuts frames.")
    ] = None,
    end: Annotated[str, Field(description="What is put behind each text that is written.")] = "",
) -> tuple[netty.StringDecoder, netty.StringEncoder]:
    """Turns bytes into text, and written text into bytes."""
    return netty.StringDecoder(charset, strip, stream=stream), netty.StringEncoder(charset, end)


@Codec("bytes")
def bytes_() -> netty.ByteArrayDecoder:
    """Turns buffers into ``bytes``; bytes can be written anyway."""
    return netty.ByteArrayDecoder()


@Codec("base64")
def base64(
    dialect: Annotated[Literal["standard", "urlsafe"], Field(description="The alphabet: RFC 4648, 4 or 5.")] = "standard",
    break_lines: Annotated[bool, Field(description="Whether a line ends after 76 characters that are written.")] = False,
) -> tuple[netty.Base64Decoder, netty.Base64Encoder]:
    """Turns frames of Base64 into the bytes they hold, and written bytes into Base64."""
    return netty.Base64Decoder(dialect), netty.Base64Encoder(dialect, break_lines=break_lines)


@Codec("json")
def json(type: Imported = None, charset: Charset = "utf-8") -> tuple[netty.JsonDecoder, netty.JsonEncoder]:
    """Turns frames of JSON into objects, and written objects into JSON."""
    return netty.JsonDecoder(type, charset), netty.JsonEncoder()


@Codec("json-lines")
def json_lines(
    type: Imported = None,
    max_length: Annotated[DataSize, Field(ge=1, description="The longest line, in bytes, its end not counted.")] = 1024 * 1024,
) -> tuple[netty.LineBasedFrameDecoder, netty.LineEncoder, netty.JsonDecoder, netty.JsonEncoder]:
    """Turns lines of JSON into objects, and each written object into a line; empty lines are left out."""
    framing = netty.LineBasedFrameDecoder(max_length, ignore_empty=True), netty.LineEncoder()
    return *framing, netty.JsonDecoder(type), netty.JsonEncoder()


@Codec("msgpack")
def msgpack() -> tuple[netty.MessagePackDecoder, netty.MessagePackEncoder]:
    """Turns frames of MessagePack into objects, and written objects into MessagePack."""
    return netty.MessagePackDecoder(), netty.MessagePackEncoder()


@Codec("protobuf")
def protobuf(
    message: Annotated[ImportString[type[object]], Field(description="The class that protoc has made.")],
) -> tuple[netty.ProtobufDecoder, netty.ProtobufEncoder]:
    """Turns frames of Protocol Buffers into messages of one class, and written messages into frames."""
    return netty.ProtobufDecoder(message), netty.ProtobufEncoder()
