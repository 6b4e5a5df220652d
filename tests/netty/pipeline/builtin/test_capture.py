"""Captures by name: one file for all connections of a pipeline."""

import gc
from pathlib import Path

import pytest

from pyboot.components.netty import EmbeddedChannel
from pyboot.netty.errors import CodecOptionsError
from pyboot.netty.pipeline.registry import CodecRegistry


def test_connections_share_a_file_with_one_header(tmp_path: Path) -> None:
    """It is made when the first connection comes, and closed when nobody has it any more."""
    file = tmp_path / "traffic.pcap"
    codec = CodecRegistry().codec("pcap", {"file": str(file)})
    channels = [EmbeddedChannel(*codec.handlers()) for _ in range(2)]
    for channel in channels:
        channel.receive(b"hello")
        channel.close()
    del codec, channel, channels
    gc.collect()

    written = file.read_bytes()
    assert b"\xa1\xb2\xc3\xd4" == written[:4]
    assert 1 == written.count(b"\xa1\xb2\xc3\xd4")
    assert 2 == written.count(b"hello")


def test_looking_at_a_pipeline_makes_no_file(tmp_path: Path) -> None:
    """A pipeline is put together once before anything is bound."""
    CodecRegistry().codec("pcap", {"file": str(tmp_path / "traffic.pcap")}).handlers()

    assert [] == list(tmp_path.iterdir())


def test_the_file_must_be_given() -> None:
    """There is no place that would do for everybody."""
    with pytest.raises(CodecOptionsError, match="file: it must be given"):
        CodecRegistry().codec("pcap")
