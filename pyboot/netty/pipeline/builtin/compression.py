"""The built-in codecs that compress what is written and decompress what comes in, one stream a connection and direction."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

import pyboot.components.netty as netty
from pyboot.boot import DataSize
from pyboot.netty.pipeline.codec import Codec

Level = Annotated[int, Field(ge=0, le=9, description="How hard it is tried: 0, not at all, to 9.")]
MaxOutput = Annotated[DataSize, Field(ge=1, description="Bytes that a connection may decompress to.")]
MaxRatio = Annotated[float, Field(gt=0, description="How many times larger they may be than what came, once 1MiB was given.")]

_OUTPUT = 64 * 1024 * 1024


@Codec("gzip")
def gzip(level: Level = 6, max_output: MaxOutput = _OUTPUT, max_ratio: MaxRatio = 100) -> tuple[netty.ZlibDecoder, netty.ZlibEncoder]:
    """Compresses with gzip."""
    return netty.ZlibDecoder("gzip", max_output, max_ratio), netty.ZlibEncoder("gzip", level)


@Codec("zlib")
def zlib(
    level: Level = 6,
    wrapper: Annotated[Literal["zlib", "raw"], Field(description="Deflate within a zlib stream, or bare.")] = "zlib",
    max_output: MaxOutput = _OUTPUT,
    max_ratio: MaxRatio = 100,
) -> tuple[netty.ZlibDecoder, netty.ZlibEncoder]:
    """Compresses with deflate."""
    return netty.ZlibDecoder(wrapper, max_output, max_ratio), netty.ZlibEncoder(wrapper, level)


@Codec("brotli")
def brotli(
    quality: Annotated[int, Field(ge=0, le=11, description="How hard it is tried: 0 to 11.")] = 4,
    max_output: MaxOutput = _OUTPUT,
    max_ratio: MaxRatio = 100,
) -> tuple[netty.BrotliDecoder, netty.BrotliEncoder]:
    """Compresses with Brotli."""
    return netty.BrotliDecoder(max_output, max_ratio), netty.BrotliEncoder(quality)


@Codec("zstd")
def zstd(
    level: Annotated[int, Field(ge=1, le=22, description="How hard it is tried: 1 to 22.")] = 3,
    max_output: MaxOutput = _OUTPUT,
    max_ratio: MaxRatio = 100,
) -> tuple[netty.ZstdDecoder, netty.ZstdEncoder]:
    """Compresses with Zstandard."""
    return netty.ZstdDecoder(max_output, max_ratio), netty.ZstdEncoder(level)
