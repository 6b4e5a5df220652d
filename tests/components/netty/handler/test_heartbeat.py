"""HeartbeatHandler, on a clock that is turned."""

from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.buffer.message import bytes_of
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.frames import LineBasedFrameDecoder
from pyboot.components.netty.errors import ReadTimeoutError
from pyboot.components.netty.handler.heartbeat import HeartbeatHandler


class Ping(HeartbeatHandler):
    """The seed: derive to change the frame."""

    def heartbeat(self) -> Any:
        return b"ping\n"

    def is_heartbeat(self, msg: Any) -> bool:
        return bool(msg == b"ping")


def composite(*parts: bytes) -> CompositeByteBuffer:
    """A buffer of several parts."""
    whole = CompositeByteBuffer()
    for part in parts:
        whole.add_component(ByteBuffer(part))
    return whole


def test_a_silent_writer_writes_heartbeats() -> None:
    """One an interval, none after a write."""
    channel = EmbeddedChannel(HeartbeatHandler(10, timeout_seconds=0))
    channel.advance_time(10)
    assert [b"\0"] == channel.outbound_messages()
    channel.advance_time(10)
    channel.advance_time(5)
    channel.write_outbound(b"x")
    channel.advance_time(5)
    assert [b"\0", b"\0", b"x"] == channel.outbound_messages()


def test_heartbeats_of_the_peer_go_no_further_and_keep_it_alive() -> None:
    """They are released."""
    channel = EmbeddedChannel(LineBasedFrameDecoder(), Ping(10, timeout_seconds=15))
    for _ in range(4):
        channel.advance_time(10)
        channel.write_inbound(ByteBuffer(b"ping\n"))
    channel.write_inbound(ByteBuffer(b"hello\n"))

    assert [b"hello"] == channel.inbound_messages()
    assert channel.is_open


def test_an_end_is_written_behind_the_frame_and_not_waited_for() -> None:
    """The frame decoder has cut it off what the peer wrote."""
    channel = EmbeddedChannel(LineBasedFrameDecoder(), HeartbeatHandler(10, 0, b"beat", b"\r\n"))
    channel.advance_time(10)
    channel.write_inbound(ByteBuffer(b"beat\r\nhello\r\n"))

    assert [b"beat\r\n"] == channel.outbound_messages()
    assert [b"hello"] == channel.inbound_messages()


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, ByteBuffer, lambda data: composite(data[:1], data[1:])])
def test_a_heartbeat_is_known_in_every_form_that_bytes_have(form: Callable[[bytes], Any]) -> None:
    """Buffers of several parts among them; what is no bytes, or other bytes, is none."""
    channel = EmbeddedChannel(HeartbeatHandler(10, frame=b"beat"))
    beat = form(b"beat")
    channel.write_inbound(beat, form(b"boat"), "beat", 4)

    assert [b"boat", "beat", 4] == [each if isinstance(each, str | int) else bytes_of(each) for each in channel.inbound_messages()]
    assert 0 == getattr(beat, "ref_count", 0)


def test_a_peer_that_says_nothing_is_given_up() -> None:
    """After three intervals by default."""
    channel = EmbeddedChannel(HeartbeatHandler(10))
    channel.advance_time(29)
    assert channel.is_open
    with pytest.raises(ReadTimeoutError, match="nothing was read for 30 s"):
        channel.advance_time(1)
    assert not channel.is_open


def test_a_heartbeat_is_not_the_message_that_a_read_asked_for() -> None:
    """So another read follows."""
    channel = EmbeddedChannel(HeartbeatHandler(10))
    channel.auto_read = False
    before = channel.reads
    buffer = ByteBuffer(b"\0")
    channel.write_inbound(buffer)

    assert (1, 0) == (channel.reads - before, buffer.ref_count)


def test_an_interval_of_nothing_is_refused() -> None:
    """When the handler is made."""
    with pytest.raises(ValueError, match="must be more than 0"):
        HeartbeatHandler(0)
