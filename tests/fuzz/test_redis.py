"""Redis under any bytes: messages or a NettyError, whatever the cuts, in bounded memory; and what is written is read."""

import gc
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from pyboot.components.netty.codec.redis import (
    ArrayRedisMessage,
    BigNumberRedisMessage,
    BooleanRedisMessage,
    DoubleRedisMessage,
    ErrorRedisMessage,
    FullBulkStringRedisMessage,
    IntegerRedisMessage,
    MapRedisMessage,
    NullRedisMessage,
    RedisDecoder,
    RedisDecoderConfig,
    RedisEncoder,
    RedisMessage,
    SetRedisMessage,
    SimpleStringRedisMessage,
    VerbatimStringRedisMessage,
)
from pyboot.components.netty.errors import NettyError
from pyboot.testing.codec import check_round_trip, decode
from tests.fuzz.test_decoders import held_of, pieces

CONFIG = RedisDecoderConfig(max_line_bytes=64, max_bulk_bytes=64, max_message_bytes=512, max_elements=16, max_depth=4)
INLINE = RedisDecoderConfig(max_line_bytes=64, max_bulk_bytes=64, max_message_bytes=512, max_elements=16, max_depth=4, inline=True)
PARTS = RedisDecoderConfig(max_line_bytes=64, max_bulk_bytes=64, max_message_bytes=512, max_elements=16, max_depth=4, aggregate=False)

TOKENS = st.sampled_from(
    [*(bytes([sign]) for sign in b"+-:$*_#,(!=%~|>;.?"), b"\r\n", b"\r", b"\n", b"-1", b"1", b"0", b"txt:", b"\xff", b"PING"]
)
WHOLE = st.sampled_from(
    [
        b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
        b"+OK\r\n",
        b":12\r\n",
        b"$-1\r\n",
        b"*-1\r\n",
        b"%1\r\n+a\r\n#t\r\n",
        b"|1\r\n+a\r\n:1\r\n",
        b"*?\r\n",
        b".\r\n",
        b"$?\r\n;2\r\nab\r\n",
        b";0\r\n",
        b"=5\r\ntxt:a\r\n",
        b"*1\r\n",
        b",1.5\r\n",
        b">1\r\n",
    ]
)
STREAMS = st.lists(st.one_of(WHOLE, WHOLE, TOKENS, st.binary(max_size=6)), max_size=16).map(b"".join)
CUTS = st.lists(st.integers(0, 300), max_size=8)


@pytest.mark.parametrize("config", [CONFIG, INLINE, PARTS], ids=["strict", "inline", "parts"])
@settings(max_examples=150, deadline=None)
@given(stream=STREAMS, cuts=CUTS)
def test_any_bytes_give_messages_or_an_error_of_the_network_tower(config: RedisDecoderConfig, stream: bytes, cuts: list[int]) -> None:
    """The error is the last; and the peer may leave behind any byte."""
    found = decode(RedisDecoder(config), pieces(stream, cuts), close=True)

    assert [] == [error for error in found.errors if not isinstance(error, NettyError)]
    assert len(found.errors) <= 1


@pytest.mark.parametrize("config", [CONFIG, INLINE], ids=["strict", "inline"])
@settings(max_examples=150, deadline=None)
@given(stream=STREAMS, cuts=CUTS)
def test_the_cuts_change_nothing(config: RedisDecoderConfig, stream: bytes, cuts: list[int]) -> None:
    """The same messages and the same error: the short way and the long way of the reader are one protocol."""
    whole, cut = (decode(RedisDecoder(config), chunks) for chunks in ([stream], pieces(stream, cuts)))

    assert whole.messages == cut.messages
    assert [type(error) for error in whole.errors] == [type(error) for error in cut.errors]


@pytest.mark.parametrize("config", [CONFIG, INLINE, PARTS], ids=["strict", "inline", "parts"])
def test_memory_is_bounded_whatever_comes(config: RedisDecoderConfig) -> None:
    """150 KiB of a few things that end nothing, in small reads: next to nothing of that is held."""
    gc.freeze()
    try:
        for filler in (b"*1\r\n", b"+", b"1", b"|0\r\n", b"*?\r\n", b"$?\r\n", b"\r\n", b"x", b"*-1\r\n"):
            held = held_of(RedisDecoder(config), filler * (512 // len(filler)))
            assert held < 30_000, f"{held} bytes held of 50 KiB of {filler!r}"
    finally:
        gc.unfreeze()


SCALARS: Any = st.one_of(
    st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=8).flatmap(
        lambda text: st.sampled_from([SimpleStringRedisMessage(text), ErrorRedisMessage(text)])
    ),
    st.integers(-(1 << 63), (1 << 63) - 1).map(IntegerRedisMessage),
    st.integers().map(BigNumberRedisMessage),
    st.floats().map(DoubleRedisMessage),
    st.one_of(st.none(), st.binary(max_size=20)).map(FullBulkStringRedisMessage),
    st.binary(max_size=20).map(VerbatimStringRedisMessage),
    st.booleans().map(BooleanRedisMessage),
    st.just(NullRedisMessage()),
)
MESSAGES: Any = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(ArrayRedisMessage),
        st.lists(inner, max_size=3).map(SetRedisMessage),
        st.lists(st.tuples(inner, inner), max_size=2).map(MapRedisMessage),
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(messages=st.lists(MESSAGES, max_size=4))
def test_what_is_written_is_read(messages: list[RedisMessage]) -> None:
    """Whatever it is, byte by byte."""
    check_round_trip(RedisEncoder(3), RedisDecoder(), messages)
