"""Compression in a pipeline."""

import gzip
import io
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.buffer.file_region import DefaultFileRegion
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.compression import BrotliDecoder, BrotliEncoder, ZlibDecoder, ZlibEncoder, ZstdDecoder, ZstdEncoder
from pyboot.components.netty.errors import CorruptedFrameError, PrematureCloseError, TooLongFrameError, UnsupportedMessageError
from pyboot.testing.codec import check_decoder, decode

TEXT = b"to be, or not to be, that is the question"


def joined(pieces: list[Any]) -> bytes:
    """Pieces follow the cuts; what they say does not."""
    return b"".join(bytes(piece) for piece in pieces)


def check(make: Callable[[], Any], stream: bytes) -> None:
    """The contract, for a stream of TEXT; two of them glued are an error unless the format allows it."""
    for chunks in ([stream], [stream[at : at + 1] for at in range(len(stream))]):
        found = decode(make(), chunks, close=True)
        assert ([], TEXT) == (found.errors, joined(found.messages))
    for cut in range(1, len(stream)):
        errors = decode(make(), [stream[:cut]], close=True).errors
        assert [PrematureCloseError] == [type(error) for error in errors]


def test_gzip_keeps_the_whole_contract() -> None:
    """Its members may follow one another."""
    check_decoder(
        lambda: ZlibDecoder("gzip"),
        gzip.compress(TEXT, mtime=0),
        [TEXT],
        collect=joined,
        replaceable=False,
        wrong={b"no gzip at all": CorruptedFrameError, gzip.compress(TEXT)[:-1]: PrematureCloseError},
    )


@pytest.mark.parametrize(("wrapper", "compress"), [("zlib", zlib.compress), ("auto", zlib.compress), ("auto", gzip.compress)])
def test_zlib_streams(wrapper: Any, compress: Callable[[bytes], bytes]) -> None:
    """Auto knows both wrappers."""
    check(lambda: ZlibDecoder(wrapper), compress(TEXT))


def test_a_bomb_is_an_error_not_an_end_of_memory() -> None:
    """By default: 64 MiB, and a hundredfold."""
    found = decode(ZlibDecoder(), [zlib.compress(bytes(1 << 25))])

    assert [TooLongFrameError] == [type(error) for error in found.errors]
    assert len(joined(found.messages)) <= 1 << 23


def optional(library: str, make: Callable[[], Any]) -> Any:
    """The handler *make* gives, if its library is installed."""
    pytest.importorskip(library)
    return make()


PAIRS: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "zlib": (ZlibEncoder, ZlibDecoder),
    "gzip": (lambda: ZlibEncoder("gzip", 9), lambda: ZlibDecoder("gzip")),
    "raw": (lambda: ZlibEncoder("raw"), lambda: ZlibDecoder("raw")),
    "brotli": (lambda: optional("brotli", BrotliEncoder), lambda: optional("brotli", BrotliDecoder)),
    "zstd": (lambda: optional("zstandard", ZstdEncoder), lambda: optional("zstandard", ZstdDecoder)),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_every_message_can_be_read_at_once_and_the_stream_ends_with_the_channel(pair: str) -> None:
    """No message waits for the next one; what is no bytes passes."""
    encoder, decoder = PAIRS[pair]
    sender = EmbeddedChannel(encoder())
    receiver = EmbeddedChannel(decoder())
    for message in (TEXT, b"", TEXT * 3):
        sender.write_outbound(message)
        receiver.write_inbound(sender.outbound_bytes())
        assert message == joined([receiver.read_inbound() for _ in receiver.inbound_messages()])
    sender.write_outbound(1)
    assert 1 == sender.read_outbound()

    sender.finish()
    receiver.write_inbound(sender.outbound_bytes())
    receiver.finish()
    assert [] == receiver.inbound_messages()


def test_an_encoder_that_is_taken_out_ends_its_stream() -> None:
    """What follows is plain."""
    channel = EmbeddedChannel(ZlibEncoder())
    channel.write_outbound(TEXT)
    channel.pipeline().remove(ZlibEncoder)
    assert TEXT == zlib.decompress(channel.outbound_bytes())

    channel.write_outbound(b"plain")
    assert b"plain" == channel.outbound_bytes()


def test_parameters_that_make_no_sense_are_refused() -> None:
    """When the handler is made."""
    with pytest.raises(ValueError, match="wrapper 'zip', allowed is one of zlib, gzip, raw, auto"):
        ZlibDecoder("zip")  # type: ignore[arg-type]  # that is the point
    with pytest.raises(ValueError, match="level 10"):
        ZlibEncoder(level=10)


def test_a_file_region_is_refused_and_closed() -> None:
    """Passed by, its bytes would stand in the middle of a compressed stream."""
    channel = EmbeddedChannel(ZlibEncoder())
    file = io.BytesIO(b"0123456789")
    with pytest.raises(UnsupportedMessageError):
        channel.write_outbound(DefaultFileRegion(file))
    assert file.closed
