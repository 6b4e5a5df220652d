"""Aggregators of Redis: parts of bulk strings, and parts of arrays, joined to messages. Source: Netty's classes of those names."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.errors import DecoderError, TooLongFrameError
from pyboot.components.netty.wire.redis.aggregate import RedisAggregate
from pyboot.components.netty.wire.redis.config import RedisDecoderConfig
from pyboot.components.netty.wire.redis.errors import CorruptedRedisMessageError
from pyboot.components.netty.wire.redis.message import (
    BulkStringHeaderRedisMessage,
    BulkStringRedisContent,
    LastBulkStringRedisContent,
    RedisMessage,
)
from pyboot.components.netty.wire.redis.reader import whole_string

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["RedisArrayAggregator", "RedisBulkStringAggregator"]


class RedisBulkStringAggregator(ChannelHandler[Any]):
    """Joins the header and the content of a bulk string, of a `RedisDecoder` that gives parts, to one message; all else passes.

    Args:
        max_content_bytes: of one string; one that is longer, or says so, goes to exception_caught as `TooLongFrameError` and is dropped.
            1 MiB by default; raises ValueError below 0.
    """

    def __init__(self, max_content_bytes: int = 1024 * 1024) -> None:
        if max_content_bytes < 0:
            raise ValueError(f"max_content_bytes {max_content_bytes}, must not be negative")
        self.max_content_bytes = max_content_bytes
        self._header: BulkStringHeaderRedisMessage | None = None
        self._content = bytearray()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if isinstance(msg, BulkStringHeaderRedisMessage):
            self._header, self._content = msg, bytearray()
            if msg.length is not None and msg.length > self.max_content_bytes:
                self._refuse(ctx, msg.length)
        elif isinstance(msg, BulkStringRedisContent):
            self._add(ctx, msg)
        else:
            return ctx.fire_channel_read(msg)
        return None

    def _add(self, ctx: ChannelHandlerContext, part: BulkStringRedisContent) -> None:
        header = self._header
        if header is None:
            return  # of a string that was refused
        size = len(self._content) + len(part.content)
        if size > self.max_content_bytes:
            self._refuse(ctx, size)
            return
        self._content += part.content
        if isinstance(part, LastBulkStringRedisContent):
            content, self._header, self._content = bytes(self._content), None, bytearray()
            ctx.fire_channel_read(whole_string(header.kind, content))

    def _refuse(self, ctx: ChannelHandlerContext, size: int) -> None:
        self._header, self._content = None, bytearray()
        ctx.callback_raised(TooLongFrameError(size, self.max_content_bytes, at_least=True))

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._header is not None and not ctx.channel.config.auto_read:
            ctx.read()  # whoever asked for a message has not got all of it yet
        return ctx.fire_channel_read_complete()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._header, self._content = None, bytearray()
        return ctx.fire_channel_inactive()


class RedisArrayAggregator(ChannelHandler[Any]):
    """Joins headers and the messages behind them to arrays, maps, sets and pushes; attributes go to the message behind them.

    It stands behind a `RedisBulkStringAggregator`. Too many elements, or too deep, goes to exception_caught as `RedisLimitError`, and what
    comes behind is dropped, since where the next message begins is not known any more.

    Args:
        max_elements: most elements of a message, those of all its levels together; 65536 by default.
        max_depth: how deep aggregates may stand in each other; 32 by default.
    """

    def __init__(self, max_elements: int = RedisDecoderConfig().max_elements, max_depth: int = RedisDecoderConfig().max_depth) -> None:
        RedisDecoderConfig(max_elements=max_elements, max_depth=max_depth)  # which checks them
        self._aggregate = RedisAggregate(max_elements, max_depth)
        self._has_failed = False

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if not isinstance(msg, RedisMessage):
            return ctx.fire_channel_read(msg)
        if self._has_failed:
            return None
        try:
            if isinstance(msg, BulkStringHeaderRedisMessage | BulkStringRedisContent):
                raise CorruptedRedisMessageError("a part of a bulk string, which a RedisBulkStringAggregator in front would join")
            whole = self._aggregate.add(msg)
        except DecoderError:
            self._has_failed = True
            self._aggregate.clear()
            raise
        return None if whole is None else ctx.fire_channel_read(whole)

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if not self._aggregate.is_empty and not ctx.channel.config.auto_read:
            ctx.read()  # as above
        return ctx.fire_channel_read_complete()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._aggregate.clear()
        return ctx.fire_channel_inactive()
