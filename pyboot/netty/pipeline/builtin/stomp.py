"""The built-in codec of STOMP."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from pyboot.boot import DataSize
from pyboot.components.netty.codec.stomp import StompDecoderConfig, StompFrameDecoder, StompFrameEncoder, StompHeartbeatHandler
from pyboot.netty.pipeline.codec import Codec

from .handlers import Patience

Positive = Annotated[DataSize, Field(ge=1)]

_TEN_SECONDS = timedelta(seconds=10)


@Codec("stomp")
def stomp(
    max_line: Annotated[Positive, Field(description="The longest line of a head, in bytes.")] = 8 * 1024,
    max_headers: Annotated[int, Field(ge=1, description="The most headers of a frame.")] = 100,
    max_head: Annotated[Positive, Field(description="The most bytes of a head, all its lines together.")] = 16 * 1024,
    max_body: Annotated[Positive, Field(description="The longest body, in bytes.")] = 1024 * 1024,
    send: Annotated[Patience, Field(description="How often this side can send heart-beats; 0s: not at all.")] = _TEN_SECONDS,
    expect: Annotated[Patience, Field(description="How often it wants to hear of the peer; 0s: not at all.")] = _TEN_SECONDS,
) -> tuple[StompFrameDecoder, StompFrameEncoder, StompHeartbeatHandler]:
    """Turns bytes into frames of STOMP 1.2 and frames into bytes, of both roles, and keeps the heart-beats that are agreed upon."""
    decoder = StompFrameDecoder(StompDecoderConfig(max_line, max_headers, max_head, max_body))
    return decoder, StompFrameEncoder(), StompHeartbeatHandler(send.total_seconds(), expect.total_seconds())
