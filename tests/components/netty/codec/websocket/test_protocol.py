"""An open WebSocket: pings, closes, and peers that are gone, on a clock that is turned."""

import random
from typing import Any

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.websocket.codec import WebSocketFrameCodec
from pyboot.components.netty.codec.websocket.config import WebSocketConfig
from pyboot.components.netty.codec.websocket.events import WebSocketClosed
from pyboot.components.netty.codec.websocket.protocol import WebSocketProtocolHandler
from pyboot.components.netty.errors import ClosedChannelError, ReadTimeoutError
from pyboot.components.netty.wire.websocket.errors import CorruptedWebSocketFrameError
from pyboot.components.netty.wire.websocket.frame import (
    BinaryWebSocketFrame,
    CloseWebSocketFrame,
    PingWebSocketFrame,
    PongWebSocketFrame,
    TextWebSocketFrame,
    WebSocketFrame,
)
from pyboot.components.netty.wire.websocket.reader import WebSocketFrameReader
from pyboot.components.netty.wire.websocket.writer import WebSocketFrameWriter

QUIET = WebSocketConfig(ping_interval_seconds=0)


class Recorder(ChannelHandler[Any]):
    """Stands behind and notes what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def channel_read(self, ctx: Any, msg: Any) -> None:
        self.told.append(msg)

    def user_event_triggered(self, ctx: Any, event: object) -> None:
        self.told.append(event)

    def exception_caught(self, ctx: Any, error: Exception) -> None:
        self.told.append(type(error))


class Reads(ChannelHandler[Any]):
    """Counts how often a read is asked for."""

    asked = 0

    def read(self, ctx: Any) -> None:
        self.asked += 1
        ctx.read()


class Peer:
    """One side of a WebSocket, and what the other side would see of it."""

    def __init__(self, config: WebSocketConfig = QUIET, *, is_server: bool = True, auto_read: bool = True) -> None:
        reader = WebSocketFrameReader(masked=is_server)
        self.recorder = Recorder()
        self.channel = EmbeddedChannel()
        self.channel.config.auto_read = auto_read
        self.channel.pipeline().add_last(
            WebSocketFrameCodec(reader, WebSocketFrameWriter(masked=not is_server)),
            WebSocketProtocolHandler(reader, config, is_server=is_server),
            self.recorder,
        )
        self._writer = WebSocketFrameWriter(masked=is_server)
        self._reader = WebSocketFrameReader(masked=not is_server)

    def get(self, *frames: WebSocketFrame) -> None:
        """Let *frames* come in, in one read."""
        self.get_bytes(b"".join(b"".join(self._writer.encode(frame)) for frame in frames))

    def get_bytes(self, data: bytes) -> None:
        self.channel.write_inbound(data)

    def sent(self) -> list[WebSocketFrame]:
        """The frames that have left."""
        self._reader.feed(self.channel.outbound_bytes())
        frames = []
        while (frame := self._reader.next_frame()) is not None:
            frames.append(frame)
        return frames

    @property
    def told(self) -> list[Any]:
        return self.recorder.told


def test_data_frames_pass_both_ways() -> None:
    """As they are."""
    peer = Peer()
    peer.get(TextWebSocketFrame("a"), BinaryWebSocketFrame(b"b"), TextWebSocketFrame("c", is_final=False))
    peer.channel.write_and_flush(TextWebSocketFrame("d"))

    assert [TextWebSocketFrame("a"), BinaryWebSocketFrame(b"b"), TextWebSocketFrame("c", is_final=False)] == peer.told
    assert [TextWebSocketFrame("d")] == peer.sent()


def test_a_ping_is_answered_and_a_pong_goes_no_further() -> None:
    """RFC 6455, 5.5.2: with its content."""
    peer = Peer()
    peer.get(PingWebSocketFrame(b"x"), PongWebSocketFrame(b"unasked"), PingWebSocketFrame())

    assert [PongWebSocketFrame(b"x"), PongWebSocketFrame()] == peer.sent()
    assert [] == peer.told


def test_whoever_asked_for_a_message_is_not_left_with_a_ping() -> None:
    """Where the channel does not read by itself, another read is asked for."""
    peer = Peer(auto_read=False)
    counter = Reads()
    peer.channel.pipeline().add_first(counter)
    for frame, asked in ((PingWebSocketFrame(), 1), (PongWebSocketFrame(), 2), (TextWebSocketFrame("a"), 2)):
        peer.get(frame)
        assert asked == counter.asked


def test_pings_of_a_peer_that_takes_nothing_do_not_pile_up() -> None:
    """RFC 6455, 5.5.3: only the last is answered, once there is room."""
    peer = Peer()
    peer.channel.hold_network()
    peer.channel.write_and_flush(BinaryWebSocketFrame(bytes(100_000)))
    assert not peer.channel.is_writable
    for number in range(1000):
        peer.get(PingWebSocketFrame(b"%d" % number))
    assert peer.channel.unsent() < 101_000
    peer.channel.release_network()

    assert [BinaryWebSocketFrame(bytes(100_000)), PongWebSocketFrame(b"999")] == peer.sent()


# Closing, begun by the peer.


@pytest.mark.parametrize(
    ("close", "answer"),
    [
        (CloseWebSocketFrame(1000, "bye"), CloseWebSocketFrame(1000)),
        (CloseWebSocketFrame(4321), CloseWebSocketFrame(4321)),
        (CloseWebSocketFrame(1005), CloseWebSocketFrame(1005)),
    ],
)
def test_a_close_is_answered_with_its_code_and_the_server_ends_the_connection(
    close: CloseWebSocketFrame, answer: CloseWebSocketFrame
) -> None:
    """RFC 6455, 5.5.1 and 7.1.1; the handlers are told once."""
    peer = Peer()
    peer.get(TextWebSocketFrame("a"), close, TextWebSocketFrame("behind"))

    assert [answer] == peer.sent()
    assert not peer.channel.is_open
    assert [TextWebSocketFrame("a"), WebSocketClosed(close.code, close.reason)] == peer.told


def test_a_client_waits_for_the_server_to_end_the_connection() -> None:
    """RFC 6455, 7.1.1; but not for ever."""
    peer = Peer(is_server=False)
    peer.get(CloseWebSocketFrame(1000))

    assert [CloseWebSocketFrame(1000)] == peer.sent()
    assert peer.channel.is_open
    peer.channel.advance_time(2.9)
    assert peer.channel.is_open
    peer.channel.advance_time(0.2)
    assert not peer.channel.is_open


def test_the_server_that_ends_the_connection_in_time_is_not_waited_for() -> None:
    """Nothing more is told."""
    peer = Peer(is_server=False)
    peer.get(CloseWebSocketFrame(1000))
    peer.channel.finish_input()

    assert not peer.channel.is_open
    assert [WebSocketClosed(1000, "")] == peer.told


# Closing, begun here.


@pytest.mark.parametrize(("is_server", "code"), [(True, 1001), (False, 1000)])
def test_a_close_of_the_channel_is_a_close_frame_first(is_server: bool, code: int) -> None:
    """And the end once the peer has answered it."""
    peer = Peer(is_server=is_server)
    promise = peer.channel.new_promise()
    peer.channel.close(promise)
    assert [CloseWebSocketFrame(code)] == peer.sent()
    assert peer.channel.is_open
    assert not promise.is_done
    peer.get(TextWebSocketFrame("still on its way"), CloseWebSocketFrame(code))

    assert [TextWebSocketFrame("still on its way"), WebSocketClosed(code, "")] == peer.told
    if not is_server:
        assert peer.channel.is_open
        peer.channel.finish_input()
    assert not peer.channel.is_open
    assert promise.is_done
    assert [] == peer.sent()


def test_a_peer_that_does_not_answer_is_not_waited_for_longer_than_the_close_timeout() -> None:
    """All who asked for the end are told; the handlers, that there was no close."""
    peer = Peer(WebSocketConfig(ping_interval_seconds=0, close_timeout_seconds=7))
    promises = [peer.channel.new_promise() for _ in range(2)]
    for promise in promises:
        peer.channel.close(promise)
    peer.channel.advance_time(6.9)
    assert peer.channel.is_open
    peer.channel.advance_time(0.2)

    assert not peer.channel.is_open
    assert [True, True] == [promise.is_done for promise in promises]
    assert [WebSocketClosed(1006, "")] == peer.told
    assert [CloseWebSocketFrame(1001)] == peer.sent()


def test_whoever_waits_for_the_end_is_told_when_the_peer_goes() -> None:
    """Instead of answering."""
    peer = Peer()
    promise = peer.channel.new_promise()
    peer.channel.close(promise)
    peer.channel.lose(None)

    assert promise.is_done
    assert [WebSocketClosed(1006, "")] == peer.told


def test_whoever_waits_for_the_end_is_told_when_the_handler_is_removed() -> None:
    """It closes then."""
    peer = Peer()
    promise = peer.channel.new_promise()
    peer.channel.close(promise)
    peer.channel.pipeline().remove(WebSocketProtocolHandler)

    assert promise.is_done
    assert not peer.channel.is_open


def test_a_close_frame_that_is_written_is_the_last_frame() -> None:
    """What is written behind it fails, a second close too; pings are not answered any more."""
    peer = Peer()
    peer.channel.write_and_flush(CloseWebSocketFrame(4000, "enough"))
    for frame in (TextWebSocketFrame("late"), CloseWebSocketFrame(1000), PingWebSocketFrame()):
        promise = peer.channel.new_promise()
        peer.channel.write_and_flush(frame, promise)
        assert isinstance(promise.error, ClosedChannelError)
    peer.get(PingWebSocketFrame(b"?"), CloseWebSocketFrame(4000))

    assert [CloseWebSocketFrame(4000, "enough")] == peer.sent()
    assert not peer.channel.is_open
    assert [WebSocketClosed(4000, "")] == peer.told


def test_a_peer_that_does_not_answer_a_written_close_is_not_waited_for_either() -> None:
    """The close timeout holds for both ways to say it."""
    peer = Peer()
    peer.channel.write_and_flush(CloseWebSocketFrame(4000))
    peer.channel.advance_time(3.1)

    assert not peer.channel.is_open


def test_both_sides_may_close_at_once() -> None:
    """The close that crosses ours is the answer."""
    peer = Peer()
    peer.channel.close()
    peer.get(CloseWebSocketFrame(1000, "me too"))

    assert [CloseWebSocketFrame(1001)] == peer.sent()
    assert not peer.channel.is_open
    assert [WebSocketClosed(1000, "me too")] == peer.told


def test_what_was_written_before_the_close_goes_out_before_it() -> None:
    """Though nobody has flushed."""
    peer = Peer()
    peer.channel.write(TextWebSocketFrame("a"))
    peer.channel.close()

    assert [TextWebSocketFrame("a"), CloseWebSocketFrame(1001)] == peer.sent()


# Failing.


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (b"\x81\x05Hello", 1002, "a frame that is not masked"),
        (b"\x83", 1002, "opcode 3, which is reserved"),
        (b"\x81\x81\x00\x00\x00\x00\xff", 1007, "text that is not UTF-8"),
        (b"\x82\xff\x00\x00\x00\x01\x00\x00\x00\x00", 1009, "a frame of 4294967296 bytes, allowed are 1048576"),
    ],
)
def test_what_breaks_the_protocol_ends_the_connection_and_says_why(data: bytes, code: int, reason: str) -> None:
    """RFC 6455, 7.1.7: at once; good frames before it are handled, and the handlers see the error."""
    peer = Peer()
    peer.get(TextWebSocketFrame("good"))
    peer.get_bytes(data)

    assert [CloseWebSocketFrame(code, reason)] == peer.sent()
    assert not peer.channel.is_open
    assert [TextWebSocketFrame("good"), CorruptedWebSocketFrameError, WebSocketClosed(1006, "")] == peer.told
    assert isinstance(peer.channel.close_cause, CorruptedWebSocketFrameError)


def test_an_end_without_a_close_is_told() -> None:
    """As 1006, which no frame can say."""
    peer = Peer()
    peer.get(TextWebSocketFrame("a"))
    peer.channel.finish_input()

    assert [TextWebSocketFrame("a"), WebSocketClosed(1006, "")] == peer.told
    assert [] == peer.sent()


def test_a_peer_that_ends_its_side_ends_the_connection() -> None:
    """Where half of one is allowed too: it could answer nothing any more."""
    peer = Peer()
    peer.channel.config.allow_half_closure = True
    promise = peer.channel.new_promise()
    peer.channel.close(promise)
    peer.channel.input_ended()
    peer.channel.run_pending_tasks()

    assert not peer.channel.is_open
    assert promise.is_done
    assert WebSocketClosed(1006, "") == peer.told[-1]


# Whether the peer lives.

PINGING = WebSocketConfig(ping_interval_seconds=30, ping_timeout_seconds=10)


def test_a_silent_peer_is_asked_and_given_up() -> None:
    """After an interval of silence a ping, after the timeout the end, with what was the matter."""
    peer = Peer(PINGING)
    peer.channel.advance_time(29.9)
    assert [] == peer.sent()
    peer.channel.advance_time(0.2)
    assert [PingWebSocketFrame()] == peer.sent()
    peer.channel.advance_time(9.5)
    assert peer.channel.is_open
    peer.channel.advance_time(1)

    assert not peer.channel.is_open
    assert [ReadTimeoutError, WebSocketClosed(1006, "")] == peer.told
    assert isinstance(peer.channel.close_cause, ReadTimeoutError)


def test_a_peer_that_answers_lives() -> None:
    """With a pong, or with anything else, half of a frame for instance."""
    peer = Peer(PINGING)
    for answer in (b"\x8a\x80\x00\x00\x00\x00", b"\x81", b"\x81\x00\x00\x00\x00\x61"):
        peer.channel.advance_time(30.1)
        assert [PingWebSocketFrame()] == peer.sent()
        peer.get_bytes(answer)
        peer.channel.advance_time(10.1)
        assert peer.channel.is_open

    assert [TextWebSocketFrame("a")] == peer.told


def test_a_peer_that_talks_is_not_asked() -> None:
    """It lives, as one can hear."""
    peer = Peer(PINGING)
    for _ in range(10):
        peer.channel.advance_time(20)
        peer.get(TextWebSocketFrame("a"))

    assert [] == peer.sent()


def test_a_peer_is_not_judged_while_nobody_reads() -> None:
    """Its pong would not be seen."""
    peer = Peer(PINGING)
    peer.channel.advance_time(30.1)
    peer.channel.pause_reading()
    peer.channel.advance_time(500)
    assert peer.channel.is_open
    peer.channel.resume_reading()
    peer.channel.advance_time(60)

    assert not peer.channel.is_open


def test_nothing_is_asked_without_an_interval() -> None:
    """Nor once a close was sent: the close timeout judges then."""
    peer = Peer()
    peer.channel.advance_time(10_000)
    assert [] == peer.sent()
    assert peer.channel.is_open

    closing = Peer(WebSocketConfig(ping_interval_seconds=1, ping_timeout_seconds=1, close_timeout_seconds=60))
    closing.channel.close()
    closing.channel.advance_time(50)
    assert [CloseWebSocketFrame(1001)] == closing.sent()
    assert closing.channel.is_open


# Any order.


@pytest.mark.parametrize("seed", range(60))
def test_any_order_of_what_both_sides_do(seed: int) -> None:
    """At most one close leaves, nothing behind it; WebSocketClosed is told once, as the last thing; each promise ends, and so does the
    channel once anybody has closed.
    """
    chance = random.Random(seed)
    peer = Peer(WebSocketConfig(ping_interval_seconds=5, ping_timeout_seconds=5), is_server=chance.random() < 0.5)
    promises = []
    sent: list[WebSocketFrame] = []
    was_closed = False
    for _ in range(chance.randrange(1, 25)):
        if not peer.channel.is_open:
            break
        match chance.randrange(9):
            case 0 | 1:
                peer.get(TextWebSocketFrame("a"))
            case 2:
                peer.get(PingWebSocketFrame(b"p"))
            case 3:
                peer.channel.advance_time(chance.choice([0.1, 1, 6]))
            case 4 | 5:
                promises.append(peer.channel.new_promise())
                peer.channel.write_and_flush(BinaryWebSocketFrame(b"b"), promises[-1])
            case 6 if chance.random() < 0.4:
                promises.append(peer.channel.new_promise())
                peer.channel.close(promises[-1])
                was_closed = True
            case 7 if chance.random() < 0.4:
                promises.append(peer.channel.new_promise())
                peer.channel.write_and_flush(CloseWebSocketFrame(4000), promises[-1])
                was_closed = True
            case 8 if chance.random() < 0.4:
                peer.get(CloseWebSocketFrame(1000))
                was_closed = True
            case _:
                pass
        sent += peer.sent()
    if was_closed:
        peer.channel.advance_time(20)
        sent += peer.sent()
        assert not peer.channel.is_open
    elif peer.channel.is_open:
        peer.channel.lose(None)

    closes = [index for index, frame in enumerate(sent) if isinstance(frame, CloseWebSocketFrame)]
    assert closes in ([], [len(sent) - 1])
    assert [len(peer.told) - 1] == [index for index, told in enumerate(peer.told) if isinstance(told, WebSocketClosed)]
    assert all(promise.is_done for promise in promises)
