"""Redis in a pipeline: RESP2 and RESP3 for servers and clients.

::

    bytes  -->  RedisDecoder   -->  whole messages, each command an ArrayRedisMessage
    bytes  <--  RedisEncoder   <--  messages
                RedisClientHandler  commands of a program, many under way; pushes as events

A `RedisDecoder` that shall not aggregate gives parts, for strings that are too large to hold; `RedisBulkStringAggregator` and
`RedisArrayAggregator` join them where that is wanted.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyboot.components.netty.wire.redis.config import RedisDecoderConfig as RedisDecoderConfig
    from pyboot.components.netty.wire.redis.errors import (
        CorruptedRedisMessageError as CorruptedRedisMessageError,
        RedisLimitError as RedisLimitError,
        RedisResponseError as RedisResponseError,
    )
    from pyboot.components.netty.wire.redis.message import (
        ArrayHeaderRedisMessage as ArrayHeaderRedisMessage,
        ArrayRedisMessage as ArrayRedisMessage,
        BigNumberRedisMessage as BigNumberRedisMessage,
        BooleanRedisMessage as BooleanRedisMessage,
        BulkErrorRedisMessage as BulkErrorRedisMessage,
        BulkStringHeaderRedisMessage as BulkStringHeaderRedisMessage,
        BulkStringRedisContent as BulkStringRedisContent,
        DoubleRedisMessage as DoubleRedisMessage,
        ErrorRedisMessage as ErrorRedisMessage,
        FullBulkStringRedisMessage as FullBulkStringRedisMessage,
        IntegerRedisMessage as IntegerRedisMessage,
        LastArrayRedisMessage as LastArrayRedisMessage,
        LastBulkStringRedisContent as LastBulkStringRedisContent,
        MapRedisMessage as MapRedisMessage,
        NullRedisMessage as NullRedisMessage,
        PushRedisMessage as PushRedisMessage,
        RedisMessage as RedisMessage,
        SetRedisMessage as SetRedisMessage,
        SimpleStringRedisMessage as SimpleStringRedisMessage,
        VerbatimStringRedisMessage as VerbatimStringRedisMessage,
    )

    from .aggregator import RedisArrayAggregator as RedisArrayAggregator, RedisBulkStringAggregator as RedisBulkStringAggregator
    from .client import RedisClientHandler as RedisClientHandler
    from .codec import RedisDecoder as RedisDecoder, RedisEncoder as RedisEncoder
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
