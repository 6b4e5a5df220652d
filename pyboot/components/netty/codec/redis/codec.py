"""RedisDecoder and RedisEncoder: bytes to messages and messages to bytes, in a pipeline. Source: Netty's classes of those names."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from mypy_extensions import mypyc_attr

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.frames import FrameDecoder
from pyboot.components.netty.wire.redis.config import RedisDecoderConfig
from pyboot.components.netty.wire.redis.message import RedisMessage
from pyboot.components.netty.wire.redis.reader import RedisReader
from pyboot.components.netty.wire.redis.writer import RedisMessageWriter

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["RedisDecoder", "RedisEncoder"]


@mypyc_attr(allow_interpreted_subclasses=True)
class RedisDecoder(FrameDecoder):
    """Turns bytes into `RedisMessage`, of RESP2 and RESP3 alike; *config* has the limits, and says whether whole messages are made.

    What is no RESP goes to exception_caught as `CorruptedRedisMessageError`, what is too much as `RedisLimitError`, one of those; nothing
    behind it is read. A peer that leaves within a message is told as `PrematureCloseError`.
    """

    def __init__(self, config: RedisDecoderConfig | None = None) -> None:
        super().__init__(RedisReader(config))

    def premature_close(self) -> str:
        return "the peer left in the middle of a message of Redis"


@mypyc_attr(allow_interpreted_subclasses=True)
class RedisEncoder(ChannelHandler[Any]):
    """Turns each `RedisMessage` that is written into bytes; all else passes.

    ``protocol`` is the version that the peer speaks, 2 by default, as every connection begins. A server sets it to 3 when the peer says so
    with HELLO; until then what only RESP3 has is written as Redis writes it for old clients (`RedisMessageWriter`). A message that cannot
    be written fails its write with `EncoderError`.
    """

    def __init__(self, protocol: int = 2) -> None:
        self._writer = RedisMessageWriter(protocol)

    @property
    def protocol(self) -> int:
        """The version of RESP that is written: 2 or 3; another raises ValueError."""
        return self._writer.protocol

    @protocol.setter
    def protocol(self, version: int) -> None:
        self._writer.protocol = version

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        # hot path: once for each message that leaves (tests/bench/test_redis.py).
        return ctx.write(self._writer.encode(msg), promise) if isinstance(msg, RedisMessage) else ctx.write(msg, promise)
