"""Messages of Redis as bytes."""

import math

import pytest

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.redis.message import (
    ArrayHeaderRedisMessage,
    ArrayRedisMessage,
    BigNumberRedisMessage,
    BooleanRedisMessage,
    BulkErrorRedisMessage,
    BulkStringHeaderRedisMessage,
    BulkStringRedisContent,
    DoubleRedisMessage,
    ErrorRedisMessage,
    FullBulkStringRedisMessage,
    IntegerRedisMessage,
    LastArrayRedisMessage,
    LastBulkStringRedisContent,
    MapRedisMessage,
    NullRedisMessage,
    PushRedisMessage,
    RedisMessage,
    SetRedisMessage,
    SimpleStringRedisMessage,
    VerbatimStringRedisMessage,
)
from pyboot.components.netty.wire.redis.writer import RedisMessageWriter, encode_command

ONE, A = IntegerRedisMessage(1), FullBulkStringRedisMessage(b"a")
BOTH: list[tuple[RedisMessage, bytes]] = [
    (SimpleStringRedisMessage("OK"), b"+OK\r\n"),
    (SimpleStringRedisMessage("\udcff"), b"+\xff\r\n"),
    (ErrorRedisMessage("ERR no"), b"-ERR no\r\n"),
    (ONE, b":1\r\n"),
    (IntegerRedisMessage(-(1 << 63)), b":-9223372036854775808\r\n"),
    (A, b"$1\r\na\r\n"),
    (FullBulkStringRedisMessage(b""), b"$0\r\n\r\n"),
    (FullBulkStringRedisMessage(None), b"$-1\r\n"),
    (FullBulkStringRedisMessage(bytes(1024)), b"$1024\r\n" + bytes(1024) + b"\r\n"),
    (ArrayRedisMessage([A, ONE]), b"*2\r\n$1\r\na\r\n:1\r\n"),
    (ArrayRedisMessage.command("GET", "a"), b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n"),
    (ArrayRedisMessage([ArrayRedisMessage(None), ArrayRedisMessage([])]), b"*2\r\n*-1\r\n*0\r\n"),
    (ArrayRedisMessage([ONE] * 100), b"*100\r\n" + b":1\r\n" * 100),
    (ArrayHeaderRedisMessage(2), b"*2\r\n"),
    (BulkStringHeaderRedisMessage(3), b"$3\r\n"),
    (BulkStringRedisContent(b"ab"), b"ab"),
    (LastBulkStringRedisContent(b"c"), b"c\r\n"),
]
NEW: list[tuple[RedisMessage, bytes, bytes]] = [
    (NullRedisMessage(), b"_\r\n", b"$-1\r\n"),
    (BooleanRedisMessage(True), b"#t\r\n", b":1\r\n"),
    (BooleanRedisMessage(False), b"#f\r\n", b":0\r\n"),
    (DoubleRedisMessage(1.5), b",1.5\r\n", b"$3\r\n1.5\r\n"),
    (DoubleRedisMessage(-math.inf), b",-inf\r\n", b"$4\r\n-inf\r\n"),
    (DoubleRedisMessage(math.nan), b",nan\r\n", b"$3\r\nnan\r\n"),
    (BigNumberRedisMessage(-(10**20)), b"(-100000000000000000000\r\n", b"$22\r\n-100000000000000000000\r\n"),
    (BulkErrorRedisMessage(b"ERR a\r\nb"), b"!8\r\nERR a\r\nb\r\n", b"-ERR a b\r\n"),
    (VerbatimStringRedisMessage(b"hi"), b"=6\r\ntxt:hi\r\n", b"$2\r\nhi\r\n"),
    (MapRedisMessage([(A, ONE)]), b"%1\r\n$1\r\na\r\n:1\r\n", b"*2\r\n$1\r\na\r\n:1\r\n"),
    (SetRedisMessage([ONE]), b"~1\r\n:1\r\n", b"*1\r\n:1\r\n"),
    (PushRedisMessage([A]), b">1\r\n$1\r\na\r\n", b"*1\r\n$1\r\na\r\n"),
    (ArrayRedisMessage([NullRedisMessage()]), b"*1\r\n_\r\n", b"*1\r\n$-1\r\n"),
]


@pytest.mark.parametrize(("message", "wire"), BOTH)
def test_what_both_versions_have(message: RedisMessage, wire: bytes) -> None:
    """Is the same in both, and when it is written again."""
    for protocol in (2, 3):
        writer = RedisMessageWriter(protocol)
        assert [wire, wire] == [writer.encode(message), writer.encode(message)]


@pytest.mark.parametrize(("message", "resp3", "resp2"), NEW)
def test_what_is_new_in_resp3(message: RedisMessage, resp3: bytes, resp2: bytes) -> None:
    """Has a form in RESP2 as well, Redis's own."""
    assert (resp3, resp2) == (RedisMessageWriter(3).encode(message), RedisMessageWriter(2).encode(message))


def test_attributes_stand_in_front() -> None:
    """Where the peer knows of them."""
    message = IntegerRedisMessage(1)
    message.attributes = MapRedisMessage([(SimpleStringRedisMessage("ttl"), IntegerRedisMessage(7))])

    assert b"|1\r\n+ttl\r\n:7\r\n:1\r\n" == RedisMessageWriter(3).encode(message)
    assert b":1\r\n" == RedisMessageWriter(2).encode(message)


@pytest.mark.parametrize("text", ["a\r\nb", "a\nb", "a\rb", "\r\n+OK", "\ud800"])
@pytest.mark.parametrize("kind", [SimpleStringRedisMessage, ErrorRedisMessage])
def test_text_cannot_end_its_line(kind: type[RedisMessage], text: str) -> None:
    """CVE-2026-42586: what a user wrote would be a reply of its own; within an array as well."""
    for message in (kind(text), ArrayRedisMessage([kind(text)])):  # type: ignore[call-arg]
        with pytest.raises(EncoderError, match=r"line end in it|no UTF-8"):
            RedisMessageWriter().encode(message)


def test_what_cannot_be_written() -> None:
    """Says what to do."""
    for message, said in [
        (IntegerRedisMessage(1 << 63), "write a BigNumberRedisMessage"),
        (VerbatimStringRedisMessage(b"", "text"), "three letters"),
        (VerbatimStringRedisMessage(b"", "a:b"), "three letters"),
        (BulkStringHeaderRedisMessage(None), "cannot be written"),
        (RedisMessage(), "cannot be written"),
    ]:
        with pytest.raises(EncoderError, match=said):
            RedisMessageWriter(3).encode(message)
    for message in (ArrayHeaderRedisMessage(None), LastArrayRedisMessage(), ArrayHeaderRedisMessage(1, 37)):
        with pytest.raises(EncoderError, match="has no form in RESP2"):
            RedisMessageWriter(2).encode(message)


def test_there_are_two_versions() -> None:
    """No third."""
    writer = RedisMessageWriter()
    assert 2 == writer.protocol
    writer.protocol = 3
    assert 3 == writer.protocol
    with pytest.raises(ValueError, match="protocol 4"):
        writer.protocol = 4


def test_a_command_is_appended() -> None:
    """Without a message of its own."""
    parts: list[bytes] = []
    encode_command(parts, [b"SET", b"a", bytes(2000)])
    encode_command(parts, [b"x"] * 70)

    assert b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2000\r\n" + bytes(2000) + b"\r\n*70\r\n" + b"$1\r\nx\r\n" * 70 == b"".join(parts)
