"""memcache and STOMP under any bytes: messages or a NettyError, whatever the cuts, in bounded memory."""

import gc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from pyboot.components.netty.codec.memcache import (
    BinaryMemcacheClientCodec,
    BinaryMemcacheServerCodec,
    MemcacheDecoderConfig,
    TextMemcacheClientCodec,
    TextMemcacheServerCodec,
)
from pyboot.components.netty.codec.stomp import StompDecoderConfig, StompFrameDecoder
from pyboot.components.netty.errors import NettyError
from pyboot.testing.codec import decode
from tests.fuzz.test_decoders import held_of, pieces

SMALL, FRAME = MemcacheDecoderConfig(16, 64, 64), StompDecoderConfig(64, 8, 256, 64)
DECODERS: dict[str, Callable[[], Any]] = {
    "binary server": lambda: BinaryMemcacheServerCodec(SMALL),
    "binary client": lambda: BinaryMemcacheClientCodec(SMALL),
    "text server": lambda: TextMemcacheServerCodec(SMALL),
    "text client": lambda: TextMemcacheClientCodec(SMALL),
    "stomp": lambda: StompFrameDecoder(FRAME),
}
HEAD = b"\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02" + bytes(12)
WHOLE = st.sampled_from(
    [
        b"\x80" + HEAD + b"ab",
        b"\x81" + HEAD + b"ab",
        b"set a 0 0 4\r\nget \r\n",
        b"get a b\r\n",
        b"VALUE a 0 2\r\nab\r\n",
        b"END\r\n",
        b"SEND\na:b\n\nhi\x00\n",
        b"SEND\r\ncontent-length:3\r\n\r\na\x00b\x00",
        b"CONNECT\nhost:a\n\n\x00",
    ]
)
TOKENS = st.sampled_from(
    [b"\r\n", b"\n", b"\x00", b"\x80", b"\x81", b"set a 0 0 ", b"SEND\n", b"a:b\n", b"content-length:", b"5", b"\\c", b"\\"]
)
STREAMS = st.lists(st.one_of(WHOLE, TOKENS, st.binary(max_size=8)), max_size=12).map(b"".join)


@pytest.mark.parametrize("name", DECODERS)
@settings(max_examples=60, deadline=None)
@given(stream=STREAMS, cuts=st.lists(st.integers(0, 300), max_size=8))
def test_any_bytes_give_the_same_however_they_are_cut(name: str, stream: bytes, cuts: list[int]) -> None:
    """Messages, then at most one error, of the network tower; and the peer may leave behind any byte."""
    whole, cut = (decode(DECODERS[name](), chunks, close=True) for chunks in ([stream], pieces(stream, cuts)))

    assert whole.messages == cut.messages
    assert [type(error) for error in whole.errors] == [type(error) for error in cut.errors]
    assert all(isinstance(error, NettyError) for error in whole.errors)
    assert len(whole.errors) <= 1


@pytest.mark.parametrize("name", DECODERS)
def test_memory_is_bounded_whatever_comes(name: str) -> None:
    """150 KiB of a few things that end nothing, in small reads: next to nothing of that is held."""
    gc.freeze()
    try:
        for filler in (b"x", b"\n", b"SEND\n", b"get ", b"\x80", b"\x81\x00"):
            held = held_of(DECODERS[name](), filler * (512 // len(filler)))
            assert held < 30_000, f"{held} bytes held of 50 KiB of {filler!r}"
    finally:
        gc.unfreeze()
