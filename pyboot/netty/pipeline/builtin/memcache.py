"""The built-in codecs of memcache."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pyboot.boot import DataSize
from pyboot.components.netty.codec.memcache import (
    BinaryMemcacheClientCodec,
    BinaryMemcacheServerCodec,
    MemcacheDecoderConfig,
    TextMemcacheClientCodec,
    TextMemcacheServerCodec,
)
from pyboot.netty.pipeline.codec import Codec

Positive = Annotated[DataSize, Field(ge=1)]
MaxKey = Annotated[Positive, Field(description="The longest key, in bytes.")]
MaxValue = Annotated[Positive, Field(description="The longest value, in bytes.")]
MaxLine = Annotated[Positive, Field(description="The longest line, in bytes, its end not counted.")]

_MEBIBYTE = 1024 * 1024


@Codec("memcache-binary")
def memcache_binary(max_key: MaxKey = 250, max_value: MaxValue = _MEBIBYTE) -> BinaryMemcacheServerCodec:
    """Reads requests of memcache's binary protocol, and writes responses."""
    return BinaryMemcacheServerCodec(MemcacheDecoderConfig(max_key, max_value))


@Codec("memcache-binary-client")
def memcache_binary_client(max_key: MaxKey = 250, max_value: MaxValue = _MEBIBYTE) -> BinaryMemcacheClientCodec:
    """Writes requests of memcache's binary protocol, and reads responses."""
    return BinaryMemcacheClientCodec(MemcacheDecoderConfig(max_key, max_value))


@Codec("memcache-text")
def memcache_text(max_key: MaxKey = 250, max_value: MaxValue = _MEBIBYTE, max_line: MaxLine = 64 * 1024) -> TextMemcacheServerCodec:
    """Reads requests of memcache's text protocol, and writes responses."""
    return TextMemcacheServerCodec(MemcacheDecoderConfig(max_key, max_value, max_line))


@Codec("memcache-text-client")
def memcache_text_client(max_key: MaxKey = 250, max_value: MaxValue = _MEBIBYTE, max_line: MaxLine = 64 * 1024) -> TextMemcacheClientCodec:
    """Writes requests of memcache's text protocol, and reads responses."""
    return TextMemcacheClientCodec(MemcacheDecoderConfig(max_key, max_value, max_line))
