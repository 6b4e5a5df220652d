"""The built-in codecs of Redis."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pyboot.boot import DataSize
from pyboot.components.netty.codec.redis import RedisClientHandler, RedisDecoder, RedisDecoderConfig, RedisEncoder
from pyboot.netty.pipeline.codec import Codec

Positive = Annotated[DataSize, Field(ge=1)]
MaxLine = Annotated[Positive, Field(description="The longest simple string, error or inline command, in bytes.")]
MaxBulk = Annotated[Positive, Field(description="The longest bulk string, in bytes.")]
MaxMessage = Annotated[Positive, Field(description="The most bytes of a whole message.")]
MaxElements = Annotated[int, Field(ge=1, description="The most elements of a message, those of all its levels together.")]
MaxDepth = Annotated[int, Field(ge=1, description="How deep arrays, maps and sets may stand in each other.")]

_KIBIBYTE = 1024
_MEBIBYTE = 1024 * 1024


@Codec("redis")
def redis(
    max_line: MaxLine = 64 * _KIBIBYTE,
    max_bulk: MaxBulk = 16 * _MEBIBYTE,
    max_message: MaxMessage = 32 * _MEBIBYTE,
    max_elements: MaxElements = 65_536,
    max_depth: MaxDepth = 32,
    inline: Annotated[bool, Field(description="Whether commands as people type them are taken, lines of words.")] = False,
) -> tuple[RedisDecoder, RedisEncoder]:
    """Turns bytes into messages of Redis and messages into bytes, RESP2 and RESP3; each command is an `ArrayRedisMessage`."""
    return RedisDecoder(RedisDecoderConfig(max_line, max_bulk, max_message, max_elements, max_depth, inline)), RedisEncoder()


@Codec("redis-client")
def redis_client(
    max_line: MaxLine = 64 * _KIBIBYTE,
    max_bulk: MaxBulk = 16 * _MEBIBYTE,
    max_message: MaxMessage = 32 * _MEBIBYTE,
    max_elements: MaxElements = 65_536,
    max_depth: MaxDepth = 32,
    max_outstanding: Annotated[int, Field(ge=1, description="How many replies may be waited for.")] = 65_536,
) -> tuple[RedisDecoder, RedisClientHandler]:
    """Asks a server of Redis, by the methods of its `RedisClientHandler`; pushes go on to the handlers behind it."""
    config = RedisDecoderConfig(max_line, max_bulk, max_message, max_elements, max_depth)
    return RedisDecoder(config), RedisClientHandler(max_outstanding)
