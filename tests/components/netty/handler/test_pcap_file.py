"""PcapFile: whoever writes never waits, what was taken is written, what was not is counted."""

import gc
import os
import threading
from pathlib import Path

import pytest

from pyboot.components.netty import EmbeddedChannel, PcapFile, PcapWriteHandler
from pyboot.components.netty.handler.pcap_file import FILE_HEADER


def test_what_is_written_stands_in_the_file_in_order_once_it_is_closed(tmp_path: Path) -> None:
    """Behind one header, whatever was flushed in between."""
    file = PcapFile(tmp_path / "a.pcap")
    for number in range(1000):
        assert 4 == file.write(b"%04d" % number)
        if number % 100 == 0:
            file.flush()
    file.close()
    assert FILE_HEADER + b"".join(b"%04d" % number for number in range(1000)) == (tmp_path / "a.pcap").read_bytes()
    assert 0 == file.dropped_packets


def test_nobody_waits_for_a_file_that_takes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A pipe without a reader stands for a disk that is stuck: what finds no room is left out, and counted."""
    os.mkfifo(tmp_path / "stuck")
    file = PcapFile(tmp_path / "stuck", max_pending_bytes=10)
    for word in (b"first", b"secon", b"third"):
        file.write(word)
    assert 1 == file.dropped_packets

    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "stuck").read_bytes()))
    reader.start()
    file.close()
    reader.join()
    assert [FILE_HEADER + b"firstsecon"] == read
    assert "1 packets were left out" in caplog.text


def test_a_file_that_cannot_be_made_is_told_of_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The connections go on."""
    file = PcapFile(tmp_path / "nowhere" / "a.pcap")
    channels = [EmbeddedChannel(PcapWriteHandler(file)) for _ in range(2)]
    for channel in channels:
        channel.receive(b"hello")
        channel.close()
    file.close()
    assert [[b"hello"], [b"hello"]] == [channel.inbound_messages() for channel in channels]
    assert 1 == caplog.text.count("cannot be written, nothing more is captured there")
    assert file.dropped_packets > 0


def test_nothing_is_opened_before_there_is_a_packet(tmp_path: Path) -> None:
    """And what comes after the close is counted."""
    file = PcapFile(tmp_path / "a.pcap")
    file.flush()
    file.close()
    file.write(b"late")
    assert ([], 1) == (list(tmp_path.iterdir()), file.dropped_packets)


def test_a_file_that_nobody_has_any_more_is_closed(tmp_path: Path) -> None:
    """With all that was taken."""
    channel = EmbeddedChannel(PcapWriteHandler(PcapFile(tmp_path / "a.pcap")))
    channel.receive(b"hello")
    channel.close()
    del channel
    gc.collect()
    assert 1 == (tmp_path / "a.pcap").read_bytes().count(b"hello")
