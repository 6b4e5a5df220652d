"""Streams of a connection as channels: what comes, what is given back to the peer's window, and how they end."""

from typing import Any

import pytest

from pyboot.components.netty.buffer import ByteBuffer
from pyboot.components.netty.channel import INPUT_SHUTDOWN, ChannelConfig, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.fault import log_of
from pyboot.components.netty.channel.stream import StreamChannel
from pyboot.components.netty.errors import ClosedChannelError, WriteStallError
from tests.components.netty.life import Life, kinds


class Stream(StreamChannel):
    """A stream whose peer is the test: it sees what is sent, and has as much room as `room` says."""

    def __init__(self, connection: EmbeddedChannel, config: ChannelConfig | None = None) -> None:
        super().__init__(connection, ChannelConfig() if config is None else config, 5)
        self.sent: list[bytes] = []
        self.room = 1_000_000
        self.left = b""
        self.given_back: list[int] = []
        self.ends: list[Any] = []

    def transmit(self, data: bytes | memoryview) -> bool:
        taken = bytes(data[: self.room])
        self.room -= len(taken)
        self.sent.append(taken)
        self.left = bytes(data[len(taken) :])
        if self.left:
            self.output_waits()
        return not self.left

    def unsent(self) -> int:
        return len(self.left)

    def make_room(self, size: int) -> None:
        taken, self.left = self.left[:size], self.left[size:]
        self.sent.append(taken)
        if not self.left:
            self.drained()

    def consumed(self, size: int) -> None:
        self.given_back.append(size)

    def finish_stream(self) -> None:
        self.ends.append("finished")

    def reset_stream(self, cause: Exception | None) -> None:
        self.ends.append(type(cause))


class Reader(ChannelHandler[Any]):
    """Notes what is read."""

    def __init__(self) -> None:
        self.log: list[Any] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("complete")


def begun(*handlers: ChannelHandler[Any], config: ChannelConfig | None = None, **options: Any) -> tuple[EmbeddedChannel, Stream]:
    """A connection, and a stream of it with *handlers*."""
    connection = EmbeddedChannel(**options)
    stream = Stream(connection, config)
    with connection._acting():
        for handler in handlers:
            stream.pipeline().add_last(handler)
        stream.begin(None)
    return connection, stream


def deliver(connection: EmbeddedChannel, stream: Stream) -> None:
    """The end of a read of the connection."""
    with connection._acting():
        stream.deliver()


def test_a_stream_belongs_to_its_connection() -> None:
    """Its loop, its addresses and its log are the connection's; its number is its own."""
    connection, stream = begun()
    assert (connection, connection.loop, 5) == (stream.parent, stream.loop, stream.stream_id)
    assert ("embedded", "embedded") == (stream.local_address(), stream.remote_address())
    assert stream.is_active
    assert log_of(connection) is log_of(stream)


def test_what_came_is_handed_on_as_one_read_and_then_given_back() -> None:
    """However many messages there are, there is one end of the read, and the window is told once, behind it."""
    reader = Reader()
    connection, stream = begun(reader)
    stream.arrived("a", 1)
    stream.arrived("b", 2)
    assert ([], []) == (reader.log, stream.given_back)
    deliver(connection, stream)
    assert (["a", "b", "complete"], [3]) == (reader.log, stream.given_back)


def test_nothing_that_came_is_no_read() -> None:
    """A handler is not told of the end of a read that brought nothing."""
    reader = Reader()
    connection, stream = begun(reader)
    deliver(connection, stream)
    assert [] == reader.log


def test_a_stream_that_does_not_read_gives_nothing_back() -> None:
    """What waits in the inbox stops the peer; each read() hands on one message."""
    reader = Reader()
    config = ChannelConfig()
    config.auto_read = False
    connection, stream = begun(reader, config=config)
    for letter in "abc":
        stream.arrived(letter, 10)
    deliver(connection, stream)
    assert ([], []) == (reader.log, stream.given_back)
    with connection._acting():
        stream.read()
    assert (["a", "complete"], [10]) == (reader.log, stream.given_back)
    with connection._acting():
        stream.auto_read = True
    assert (["a", "complete", "b", "c", "complete"], [10, 20]) == (reader.log, stream.given_back)


def test_a_pause_in_the_middle_of_a_read_leaves_the_rest_in_the_inbox() -> None:
    """What comes later is behind it, and resuming hands on all."""

    class Pausing(Reader):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            super().channel_read(ctx, msg)
            if msg == "a":
                ctx.channel.pause_reading()

    reader = Pausing()
    connection, stream = begun(reader)
    stream.arrived("a", 1)
    stream.arrived("b", 1)
    deliver(connection, stream)
    stream.arrived("c", 1)
    deliver(connection, stream)
    assert (["a", "complete"], True) == (reader.log, stream.has_unread)
    with connection._acting():
        stream.resume_reading()
    assert (["a", "complete", "b", "c", "complete"], False) == (reader.log, stream.has_unread)
    assert [1, 2] == stream.given_back


def test_a_busy_coroutine_handler_stops_its_stream_alone() -> None:
    """With its mailbox full the rest stays in the inbox, and its window shut, while another stream goes on."""

    class Slow(ChannelHandler[Any]):
        def __init__(self) -> None:
            self.log: list[Any] = []

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            self.log.append(msg)
            await gate

    slow, reader = Slow(), Reader()
    config = ChannelConfig()
    config.mailbox_limit = 2
    connection, stream = begun(slow, config=config)
    gate: Any = connection.loop.create_future()
    other = Stream(connection)
    with connection._acting():
        other.pipeline().add_last(reader)
        other.begin(None)
    for number in range(9):
        stream.arrived(number, 1)
    other.arrived("x", 1)
    deliver(connection, stream)
    deliver(connection, other)
    assert ([0], True, ["x", "complete"]) == (slow.log, stream.has_unread, reader.log)
    assert sum(stream.given_back) < 9
    with connection._acting():
        gate.set_result(None)
    assert (list(range(9)), 9) == (slow.log, sum(stream.given_back))


def test_a_thousand_messages_are_handed_on_in_several_turns() -> None:
    """A stream that got much does not keep the others of its loop waiting."""
    reader = Reader()
    connection, stream = begun(reader)
    for number in range(1000):
        stream.arrived(number, 1)
    stream.end_input()
    with connection._acting():
        stream.deliver()
        assert 256 + 1 == len(reader.log)
    assert list(range(1000)) == [entry for entry in reader.log if entry != "complete"]
    assert not stream.is_open


def test_the_end_of_the_input_comes_behind_the_inbox_and_closes() -> None:
    """As of any connection: the handlers get everything, then the stream is closed in order."""
    reader, life = Reader(), Life()
    config = ChannelConfig()
    config.auto_read = False
    connection, stream = begun(life, reader, config=config)
    stream.arrived("last", 4)
    stream.end_input()
    stream.arrived("too late", 8)
    deliver(connection, stream)
    assert stream.is_open
    with connection._acting():
        stream.read()
    assert (["last", "complete"], ["finished"], [8, 4]) == (reader.log, stream.ends, stream.given_back)
    assert ["registered", "active", "inactive", "unregistered", "removed"] == life.log


def test_with_half_closure_the_end_of_the_input_is_told_instead() -> None:
    """The own side goes on."""
    life = Life()
    config = ChannelConfig()
    config.allow_half_closure = True
    connection, stream = begun(life, config=config)
    stream.end_input()
    deliver(connection, stream)
    assert (["registered", "active", INPUT_SHUTDOWN], True) == (life.log, stream.is_active)


def test_what_is_written_waits_for_room_in_order_and_a_close_for_all_of_it() -> None:
    """The water marks count it, promises end when it is sent, and the stream is finished behind it."""
    connection, stream = begun()
    stream.room = 3
    with connection._acting():
        first = stream.new_promise()
        stream.write_and_flush(b"abcdef", first)
        stream.close()
    assert (False, [b"abc"], []) == (first.is_done, stream.sent, stream.ends)
    with connection._acting():
        stream.make_room(2)
    assert not first.is_done
    with connection._acting():
        stream.make_room(2)
    assert (True, b"abcdef", ["finished"]) == (first.is_success, b"".join(stream.sent), stream.ends)


def test_a_peer_that_gives_no_room_for_too_long_is_reset() -> None:
    """A window that stays shut is a stall, however busy the connection is; one that opens a little is none."""
    life = Life()
    config = ChannelConfig()
    config.write_stall_timeout = 10.0
    connection, stream = begun(life, config=config)
    stream.room = 1
    with connection._acting():
        stream.write_and_flush(b"abc")
    connection.advance_time(9)
    with connection._acting():
        stream.make_room(1)
    connection.advance_time(2)
    assert stream.is_active
    connection.advance_time(11)
    assert [WriteStallError] == stream.ends
    assert ["registered", "active", WriteStallError, "inactive", "unregistered", "removed"] == kinds(life.log)


def test_a_lost_stream_gives_back_what_it_holds() -> None:
    """Buffers are released, the window of the connection is not left shut by what nobody will read."""
    config = ChannelConfig()
    config.auto_read = False
    connection, stream = begun(config=config)
    buffer = ByteBuffer(b"abc")
    stream.arrived(buffer, 3)
    with connection._acting():
        stream.lost(ConnectionResetError())
    assert (0, [3], False) == (buffer.ref_count, stream.given_back, stream.is_open)
    late = ByteBuffer(b"de")
    stream.arrived(late, 2)
    assert (0, [3, 2]) == (late.ref_count, stream.given_back)


def test_an_abort_resets_the_stream() -> None:
    """Nothing is delivered any more; aborting again does nothing."""
    connection, stream = begun()
    stream.room = 0
    with connection._acting():
        promise = stream.new_promise()
        stream.write_and_flush(b"abc", promise)
        stream.abort()
        stream.abort()
    assert ([ClosedChannelError], False) == (stream.ends, promise.is_success)


def test_what_a_protocol_does_not_supply_is_an_error_of_ours() -> None:
    """A stream of no protocol cannot end itself."""
    stream = StreamChannel(EmbeddedChannel(), ChannelConfig(), 1)
    with pytest.raises(NotImplementedError):
        stream.finish_stream()
    with pytest.raises(NotImplementedError):
        stream.reset_stream(None)


def test_what_nobody_consumes_has_no_window() -> None:
    """A protocol without windows of its own needs nothing for it."""
    StreamChannel(EmbeddedChannel(), ChannelConfig(), 1).consumed(5)
