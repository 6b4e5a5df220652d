"""The bytes of a peer as messages of Redis: every kind, strictly, within its limits."""

import math
import tracemalloc
from typing import Any

import pytest

from pyboot.components.netty.wire.redis.config import RedisDecoderConfig
from pyboot.components.netty.wire.redis.errors import CorruptedRedisMessageError, RedisLimitError
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
from pyboot.components.netty.wire.redis.reader import RedisReader
from pyboot.testing import read_frames

CORRUPTED, LIMIT = CorruptedRedisMessageError, RedisLimitError
A, B = FullBulkStringRedisMessage(b"a"), FullBulkStringRedisMessage(b"b")
ONE, TWO = IntegerRedisMessage(1), IntegerRedisMessage(2)

KINDS: list[tuple[bytes, RedisMessage]] = [
    (b"+OK\r\n", SimpleStringRedisMessage("OK")),
    (b"+\r\n", SimpleStringRedisMessage("")),
    (b"+\xff\r\n", SimpleStringRedisMessage("\udcff")),
    (b"-ERR no\r\n", ErrorRedisMessage("ERR no")),
    (b":0\r\n", IntegerRedisMessage(0)),
    (b":-1\r\n", IntegerRedisMessage(-1)),
    (b":+7\r\n", IntegerRedisMessage(7)),
    (b":9223372036854775807\r\n", IntegerRedisMessage(9223372036854775807)),
    (b":-9223372036854775808\r\n", IntegerRedisMessage(-9223372036854775808)),
    (b"$1\r\na\r\n", A),
    (b"$0\r\n\r\n", FullBulkStringRedisMessage(b"")),
    (b"$2\r\n\r\n\r\n", FullBulkStringRedisMessage(b"\r\n")),
    (b"$-1\r\n", FullBulkStringRedisMessage(None)),
    (b"*0\r\n", ArrayRedisMessage([])),
    (b"*-1\r\n", ArrayRedisMessage(None)),
    (b"*2\r\n$1\r\na\r\n$1\r\nb\r\n", ArrayRedisMessage([A, B])),
    (b"*2\r\n$1\r\na\r\n$-1\r\n", ArrayRedisMessage([A, FullBulkStringRedisMessage(None)])),
    (b"*2\r\n*1\r\n:1\r\n*0\r\n", ArrayRedisMessage([ArrayRedisMessage([ONE]), ArrayRedisMessage([])])),
    (b"_\r\n", NullRedisMessage()),
    (b"#t\r\n", BooleanRedisMessage(True)),
    (b"#f\r\n", BooleanRedisMessage(False)),
    (b",1.5\r\n", DoubleRedisMessage(1.5)),
    (b",10\r\n", DoubleRedisMessage(10.0)),
    (b",-1e-3\r\n", DoubleRedisMessage(-0.001)),
    (b",inf\r\n", DoubleRedisMessage(math.inf)),
    (b",-inf\r\n", DoubleRedisMessage(-math.inf)),
    (b",nan\r\n", DoubleRedisMessage(math.nan)),
    (b"(3492890328409238509324850943850943825024385\r\n", BigNumberRedisMessage(3492890328409238509324850943850943825024385)),
    (b"!7\r\nERR\r\nno\r\n", BulkErrorRedisMessage(b"ERR\r\nno")),
    (b"=8\r\ntxt:Some\r\n", VerbatimStringRedisMessage(b"Some")),
    (b"=4\r\nmkd:\r\n", VerbatimStringRedisMessage(b"", "mkd")),
    (b"%2\r\n$1\r\na\r\n:1\r\n+b\r\n:2\r\n", MapRedisMessage([(A, ONE), (SimpleStringRedisMessage("b"), TWO)])),
    (b"%0\r\n", MapRedisMessage([])),
    (b"~2\r\n:1\r\n:2\r\n", SetRedisMessage([ONE, TWO])),
    (b">2\r\n$1\r\na\r\n:1\r\n", PushRedisMessage([A, ONE])),
    (b"$?\r\n;4\r\nHell\r\n;5\r\no wor\r\n;1\r\nd\r\n;0\r\n", FullBulkStringRedisMessage(b"Hello word")),
    (b"$?\r\n;0\r\n", FullBulkStringRedisMessage(b"")),
    (b"*?\r\n:1\r\n*?\r\n.\r\n:2\r\n.\r\n", ArrayRedisMessage([ONE, ArrayRedisMessage([]), TWO])),
    (b"~?\r\n:1\r\n.\r\n", SetRedisMessage([ONE])),
    (b"%?\r\n+a\r\n:1\r\n.\r\n", MapRedisMessage([(SimpleStringRedisMessage("a"), ONE)])),
]


def attributed(message: RedisMessage, *pairs: tuple[RedisMessage, RedisMessage]) -> RedisMessage:
    """The same with attributes."""
    message.attributes = MapRedisMessage(list(pairs))
    return message


def read(stream: bytes, **limits: Any) -> list[Any]:
    """What comes of *stream*, as a whole and byte by byte, which is the same."""
    whole = read_frames(RedisReader(RedisDecoderConfig(**limits)), stream)
    single = read_frames(RedisReader(RedisDecoderConfig(**limits)), *(stream[at : at + 1] for at in range(len(stream))))
    assert whole == single
    return whole


@pytest.mark.parametrize(("stream", "message"), KINDS, ids=lambda value: repr(value) if isinstance(value, bytes) else "")
def test_each_kind(stream: bytes, message: RedisMessage) -> None:
    """As a whole, byte by byte, and one behind the other."""
    assert [message] == read(stream)
    assert [message, message] == read(stream + stream)


def test_attributes_belong_to_the_message_behind_them() -> None:
    """At the top and within; they count as no element."""
    stream = b"|1\r\n+ttl\r\n:1\r\n*2\r\n|1\r\n+k\r\n:2\r\n:1\r\n*0\r\n"
    inner = attributed(IntegerRedisMessage(1), (SimpleStringRedisMessage("k"), TWO))

    assert [attributed(ArrayRedisMessage([inner, ArrayRedisMessage([])]), (SimpleStringRedisMessage("ttl"), ONE))] == read(stream)


def test_attributes_of_an_aggregate_within() -> None:
    """They come in front of its header."""
    stream = b"*1\r\n|1\r\n+a\r\n:1\r\n~1\r\n:2\r\n"
    inner = attributed(SetRedisMessage([TWO]), (SimpleStringRedisMessage("a"), ONE))

    assert [ArrayRedisMessage([inner])] == read(stream)


@pytest.mark.parametrize(
    "stream",
    [
        b"GET a\r\n",  # inline commands are not taken unless asked for
        b"\r\n",
        b"\x00",
        b"+a\n",
        b"+a\rb\r\n",
        b"+a\r\r\n",
        b":\r\n",
        b":1_0\r\n",
        b": 1\r\n",
        b":1 \r\n",
        b":\xd9\xa1\r\n",  # a digit, to Python
        b":0x1\r\n",
        b":1.0\r\n",
        b":9223372036854775808\r\n",
        b":-9223372036854775809\r\n",
        b":--1\r\n",
        b"$-2\r\n",
        b"$+1\r\na\r\n",
        b"$01\r\na\r\n",
        b"$ 1\r\na\r\n",
        b"$1_0\r\n",
        b"$\r\n",
        b"$a\r\n",
        b"$1\r\nab\r\n",
        b"$1\r\na\n",
        b"$1\r\na\rb",
        b"$9223372036854775808\r\n",
        b"*-2\r\n",
        b"*+1\r\n",
        b"*01\r\n:1\r\n",
        b"*\r\n",
        b"*1\r\nGET\r\n",
        b"%-1\r\n",
        b"~-1\r\n",
        b">-1\r\n",
        b">?\r\n",
        b"|?\r\n",
        b"!?\r\n",
        b"_x\r\n",
        b"#\r\n",
        b"#true\r\n",
        b",\r\n",
        b",1_0\r\n",
        b",infinity\r\n",
        b",NaN\r\n",
        b",0x1p3\r\n",
        b",1e\r\n",
        b"(\r\n",
        b"(1_0\r\n",
        b"(1.5\r\n",
        b"=3\r\ntxt\r\n",
        b"=5\r\nab:cd\r\n",
        b"=5\r\n\xff\xff\xff:a\r\n",
        b";1\r\na\r\n",
        b".\r\n",
        b"*1\r\n.\r\n",
        b"*?\r\n:1\r\n..\r\n",
        b"%?\r\n:1\r\n.\r\n",
        b"*?\r\n|1\r\n+a\r\n:1\r\n.\r\n",
        b"*1\r\n>1\r\n:1\r\n",
        b"$?\r\n$1\r\na\r\n",
        b"$?\r\n:1\r\n",
        b"$?\r\n;-1\r\n",
    ],
)
def test_what_is_no_resp_is_refused(stream: bytes) -> None:
    """Once, and what comes behind is dropped, a whole message too."""
    assert [CORRUPTED] == read(stream + b"+OK\r\n")


def test_nothing_is_read_behind_an_error_in_later_chunks_either() -> None:
    """Not by the short way: a peer could choose where its bytes are taken up again."""
    assert [CORRUPTED] == read_frames(RedisReader(), b"*1_0\r\n", b"*1\r\n$4\r\nPING\r\n", b"+OK\r\n")


def test_the_error_says_what_was_seen() -> None:
    """As it came."""
    reader = RedisReader()
    reader.feed(b"$1_0\r\n")
    with pytest.raises(CorruptedRedisMessageError, match=r"the peer sent b'1_0', which is no length"):
        reader.next_frame()


def test_what_begins_no_message_is_refused_with_its_first_byte() -> None:
    """Nobody waits for the end of a line that will be refused."""
    assert [CORRUPTED] == read(b"G")


# CVE-2026-50011: arrays preallocated by their declared length. CVE-2026-44250: nesting without limit.
# CVE-2026-44890: a line without CR LF held without limit. CVE-2026-48006 and 56818: what was read of a message not given back.


@pytest.mark.parametrize(
    "stream", [b"*2147483647\r\n", b"*9223372036854775807\r\n", b"%4611686018427387904\r\n", b"~1000000000\r\n", b"*65537\r\n"]
)
def test_an_array_that_declares_too_much_is_refused_at_once(stream: bytes) -> None:
    """CVE-2026-50011: before any element has come, and without memory for one."""
    assert [LIMIT] == read(stream)


def test_nothing_is_allocated_for_what_was_declared() -> None:
    """CVE-2026-50011: within the limits either; lists and strings grow by what comes."""
    reader = RedisReader()
    tracemalloc.start()
    try:
        read_frames(reader, b"*65536\r\n", b"$16777216\r\n", b"a")
        assert tracemalloc.get_traced_memory()[1] < 50_000
    finally:
        tracemalloc.stop()


def test_nesting_has_a_limit() -> None:
    """CVE-2026-44250: a small stream of headers must neither end the stack nor hold memory."""
    assert [LIMIT] == read(b"*1\r\n" * 100_000)
    assert [LIMIT] == read(b"*1\r\n" * 33)
    assert [LIMIT] == read(b"|1\r\n" * 33)
    assert 1 == len(read(b"*1\r\n" * 32 + b":1\r\n"))


def test_elements_of_all_levels_count_together() -> None:
    """Or ten arrays of ten would be a hundred."""
    assert [LIMIT] == read(b"*2\r\n*2\r\n:1\r\n:1\r\n*1\r\n", max_elements=4)
    assert 1 == len(read(b"*2\r\n*1\r\n:1\r\n*1\r\n:1\r\n", max_elements=4))
    assert [LIMIT] == read(b"*?\r\n" + b":1\r\n" * 5, max_elements=4)
    assert [LIMIT] == read(b"%3\r\n", max_elements=4)


@pytest.mark.parametrize("sign", [b"+", b"-", b"("])
def test_a_line_without_end_has_a_limit(sign: bytes) -> None:
    """CVE-2026-44890: no more than the limit and its line end is ever held."""
    assert [LIMIT] == read(sign + b"1" * 10, max_line_bytes=8)
    reader = RedisReader()
    for _ in range(64):
        reader.feed(sign + b"1" * 1023 if reader.is_between_frames() else b"1" * 1024)
        assert reader.next_frame() is None
    reader.feed(b"11")
    with pytest.raises(RedisLimitError, match="allowed are 65536"):
        reader.next_frame()
    assert 0 == reader.held_bytes()


@pytest.mark.parametrize("sign", [b":", b"$", b"*", b"%", b",", b"#", b"_", b"|", b">", b"=", b"!"])
def test_a_line_that_is_no_text_is_short(sign: bytes) -> None:
    """CVE-2026-44890: nobody waits for 64 KiB of digits."""
    assert [LIMIT] == read(sign + b"1" * 70)


def test_a_line_may_be_as_long_as_the_limit() -> None:
    """Its end not counted."""
    assert [SimpleStringRedisMessage("1234567")] == read(b"+1234567\r\n", max_line_bytes=8)
    assert [LIMIT] == read(b"+12345678\r\n", max_line_bytes=8)


def test_a_bulk_string_is_refused_by_its_length() -> None:
    """Before its content has come; streamed ones by the sum."""
    assert [LIMIT] == read(b"$9\r\n", max_bulk_bytes=8)
    assert [FullBulkStringRedisMessage(b"12345678")] == read(b"$8\r\n12345678\r\n", max_bulk_bytes=8)
    assert [LIMIT] == read(b"$?\r\n;5\r\n12345\r\n;4\r\n", max_bulk_bytes=8)
    assert [LIMIT] == read(b"*1\r\n$9\r\n123456789\r\n", max_bulk_bytes=8)
    assert [LIMIT] == read(b"$16777217\r\n")


def test_a_message_has_a_limit_as_a_whole() -> None:
    """However small its parts are."""
    assert [LIMIT] == read(b"*3\r\n$4\r\n1234\r\n$4\r\n1234\r\n$4\r\n1234\r\n", max_message_bytes=30)
    assert 2 == len(read(b"*2\r\n$4\r\n1234\r\n$4\r\n1234\r\n" * 2, max_message_bytes=30))
    assert [LIMIT] == read(b"$30\r\n" + bytes(30) + b"\r\n", max_message_bytes=30)
    assert [LIMIT] == read(b"|0\r\n" * 10, max_message_bytes=30)


def test_a_big_number_has_a_limit_of_its_own() -> None:
    """What it costs to read one grows with the square of its digits."""
    assert 1 == len(read_frames(RedisReader(), b"(" + b"7" * 4096 + b"\r\n"))
    assert [LIMIT] == read_frames(RedisReader(), b"(" + b"7" * 4097 + b"\r\n")


def test_inline_commands_are_opt_in() -> None:
    """Words between spaces; empty lines say nothing."""
    stream = b'\r\nSET  greeting "hello\\r\\n" \r\n  \r\nPING\r\n*1\r\n$4\r\nPING\r\n'

    assert [
        ArrayRedisMessage.command("SET", "greeting", "hello\r\n"),
        ArrayRedisMessage.command("PING"),
        ArrayRedisMessage.command("PING"),
    ] == read(stream, inline=True)


@pytest.mark.parametrize(
    "stream",
    [
        b"POST / HTTP/1.1\r\n",
        b"Host: localhost:6379\r\n",
        b"*1\r\nPING\r\n",
        b'GET "a\r\n',
        b"PING\n",
        b"PI\rNG\r\n",
    ],
)
def test_what_is_no_inline_command(stream: bytes) -> None:
    """What browsers send, what stands within a message, quotes that do not close, and lines that end otherwise."""
    assert [CORRUPTED] == read(stream, inline=True)


def test_inline_commands_have_the_limit_of_lines() -> None:
    """And that of elements."""
    assert [LIMIT] == read(b"GET 123456", max_line_bytes=8, inline=True)
    assert [LIMIT] == read(b"a b c\r\n", max_elements=2, inline=True)


def test_parts_come_as_they_are() -> None:
    """For strings that are too large to hold; content as it arrives."""
    stream = b"*2\r\n$3\r\nabc\r\n%1\r\n+k\r\n$-1\r\n*?\r\n.\r\n$?\r\n;2\r\nde\r\n;0\r\n$0\r\n\r\n"

    assert [
        ArrayHeaderRedisMessage(2),
        BulkStringHeaderRedisMessage(3),
        LastBulkStringRedisContent(b"abc"),
        ArrayHeaderRedisMessage(1, 37),
        SimpleStringRedisMessage("k"),
        FullBulkStringRedisMessage(None),
        ArrayHeaderRedisMessage(None),
        LastArrayRedisMessage(),
        BulkStringHeaderRedisMessage(None),
        BulkStringRedisContent(b"de"),
        LastBulkStringRedisContent(b""),
        BulkStringHeaderRedisMessage(0),
        LastBulkStringRedisContent(b""),
    ] == read_frames(RedisReader(RedisDecoderConfig(aggregate=False)), stream)


def test_parts_of_a_string_hold_nothing() -> None:
    """What has come is given at once; the last piece when its line end is there."""
    reader = RedisReader(RedisDecoderConfig(aggregate=False))

    assert [BulkStringHeaderRedisMessage(6), BulkStringRedisContent(b"ab")] == read_frames(reader, b"$6\r\nab")
    assert 0 == reader.held_bytes()
    assert [BulkStringRedisContent(b"cd")] == read_frames(reader, b"cd")
    assert [] == read_frames(reader, b"ef")
    assert [LastBulkStringRedisContent(b"ef"), SimpleStringRedisMessage("OK")] == read_frames(reader, b"\r\n+OK\r\n")
    assert reader.is_between_frames()


@pytest.mark.parametrize(("stream", "message"), KINDS, ids=lambda value: repr(value) if isinstance(value, bytes) else "")
def test_a_reader_can_take_over_at_any_byte(stream: bytes, message: RedisMessage) -> None:
    """What another one has not made a message of, it gives back as bytes that say the same."""
    stream = b"*2\r\n|1\r\n+a\r\n:1\r\n%1\r\n+k\r\n" + stream + b":5\r\n" if message.sign != 62 else b"|1\r\n:1\r\n:2\r\n" + stream
    expected = read_frames(RedisReader(), stream)
    for cut in range(1, len(stream)):
        first, second = RedisReader(), RedisReader()
        found = read_frames(first, stream[:cut])
        rest = first.unread()
        assert first.is_between_frames()
        assert expected == found + read_frames(second, rest + stream[cut:]), f"at {cut}: {rest!r}"


def test_a_message_under_way_is_known() -> None:
    """The same mark until it is whole, and its bytes counted."""
    reader = RedisReader()
    assert reader.begun() is None
    read_frames(reader, b"*2\r\n$1\r\na\r\n$3\r\nab")
    mark = reader.begun()
    assert mark is not None
    assert 17 == reader.held_bytes()
    read_frames(reader, b"c")
    assert mark is reader.begun()
    assert not reader.is_between_frames()
    read_frames(reader, b"\r\n")
    assert reader.begun() is None
    assert reader.is_between_frames()
    read_frames(reader, b"$3\r\nab")
    assert mark is not reader.begun()


def test_a_push_of_strings_is_a_push_at_every_cut() -> None:
    """Whole within a chunk, which is the short way, or not."""
    data = b">3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$2\r\nhi\r\n"
    for cut in range(len(data)):
        reader = RedisReader()
        found = []
        for chunk in (data[:cut], data[cut:]):
            if chunk:
                reader.feed(chunk)
                while (message := reader.next_frame()) is not None:
                    found.append(message)
        assert [type(each) for each in found] == [PushRedisMessage]
        assert found[0].value == [b"message", b"x", b"hi"]
