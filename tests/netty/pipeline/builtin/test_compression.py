"""The built-in codecs that compress: both ends understand each other."""

import gzip
import zlib

import pytest

from pyboot.components.netty import EmbeddedChannel
from pyboot.components.netty.buffer.message import bytes_of
from pyboot.netty.errors import CodecOptionsError
from pyboot.netty.pipeline.registry import CodecRegistry


def channel(name: str, **options: object) -> EmbeddedChannel:
    """A channel with the codec alone."""
    return EmbeddedChannel(*CodecRegistry().codec(name, options).handlers())


def joined(messages: list[object]) -> bytes:
    """All bytes of *messages*."""
    return b"".join(bytes_of(message) or b"" for message in messages)


@pytest.mark.parametrize(
    ("name", "options"),
    [("gzip", {}), ("zlib", {"level": 9}), ("zlib", {"wrapper": "raw"}), ("brotli", {"quality": 1}), ("zstd", {"level": 1})],
)
def test_one_end_reads_what_the_other_writes(name: str, options: dict[str, object]) -> None:
    """And less went between them."""
    here, there = channel(name, **options), channel(name, **options)
    here.write_outbound(b"hello " * 100)
    sent = joined(here.outbound_messages())
    there.receive(sent)

    assert len(sent) < 600
    assert b"hello " * 100 == joined(there.inbound_messages())


@pytest.mark.parametrize(("name", "compress"), [("gzip", gzip.compress), ("zlib", zlib.compress)])
def test_what_the_standard_library_writes_is_read(name: str, compress: object) -> None:
    """The names mean the formats that they are."""
    assert callable(compress)
    embedded = channel(name)
    embedded.receive(compress(b"hello"))

    assert b"hello" == joined(embedded.inbound_messages())


@pytest.mark.parametrize(
    ("name", "options"), [("gzip", {"level": 10}), ("brotli", {"quality": 12}), ("zstd", {"level": 0}), ("zlib", {"max-output": 0})]
)
def test_what_is_not_allowed_is_refused(name: str, options: dict[str, object]) -> None:
    """When the pipeline is put together."""
    with pytest.raises(CodecOptionsError):
        CodecRegistry().codec(name, options).handlers()
