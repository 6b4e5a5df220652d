"""Parts of Redis joined, step by step."""

import pytest

from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.redis.aggregator import RedisArrayAggregator, RedisBulkStringAggregator
from pyboot.components.netty.codec.redis.codec import RedisDecoder
from pyboot.components.netty.errors import TooLongFrameError
from pyboot.components.netty.option import ChannelOption
from pyboot.components.netty.wire.redis.config import RedisDecoderConfig
from pyboot.components.netty.wire.redis.errors import CorruptedRedisMessageError, RedisLimitError
from pyboot.components.netty.wire.redis.message import (
    ArrayHeaderRedisMessage,
    ArrayRedisMessage,
    FullBulkStringRedisMessage,
    RedisMessage,
    SimpleStringRedisMessage,
    VerbatimStringRedisMessage,
)
from tests.components.netty.codec.redis.test_codec import MESSAGES, STREAM


class Recorder(ChannelHandler[RedisMessage]):
    """Keeps errors."""

    def __init__(self, errors: list[Exception]) -> None:
        self.errors = errors

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        """Keep *error*."""
        self.errors.append(error)


OK = SimpleStringRedisMessage("OK")


def channel(*aggregators: object) -> EmbeddedChannel:
    """One whose decoder gives parts."""
    return EmbeddedChannel(RedisDecoder(RedisDecoderConfig(aggregate=False)), *aggregators)


def test_both_make_what_the_decoder_makes_alone() -> None:
    """However the bytes are cut."""
    for cut in range(len(STREAM)):
        embedded = channel(RedisBulkStringAggregator(), RedisArrayAggregator())
        embedded.receive(STREAM[:cut])
        embedded.receive(STREAM[cut:])
        assert MESSAGES == embedded.inbound_messages()


def test_strings_are_joined_by_themselves() -> None:
    """Arrays stay in parts; all that is no part passes."""
    embedded = channel(RedisBulkStringAggregator())
    embedded.receive(b"*2\r\n$2\r\nab\r\n=5\r\ntxt:a\r\n")
    embedded.pipeline().fire_channel_read("other")

    assert [
        ArrayHeaderRedisMessage(2),
        FullBulkStringRedisMessage(b"ab"),
        VerbatimStringRedisMessage(b"a"),
        "other",
    ] == embedded.inbound_messages()


def test_a_string_that_is_too_long_is_dropped_and_the_next_is_not() -> None:
    """By what it says, and, where it does not say, by what has come."""
    for stream in (b"$5\r\n12345\r\n+OK\r\n", b"$?\r\n;3\r\n123\r\n;2\r\n45\r\n;1\r\n6\r\n;0\r\n+OK\r\n"):
        errors: list[Exception] = []
        embedded = channel(RedisBulkStringAggregator(4), Recorder(errors))
        embedded.receive(stream)
        assert [TooLongFrameError] == [type(error) for error in errors]
        assert [OK] == embedded.inbound_messages()


@pytest.mark.parametrize("stream", [b"*3\r\n", b"*1\r\n" * 3, b"*?\r\n:1\r\n:2\r\n:3\r\n"])
def test_arrays_have_limits(stream: bytes) -> None:
    """CVE-2026-50011, 44250: as those of the decoder; what comes behind is dropped."""
    errors: list[Exception] = []
    embedded = channel(RedisArrayAggregator(2, 2), Recorder(errors))
    embedded.receive(stream + b"+OK\r\n")

    assert [RedisLimitError] == [type(error) for error in errors]
    assert [] == embedded.inbound_messages()


def test_a_string_in_parts_has_no_place_in_an_array() -> None:
    """The aggregator of strings is missing, or stands behind."""
    errors: list[Exception] = []
    embedded = channel(RedisArrayAggregator(), Recorder(errors))
    embedded.receive(b"$1\r\na\r\n")

    assert [CorruptedRedisMessageError] == [type(error) for error in errors]
    assert "RedisBulkStringAggregator" in str(errors[0])


def test_whoever_asks_for_a_message_gets_one() -> None:
    """Where reading is not automatic, each asks on until it has one."""
    embedded = channel(RedisBulkStringAggregator(), RedisArrayAggregator())
    embedded.set_option(ChannelOption.AUTO_READ, False)
    embedded.read()
    for byte in b"*1\r\n$2\r\nab\r\n":
        embedded.receive(bytes([byte]))

    assert [ArrayRedisMessage([FullBulkStringRedisMessage(b"ab")])] == embedded.inbound_messages()


def test_what_is_not_whole_is_forgotten_with_the_connection() -> None:
    """CVE-2026-48006, 56818."""
    strings, arrays = RedisBulkStringAggregator(), RedisArrayAggregator()
    embedded = channel(strings, arrays, Recorder([]))
    embedded.receive(b"*2\r\n:1\r\n$5\r\nab")
    assert (b"ab", False) == (bytes(strings._content), arrays._aggregate.is_empty)
    embedded.pipeline().fire_channel_inactive()
    assert (b"", True) == (bytes(strings._content), arrays._aggregate.is_empty)


def test_limits_that_make_no_sense_are_refused() -> None:
    """When the pipeline is built."""
    with pytest.raises(ValueError, match="max_content_bytes -1"):
        RedisBulkStringAggregator(-1)
    with pytest.raises(ValueError, match="max_depth 0"):
        RedisArrayAggregator(1, 0)
