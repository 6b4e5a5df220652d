"""Redis in a pipeline."""

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.redis.codec import RedisDecoder, RedisEncoder
from pyboot.components.netty.errors import EncoderError, PrematureCloseError
from pyboot.components.netty.wire.redis.config import RedisDecoderConfig
from pyboot.components.netty.wire.redis.errors import CorruptedRedisMessageError, RedisLimitError
from pyboot.components.netty.wire.redis.message import (
    ArrayRedisMessage,
    BulkStringRedisContent,
    FullBulkStringRedisMessage,
    IntegerRedisMessage,
    LastBulkStringRedisContent,
    MapRedisMessage,
    NullRedisMessage,
    PushRedisMessage,
    RedisMessage,
    SimpleStringRedisMessage,
)
from pyboot.testing import check_decoder, check_round_trip, decode

A, ONE = FullBulkStringRedisMessage(b"a"), IntegerRedisMessage(1)
STREAM = (
    b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n+OK\r\n%1\r\n+k\r\n*2\r\n:1\r\n_\r\n>1\r\n$1\r\na\r\n$?\r\n;1\r\na\r\n;0\r\n*?\r\n:1\r\n.\r\n$-1\r\n"
)
MESSAGES: list[RedisMessage] = [
    ArrayRedisMessage.command("GET", "a"),
    SimpleStringRedisMessage("OK"),
    MapRedisMessage([(SimpleStringRedisMessage("k"), ArrayRedisMessage([ONE, NullRedisMessage()]))]),
    PushRedisMessage([A]),
    A,
    ArrayRedisMessage([ONE]),
    FullBulkStringRedisMessage(None),
]


def test_the_decoder_keeps_the_contract_of_decoders() -> None:
    """However its input is cut, and whatever it is."""
    check_decoder(
        RedisDecoder,
        STREAM,
        MESSAGES,
        wrong={
            b"GET a\r\n": CorruptedRedisMessageError,
            b"$1_0\r\n": CorruptedRedisMessageError,
            b"*2147483647\r\n": RedisLimitError,
            b"*1\r\n" * 40: RedisLimitError,
            b"$16777217\r\n": RedisLimitError,
            b"*2\r\n:1\r\n": PrematureCloseError,
            b"$3\r\nab": PrematureCloseError,
            b"+OK\r": PrematureCloseError,
        },
    )


def test_a_decoder_of_inline_commands_keeps_it_too() -> None:
    """Both forms on one connection."""
    check_decoder(
        lambda: RedisDecoder(RedisDecoderConfig(inline=True)),
        b"PING\r\n*1\r\n$4\r\nPING\r\nGET 'a'\r\n",
        [ArrayRedisMessage.command("PING"), ArrayRedisMessage.command("PING"), ArrayRedisMessage.command("GET", "a")],
        wrong={b"POST / HTTP/1.1\r\nHost: a\r\n\r\n": CorruptedRedisMessageError, b"GET '\r\n": CorruptedRedisMessageError},
    )


def joined(parts: list[RedisMessage]) -> list[RedisMessage]:
    """*parts* with the pieces of each string as one: where they are cut depends on what has come."""
    found: list[RedisMessage] = []
    pieces = b""
    for part in parts:
        if type(part) is BulkStringRedisContent:
            pieces += part.content
        elif isinstance(part, LastBulkStringRedisContent):
            found.append(LastBulkStringRedisContent(pieces + part.content))
            pieces = b""
        else:
            found.append(part)
    return found if not pieces else [*found, BulkStringRedisContent(pieces)]


def test_parts_keep_the_contract_but_for_the_decoder_that_takes_over() -> None:
    """It cannot know of a string whose header is given already."""
    parts = decode(RedisDecoder(RedisDecoderConfig(aggregate=False)), [STREAM]).messages
    stream = b"*2\r\n:1\r\n+a\r\n%0\r\n-ERR\r\n"
    check_decoder(
        lambda: RedisDecoder(RedisDecoderConfig(aggregate=False)),
        stream,
        decode(RedisDecoder(RedisDecoderConfig(aggregate=False)), [stream]).messages,
    )
    for cut in range(len(STREAM)):
        found = decode(RedisDecoder(RedisDecoderConfig(aggregate=False)), [STREAM[:cut], STREAM[cut:]])
        assert ([], joined(parts)) == (found.errors, joined(found.messages))


def test_what_is_written_is_read() -> None:
    """By either version what it has."""
    check_round_trip(RedisEncoder(3), RedisDecoder(), MESSAGES)
    check_round_trip(RedisEncoder(), RedisDecoder(), [MESSAGES[0], MESSAGES[1], A, ONE])


def test_all_else_passes() -> None:
    """Bytes that another handler has made."""
    channel = EmbeddedChannel(RedisEncoder())
    channel.write_outbound(b"as it is", SimpleStringRedisMessage("OK"))

    assert b"as it is+OK\r\n" == channel.outbound_bytes()


def test_a_server_says_when_the_peer_speaks_resp3() -> None:
    """From the next message on."""
    encoder = RedisEncoder()
    channel = EmbeddedChannel(encoder)
    channel.write_outbound(NullRedisMessage())
    encoder.protocol = 3
    channel.write_outbound(NullRedisMessage())

    assert (b"$-1\r\n_\r\n", 3) == (channel.outbound_bytes(), encoder.protocol)


def test_a_message_that_cannot_be_written_fails_its_write() -> None:
    """CVE-2026-42586; and no other."""
    channel = EmbeddedChannel(RedisEncoder())
    promise = channel.new_promise()
    channel.write_and_flush(SimpleStringRedisMessage("OK\r\n+injected"), promise)
    channel.write_and_flush(SimpleStringRedisMessage("OK"))

    assert isinstance(promise.error, EncoderError)
    assert b"+OK\r\n" == channel.outbound_bytes()


@pytest.mark.parametrize("begun", [b"*2\r\n$1\r\na\r\n", b"$5\r\nab", b"+O", b"*1\r\n*1\r\n$?\r\n;1\r\na"])
def test_nothing_is_kept_of_a_peer_that_leaves(begun: bytes) -> None:
    """CVE-2026-48006, 56818: what came of its message is told and gone."""
    decoder = RedisDecoder()
    found = decode(decoder, [begun], close=True)

    assert ["the peer left in the middle of a message of Redis"] == [str(error) for error in found.errors]
    assert isinstance(found.errors[0], PrematureCloseError)
