"""The outbound buffer: every byte counted, every flip told once, every write ended in the order it was written."""

from functools import partial
from typing import Any

import pytest

from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel import ChannelConfig, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.life.closing import ACTIVE, CLOSED, CLOSING
from pyboot.components.netty.channel.life.outbound import MESSAGE_OVERHEAD
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError, NotYetConnectedError, OutboundOverflowError, UnsupportedMessageError
from pyboot.components.netty.option import ChannelOption


class Flips(ChannelHandler[Any]):
    """Logs what is_writable is at every event, and the errors."""

    def __init__(self) -> None:
        self.log: list[bool] = []
        self.errors: list[Exception] = []

    def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append(ctx.channel.is_writable)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.errors.append(error)


def marked(low: int, high: int, *handlers: ChannelHandler[Any], limit: int = 0) -> EmbeddedChannel:
    """A channel with these water marks whose peer takes nothing."""
    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark, config.write_buffer_limit = low, high, limit
    channel = EmbeddedChannel(*handlers, config=config)
    channel.hold_network()
    return channel


def buffer(data: bytes) -> Any:
    """A ByteBuffer that holds *data*."""
    made = PooledByteBufferAllocator.DEFAULT.buffer(len(data))
    made.write_bytes(data)
    return made


def test_a_message_costs_its_bytes_and_the_overhead() -> None:
    """Netty's 96 bytes."""
    channel = marked(1000, 2000)
    channel.write(b"12345")
    assert 96 == MESSAGE_OVERHEAD
    assert 101 == channel.outbound.pending


def test_writability_flips_once_each_way_at_the_marks() -> None:
    """Netty's own sequence: 128 and 2 are no event, 127 more is one, two written is the other."""
    flips = Flips()
    channel = marked(128 + 96, 256 + 96, flips)
    channel.write(b"x" * 128)
    channel.write(b"xx")
    assert [] == flips.log
    channel.write(b"x" * 127)
    assert [False] == flips.log
    channel.write(b"x")
    assert [False] == flips.log
    channel.flush()
    channel.release_network()
    assert [False, True] == flips.log
    assert 0 == channel.outbound.pending


def test_the_high_mark_itself_is_still_writable() -> None:
    """Unwritable is past it, writable again is below the low one: both strictly (netty-map 1.2)."""
    flips = Flips()
    channel = marked(96 + 4, 96 + 4, flips)
    channel.write(b"1234")
    assert channel.is_writable
    channel.write(b"")
    assert not channel.is_writable


def test_falling_to_the_low_mark_is_not_below_it() -> None:
    """Writable again needs one byte less."""
    flips = Flips()
    channel = marked(96, 97, flips)
    channel.write_and_flush(b"12")
    assert [False] == flips.log
    channel.write(b"")
    channel.release_network()
    assert 96 == channel.outbound.pending
    assert [False] == flips.log
    channel.flush()
    assert [False, True] == flips.log


def test_water_marks_of_five_and_ten_count_the_overhead() -> None:
    """Acceptance case 3: one false, one true, and a user's bit keeps it false."""
    flips = Flips()
    channel = marked(5, 10, flips)
    channel.write_and_flush(b"")
    assert [False] == flips.log
    channel.outbound.set_user_defined_writability(1, False)
    channel.release_network()
    assert [False] == flips.log
    assert not channel.is_writable
    channel.outbound.set_user_defined_writability(1, True)
    assert [False, True] == flips.log


def test_a_users_bit_turns_the_channel_unwritable_and_back() -> None:
    """Setting it to what it is tells nothing."""
    flips = Flips()
    channel = marked(5, 1000, flips)
    outbound = channel.outbound
    assert outbound.user_defined_writability(1)
    outbound.set_user_defined_writability(1, False)
    outbound.set_user_defined_writability(1, False)
    assert not outbound.user_defined_writability(1)
    outbound.set_user_defined_writability(1, True)
    outbound.set_user_defined_writability(1, True)
    assert [False, True] == flips.log


def test_two_users_bits_must_both_allow() -> None:
    """The event comes with the first no and the last yes."""
    flips = Flips()
    outbound = marked(5, 1000, flips).outbound
    outbound.set_user_defined_writability(1, False)
    outbound.set_user_defined_writability(31, False)
    outbound.set_user_defined_writability(1, True)
    assert [False] == flips.log
    outbound.set_user_defined_writability(31, True)
    assert [False, True] == flips.log


@pytest.mark.parametrize("index", [0, -1, 32])
def test_a_users_bit_outside_of_1_to_31_raises(index: int) -> None:
    """Bit 0 is the water mark's."""
    outbound = marked(5, 1000).outbound
    with pytest.raises(ValueError, match="allowed is 1 to 31"):
        outbound.set_user_defined_writability(index, False)
    with pytest.raises(ValueError, match="allowed is 1 to 31"):
        outbound.user_defined_writability(index)


def test_the_distance_to_the_marks_is_told() -> None:
    """Netty's formulas, plus one byte each, and 0 on the other side."""
    channel = marked(100, 200)
    outbound = channel.outbound
    assert (201, 0) == (outbound.bytes_before_unwritable, outbound.bytes_before_writable)
    channel.write(b"1234")
    assert (101, 0) == (outbound.bytes_before_unwritable, outbound.bytes_before_writable)
    channel.write(b"x" * 105)
    assert (0, 202) == (outbound.bytes_before_unwritable, outbound.bytes_before_writable)


def test_a_write_past_the_hard_limit_fails_at_once_and_the_others_stay() -> None:
    """The error tells the figures."""
    flips = Flips()
    channel = marked(10, 20, flips, limit=300)
    channel.write(b"x" * 100)
    promise = channel.new_promise()
    channel.write(b"y" * 100, promise)
    assert isinstance(promise.error, OutboundOverflowError)
    assert (196, 100, 300) == (promise.error.pending_bytes, promise.error.size, promise.error.limit)
    channel.flush()
    channel.release_network()
    assert [b"x" * 100] == channel.outbound_messages()


def test_a_limit_below_the_default_marks_holds() -> None:
    """Its writes fail at the limit, not at a mark that lies above it."""
    channel = EmbeddedChannel()
    channel.set_option(ChannelOption.WRITE_BUFFER_LIMIT, 1000)
    channel.hold_network()
    promises = [channel.new_promise() for _ in range(4)]
    for promise in promises:
        channel.write(b"x" * 200, promise)
    assert [None, None, None, OutboundOverflowError] == [promise.error and type(promise.error) for promise in promises]


def test_what_just_fills_the_limit_is_taken() -> None:
    """One byte more is not."""
    channel = marked(10, 20, limit=200)
    fits, exceeds = channel.new_promise(), channel.new_promise()
    channel.write(b"x" * 104, fits)
    channel.write(b"", exceeds)

    assert 200 == channel.outbound.pending
    assert None is fits.error
    assert OutboundOverflowError is type(exceeds.error)


def test_a_limit_of_zero_is_none() -> None:
    """Whoever switches it off has no hard limit."""
    channel = marked(10, 20, limit=0)
    channel.write(b"x" * 10_000_000)
    assert 10_000_096 == channel.outbound.pending


@pytest.mark.parametrize("message", [b"ab", bytearray(b"ab"), memoryview(b"ab")])
def test_whatever_is_bytes_may_be_written(message: Any) -> None:
    """And leaves unchanged."""
    channel = EmbeddedChannel()
    assert channel.write_outbound(message)
    assert b"ab" == channel.outbound_bytes()


def test_a_buffer_that_was_changed_after_the_write_leaves_as_it_was_written() -> None:
    """What is queued is a copy of a mutable message."""
    outbound = marked(1000, 2000).outbound
    message = bytearray(b"ab")
    outbound.add(message, None)
    message[:] = b"xy"
    outbound.mark_flushed()
    assert b"ab" == outbound.next_run()


def test_a_message_that_is_not_bytes_is_refused() -> None:
    """The error names its type and what to do."""
    with pytest.raises(UnsupportedMessageError, match=r"cannot write str.*StringEncoder"):
        marked(1000, 2000).outbound.add("text", None)


def test_a_byte_buffer_is_taken_over_and_released() -> None:
    """Writing gives the reference away."""
    outbound = marked(1000, 2000).outbound
    message = buffer(b"ab")
    outbound.add(message, None)
    assert 0 == message.ref_count
    outbound.mark_flushed()
    assert b"ab" == outbound.next_run()


def test_a_byte_buffer_that_is_too_much_is_released_too() -> None:
    """Also when the write fails."""
    outbound = marked(1, 2, limit=10).outbound
    message = buffer(b"ab")
    with pytest.raises(OutboundOverflowError):
        outbound.add(message, None)
    assert 0 == message.ref_count
    assert 0 == outbound.pending


def test_a_byte_buffer_written_to_a_closed_channel_is_released() -> None:
    """The ownership passed with the write (netty-map 1.2: message released, promise fails)."""
    channel = EmbeddedChannel()
    channel.close()
    message, promise = buffer(b"ab"), channel.new_promise()
    channel.write(message, promise)
    assert isinstance(promise.error, ClosedChannelError)
    assert 0 == message.ref_count


def test_only_what_was_flushed_leaves() -> None:
    """The border moves with flush."""
    outbound = marked(1000, 2000).outbound
    outbound.add(b"a", None)
    outbound.add(b"b", None)
    assert outbound.next_run() is None
    outbound.mark_flushed()
    outbound.add(b"c", None)
    assert b"ab" == outbound.next_run()
    outbound.run_written()
    assert outbound.next_run() is None
    assert outbound.has_unflushed()
    outbound.mark_flushed()
    assert b"c" == outbound.next_run()


def test_an_empty_message_leaves_and_is_counted() -> None:
    """Its write completes like any other."""
    channel = EmbeddedChannel()
    promise = channel.new_promise()
    channel.write_and_flush(b"", promise)
    assert promise.is_success
    assert 0 == channel.outbound.pending


def test_long_pieces_leave_alone_and_short_ones_together() -> None:
    """One run joins up to 256 KiB of short pieces; a piece past 32 KiB is not copied."""
    outbound = marked(10_000_000, 10_000_000).outbound
    long = b"L" * (300 * 1024)
    for piece in (b"a", b"b", long, b"c"):
        outbound.add(piece, None)
    outbound.mark_flushed()
    runs = []
    while (run := outbound.next_run()) is not None:
        runs.append(run)
        outbound.run_written()
    assert [b"ab", long, b"c"] == runs
    assert runs[1] is long
    assert 0 == outbound.pending


def test_a_run_stays_within_its_limit() -> None:
    """Many short pieces leave in several runs, none lost, in order."""
    outbound = marked(10_000_000, 10_000_000).outbound
    pieces = [bytes([n % 256]) * 20_000 for n in range(40)]
    for piece in pieces:
        outbound.add(piece, None)
    outbound.mark_flushed()
    runs = []
    while (run := outbound.next_run()) is not None:
        runs.append(run)
        outbound.run_written()
    assert b"".join(pieces) == b"".join(runs)
    assert 256 * 1024 >= max(len(run) for run in runs)
    assert 0 == outbound.pending


def test_writes_complete_in_the_order_they_were_written() -> None:
    """With and without a promise in between; only what left is complete."""
    log: list[str] = []

    def note(name: str, _: ChannelPromise) -> None:
        log.append(name)

    channel = marked(1000, 2000)
    for name in ("a", "b", "c"):
        channel.write(name.encode(), channel.new_promise().add_listener(partial(note, name)))
        channel.write(b"-")
    channel.flush()
    channel.write(b"d", channel.new_promise().add_listener(lambda _: log.append("d")))
    assert [] == log
    channel.release_network()
    assert ["a", "b", "c"] == log
    channel.flush()
    assert ["a", "b", "c", "d"] == log


def test_a_write_cancelled_before_the_flush_never_leaves() -> None:
    """Its bytes are no longer counted, and the others leave."""
    outbound = marked(1000, 2000).outbound
    promises = [ChannelPromise() for _ in range(3)]
    for piece, promise in zip((b"aaa", b"bbb", b"ccc"), promises, strict=True):
        outbound.add(piece, promise)
    assert promises[1].cancel()
    outbound.mark_flushed()
    assert b"aaaccc" == outbound.next_run()
    outbound.run_written()
    assert [True, False, True] == [promise.is_success for promise in promises]
    assert 0 == outbound.pending


def test_a_write_cannot_be_cancelled_after_the_flush() -> None:
    """It may be on its way."""
    channel = marked(1000, 2000)
    promise = channel.new_promise()
    channel.write_and_flush(b"a", promise)
    assert not promise.cancel()
    channel.release_network()
    assert promise.is_success


def test_a_cancelled_write_that_makes_room_flips_the_writability() -> None:
    """Netty's addFlush tells when the cancelled bytes were what was too much."""
    flips = Flips()
    channel = marked(300, 400, flips)
    promise = channel.new_promise()
    channel.write(b"a")
    channel.write(b"x" * 1000, promise)
    assert [False] == flips.log
    promise.cancel()
    channel.flush()
    assert [False, True] == flips.log


def test_closing_fails_unflushed_writes_in_order_and_counts_those_nobody_waits_for() -> None:
    """Each gets ClosedChannelError."""
    outbound = marked(1000, 2000).outbound
    log: list[tuple[str, type]] = []

    def note(name: str, done: ChannelPromise) -> None:
        log.append((name, type(done.error)))

    for name in ("a", "b"):
        outbound.add(b"x", ChannelPromise().add_listener(partial(note, name)))
    outbound.add(b"y", None)
    assert 1 == outbound.fail_unflushed(ClosedChannelError())
    assert [("a", ClosedChannelError), ("b", ClosedChannelError)] == log
    assert 0 == outbound.pending


def test_losing_the_channel_fails_flushed_writes_before_unflushed_ones() -> None:
    """FIFO, whatever their state."""
    channel = marked(1000, 2000, Flips())
    log: list[str] = []
    channel.write_and_flush(b"a", channel.new_promise().add_listener(lambda _: log.append("a")))
    channel.write(b"b", channel.new_promise().add_listener(lambda _: log.append("b")))
    channel.lose(ConnectionResetError("gone"))
    assert ["a", "b"] == log
    assert 0 == channel.outbound.pending


def test_a_flush_before_the_channel_is_active_fails_the_writes_and_makes_room_again() -> None:
    """NotYetConnectedError, and writability is told (netty-map 1.2, flush)."""
    flips = Flips()
    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark = 5, 10
    channel = EmbeddedChannel(flips, config=config, active=False)
    promise = channel.new_promise()
    channel.write(b"x", promise)
    channel.flush()
    assert isinstance(promise.error, NotYetConnectedError)
    assert channel.is_writable
    assert [False, True] == flips.log


def test_a_listener_of_a_completed_write_may_write_and_flush() -> None:
    """Acceptance case 5: the new bytes leave behind the old ones."""
    channel = EmbeddedChannel()
    channel.write_and_flush(b"a", channel.new_promise().add_listener(lambda _: channel.write_and_flush(b"b")))
    assert [b"a", b"b"] == channel.outbound_messages()
    assert 0 == channel.outbound.pending


def test_a_listener_of_a_failed_write_may_close_and_write() -> None:
    """Acceptance case 1: close inside a listener of a failed write; writing there fails, and nothing loops."""
    channel = marked(1000, 2000, Flips())
    errors: list[type] = []

    def again(_: ChannelPromise) -> None:
        channel.close()
        channel.write(b"c", channel.new_promise().add_listener(lambda done: errors.append(type(done.error))))

    channel.write(b"a", channel.new_promise().add_listener(again))
    second = channel.new_promise()
    channel.write(b"b", second)
    channel.close()
    assert [ClosedChannelError] == errors
    assert isinstance(second.error, ClosedChannelError)
    assert not channel.is_open


def test_a_long_message_goes_out_alone_and_uncopied() -> None:
    """Short ones around it are joined."""
    outbound = EmbeddedChannel().outbound
    chunk = b"\x00\x01\x00\x00" + b"x" * 300_000
    for message in (b"a", b"b", ByteBuffer(chunk, 4), b"c"):
        outbound.add(message, None)
    outbound.mark_flushed()
    runs = []
    while (run := outbound.next_run()) is not None:
        runs.append(run)
        outbound.run_written()
    assert [b"ab", b"x" * 300_000, b"c"] == runs
    assert isinstance(runs[1], memoryview)
    assert runs[1].obj is chunk
    assert 0 == outbound.pending


# Progress.


def run_of(*sizes: int) -> tuple[EmbeddedChannel, list[ChannelPromise]]:
    """A channel whose peer has got messages of *sizes* in one run, and their promises."""
    channel = marked(0, 10_000_000)
    channel.write_and_flush(b"first")
    promises = [channel.new_promise() for _ in sizes]
    for size, promise in zip(sizes, promises, strict=True):
        channel.write(bytes(size), promise)
    channel.flush()
    channel.take_bytes(5)
    return channel, promises


@pytest.mark.parametrize(
    ("taken", "complete", "part"), [(0, 0, 0), (9, 0, 9), (10, 1, 0), (11, 1, 1), (30, 2, 0), (35, 2, 5), (60, 3, 0), (99, 3, 0)]
)
def test_a_run_completes_its_messages_as_they_are_taken(taken: int, complete: int, part: int) -> None:
    """Those that were taken whole, in order; of the next one so many bytes have gone."""
    channel, promises = run_of(10, 20, 30)
    before = channel.outbound.messages_taken
    channel.take_bytes(taken)

    assert complete == sum(promise.is_success for promise in promises) == channel.outbound.messages_taken - before
    assert (before + complete, part) == channel.output_progress()
    assert max(0, 60 - taken) + (3 - complete) * MESSAGE_OVERHEAD + part == channel.outbound.pending


def test_a_run_that_is_taken_bit_by_bit_ends_as_one_that_is_taken_whole() -> None:
    """Nothing is counted twice, and what was written meanwhile follows."""
    channel, promises = run_of(10, 20, 30)
    for _ in range(30):
        channel.take_bytes(1)
        channel.output_progress()
    channel.write_and_flush(b"last")
    channel.release_network()

    assert all(promise.is_success for promise in promises)
    assert (5, 0) == channel.output_progress()
    assert (0, True) == (channel.outbound.pending, channel.is_writable)
    assert [5, 10, 20, 30, 4] == [len(message) for message in channel.outbound_messages()]


def test_a_channel_gets_writable_while_a_run_is_taken() -> None:
    """The water marks count what the network has not taken, as far as that is known."""
    channel = marked(1000, 2000)
    for _ in range(10):
        channel.write(bytes(300))
    channel.flush()
    channel.take_bytes(300)
    channel.flush()
    assert not channel.is_writable
    channel.take_bytes(2300)
    assert channel.is_writable


def test_what_a_lost_connection_had_not_taken_fails_from_there() -> None:
    """A message that was taken whole was delivered, its followers were not."""
    channel, promises = run_of(10, 20, 30)
    channel.take_bytes(15)
    channel.lose()

    assert [None, ClosedChannelError, ClosedChannelError] == [promise.error and type(promise.error) for promise in promises]
    assert (2, 0) == channel.output_progress()


@pytest.mark.parametrize("action", ["close", "abort", "write"])
def test_a_listener_may_do_anything_while_a_run_is_under_way(action: str) -> None:
    """It hears of its write when somebody asks how far the network is."""
    channel, promises = run_of(10, 20, 30)
    promises[0].add_listener(lambda _: channel.write_and_flush(b"more") if action == "write" else getattr(channel, action)())
    channel.take_bytes(12)
    assert {"close": CLOSING, "abort": CLOSED, "write": ACTIVE}[action] == channel.state
    channel.release_network()
    channel.run_pending_tasks()

    delivered = {"close": [5, 10, 20, 30], "abort": [5, 10], "write": [5, 10, 20, 30, 4]}[action]
    assert delivered == [len(message) for message in channel.outbound_messages()]


def test_who_watches_knows_when_the_network_took_something_last() -> None:
    """And is called when it did not take all at once; who has stopped is not."""
    channel, told = EmbeddedChannel(), list[str]()
    one, two = partial(told.append, "one"), partial(told.append, "two")
    channel.write_and_flush(b"x")
    assert 0.0 == channel.outbound.last_taken
    channel.outbound.watch(one)
    channel.outbound.watch(two)
    channel.advance_time(3)
    channel.flush()
    assert 0.0 == channel.outbound.last_taken
    channel.write_and_flush(b"x")
    assert (3.0, []) == (channel.outbound.last_taken, told)

    channel.outbound.unwatch(two)
    channel.hold_network()
    channel.write_and_flush(b"x")
    assert ["one"] == told
    channel.outbound.unwatch(one)
    channel.advance_time(3)
    channel.release_network()
    assert 3.0 == channel.outbound.last_taken


def test_what_was_not_flushed_is_forgotten_and_what_was_goes_out() -> None:
    """Each promise ends with its own message, and the bytes count no more."""
    channel = marked(150, 250)
    promises = [channel.new_promise() for _ in range(3)]
    channel.write(b"kept", promises[0])
    channel.flush()
    channel.write(b"lost", promises[1])
    channel.write(b"nobody asks")
    channel.write(b"lost too", promises[2])
    assert not channel.is_writable
    error = ClosedChannelError("no more")

    assert 1 == channel.outbound.fail_unflushed(error)
    assert ([False, True, True], [error, error]) == ([promise.is_done for promise in promises], [promise.error for promise in promises[1:]])
    assert (100, True) == (channel.outbound.pending, channel.is_writable)
    channel.release_network()
    assert promises[0].is_success
    assert (0, [b"kept"]) == (channel.outbound.pending, channel.outbound_messages())


@pytest.mark.parametrize("limit", [1, 96, 100])
def test_a_limit_that_one_message_exceeds_holds_from_the_first_on(limit: int) -> None:
    """However small it is; only zero is none."""
    channel = marked(0, limit, limit=limit)
    promise = channel.new_promise()
    channel.write(b"12345", promise)

    assert OutboundOverflowError is type(promise.error)
    assert 0 == channel.outbound.pending


def test_before_the_first_run_nothing_is_under_way() -> None:
    """Whoever asks how far the network is gets zeros, and nothing that was written counts as taken."""
    outbound = marked(1000, 2000).outbound
    outbound.add(b"a", None)

    assert (0, 0) == (outbound.run_count(), outbound.run_bytes)
    assert (0, 0) == (outbound.messages_within(1), outbound.messages_taken)


def test_the_clock_is_not_asked_where_nobody_watches() -> None:
    """Most channels have no watcher, and pay for none."""
    channel = EmbeddedChannel()
    channel.advance_time(3)
    channel.write_outbound(b"a")

    assert 1 == channel.outbound.messages_taken
    assert 0.0 == channel.outbound.last_taken


@pytest.mark.parametrize(("size", "is_copied"), [(10, True), (32 * 1024, True), (32 * 1024 + 1, False)])
def test_a_short_piece_of_a_large_block_does_not_keep_the_block(size: int, is_copied: bool) -> None:
    """It is copied; a long one goes out as it is, a view of the block, which lives until the network has taken it."""
    block = bytes(range(256)) * 1024
    outbound = marked(1_000_000, 2_000_000).outbound
    outbound.add(ByteBuffer(block).read_retained_slice(size), None)
    outbound.mark_flushed()
    run = outbound.next_run()

    assert block[:size] == run
    assert (None if is_copied else block) is (run.obj if isinstance(run, memoryview) else None)
