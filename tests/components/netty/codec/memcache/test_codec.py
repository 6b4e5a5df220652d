"""memcache in a pipeline."""

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.memcache.codec import (
    BinaryMemcacheClientCodec,
    BinaryMemcacheServerCodec,
    TextMemcacheClientCodec,
    TextMemcacheServerCodec,
)
from pyboot.components.netty.errors import EncoderError, PrematureCloseError
from pyboot.components.netty.wire.memcache.binary_message import BinaryMemcacheRequest, BinaryMemcacheResponse
from pyboot.components.netty.wire.memcache.errors import CorruptedMemcacheMessageError, MemcacheLimitError
from pyboot.components.netty.wire.memcache.text_message import TextMemcacheRequest, TextMemcacheResponse
from pyboot.testing import check_decoder, check_round_trip

GET = b"\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x02a"
NOOP = b"\x80\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" + bytes(12)
FOUND = b"\x81\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x09\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x01\xde\xad\xbe\xefWorld"


def test_binary_codecs_keep_the_contract_of_decoders() -> None:
    """However the input is cut, and whatever it is."""
    check_decoder(
        BinaryMemcacheServerCodec,
        GET + NOOP,
        [BinaryMemcacheRequest(0, b"a", opaque=7, cas=2), BinaryMemcacheRequest(10)],
        wrong={
            b"\x81": CorruptedMemcacheMessageError,
            GET[:20]: PrematureCloseError,
            b"\x80\x01\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff" + bytes(12): MemcacheLimitError,
        },
    )
    check_decoder(BinaryMemcacheClientCodec, FOUND, [BinaryMemcacheResponse(0, b"", b"World", b"\xde\xad\xbe\xef", 7, 1)])


def test_text_codecs_keep_it_too() -> None:
    """Of both roles."""
    check_decoder(
        TextMemcacheServerCodec,
        b"set a 0 0 4\r\n\r\n\r\n\r\nget a b\r\n",
        [TextMemcacheRequest.store("set", b"a", b"\r\n\r\n"), TextMemcacheRequest("get", (b"a", b"b"))],
        wrong={
            b"hello\r\n": CorruptedMemcacheMessageError,
            b"set a 0 0 5\r\nhell": PrematureCloseError,
            b"set a 0 0 9999999\r\n": MemcacheLimitError,
        },
    )
    check_decoder(
        TextMemcacheClientCodec, b"VALUE a 0 1\r\nx\r\nEND\r\n", [TextMemcacheResponse.of_value(b"a", b"x"), TextMemcacheResponse("END")]
    )


def test_what_one_side_writes_the_other_reads() -> None:
    """Of either protocol."""
    requests = [BinaryMemcacheRequest(1, b"key", b"value", bytes(8), 1 << 31, 1 << 63), BinaryMemcacheRequest(0)]
    responses = [BinaryMemcacheResponse(1, b"key", b"value", b"x", 9, 8, 0x81)]
    check_round_trip(BinaryMemcacheClientCodec(), BinaryMemcacheServerCodec(), requests)
    check_round_trip(BinaryMemcacheServerCodec(), BinaryMemcacheClientCodec(), responses)
    check_round_trip(TextMemcacheClientCodec(), TextMemcacheServerCodec(), [TextMemcacheRequest.store("add", b"a", bytes(300))])
    check_round_trip(TextMemcacheServerCodec(), TextMemcacheClientCodec(), [TextMemcacheResponse("NOT_FOUND")])


@pytest.mark.parametrize("codec", [TextMemcacheClientCodec, BinaryMemcacheClientCodec])
def test_a_message_that_cannot_be_written_fails_its_write(codec: type) -> None:
    """What is no message passes."""
    channel = EmbeddedChannel(codec())
    promise = channel.new_promise()
    wrong = TextMemcacheRequest("get", (b"a\r\nquit",)) if codec is TextMemcacheClientCodec else BinaryMemcacheRequest(999)
    channel.write_and_flush(wrong, promise)
    channel.write_and_flush(b"as it is")

    assert isinstance(promise.error, EncoderError)
    assert b"as it is" == channel.outbound_bytes()
