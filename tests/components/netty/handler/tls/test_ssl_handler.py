"""TLS in a pipeline: two sides joined in memory, on clocks that are turned. The cases of Netty's SslHandlerTest among them."""

import asyncio
import gc
import logging
import random
import ssl
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.buffer.file_region import DefaultFileRegion
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import (
    ClosedChannelError,
    NotSslRecordError,
    OutboundOverflowError,
    SslError,
    SslHandshakeError,
    SslHandshakeTimeoutError,
    SslTruncationError,
    UnsupportedMessageError,
)
from pyboot.components.netty.handler.tls.ssl_handler import SslHandler

type MakePair = Callable[..., Any]

MEBIBYTE = bytes(range(256)) * 4096
HANDSHAKEN = ["active", "SslHandshakeCompletionEvent done"]


def manual(**rules: Any) -> ChannelConfig:
    """Rules of a channel that reads when it is asked to."""
    config = ChannelConfig()
    config.auto_read = False
    for name, value in rules.items():
        setattr(config, name, value)
    return config


# The handshake.


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_both_sides_shake_hands_however_the_bytes_are_cut(pair: MakePair, chunk: int) -> None:
    """The channel is active before, and everybody is told once."""
    both = pair()
    both.exchange(chunk)

    assert HANDSHAKEN == both.server.events == both.client.events
    for side in (both.server, both.client):
        assert side.channel is side.handler.handshake_future.result()
        assert "<SslHandler open>" == repr(side.handler)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_what_is_written_before_the_handshake_waits_for_it(pair: MakePair, certificates: Any, version: ssl.TLSVersion) -> None:
    """Nothing leaves in clear; a promise is told when its own message was delivered."""
    context = certificates.server_context()
    context.maximum_version = version
    both = pair({"context": context})
    promises = [both.client.channel.new_promise() for _ in range(2)]
    both.client.channel.write_and_flush(b"early ", promises[0])
    both.client.channel.write_and_flush(b"bird", promises[1])

    assert b"early" not in b"".join(both.client.channel.outbound_messages())
    assert [False, False] == [promise.is_done for promise in promises]
    both.exchange()
    assert [True, True] == [promise.is_success for promise in promises]
    assert b"early bird" == both.server.notes.received
    assert [*HANDSHAKEN, "read"] == both.server.events


def test_what_is_not_flushed_does_not_leave(pair: MakePair) -> None:
    """Neither before nor after the handshake."""
    both = pair()
    both.client.channel.write(b"one")
    both.exchange()
    both.client.channel.write(b" two")
    both.exchange()
    assert b"" == both.server.notes.received
    both.client.channel.flush()
    both.exchange()

    assert b"one two" == both.server.notes.received


def test_a_handler_that_comes_to_an_active_channel_begins_at_once(certificates: Any) -> None:
    """As one that is added after a connection was upgraded."""
    channel = EmbeddedChannel()
    channel.pipeline().add_last(SslHandler(certificates.client_context(), server_hostname="server.test"))

    assert b"\x16\x03\x01" == channel.outbound_bytes()[:3]


def test_a_peer_that_does_not_finish_in_time_is_left(pair: MakePair) -> None:
    """Ten seconds; promise, event, one exception, end."""
    both = pair()
    written = both.client.channel.new_promise()
    both.client.channel.write_and_flush(b"x", written)
    both.client.channel.advance_time(9.9)
    assert both.client.channel.is_active
    both.client.channel.advance_time(0.1)

    expected = ["active", "SslHandshakeCompletionEvent SslHandshakeTimeoutError", "SslHandshakeTimeoutError", "inactive"]
    assert expected == both.client.events
    assert "TLS handshake failed: not over within 10 s" == str(both.client.notes.errors[0])
    assert isinstance(both.client.notes.errors[0], TimeoutError)
    assert both.client.notes.errors[0] is both.client.handler.handshake_future.error is written.error


def test_a_process_that_was_stopped_gives_a_handshake_its_time_back(pair: MakePair) -> None:
    """It takes several steps of both sides, for which what waits in the kernel is not enough."""
    both = pair()
    for side in (both.client, both.server):
        side.channel.jump_time(3600)
        side.channel.advance_time(9)
        assert side.channel.is_active
    both.exchange()

    assert both.client.handler.handshake_future.is_success


def test_a_handshake_without_a_limit_waits(pair: MakePair) -> None:
    """Zero says so; and one that is over leaves no timer behind."""
    both = pair({"handshake_timeout": 0})
    both.server.channel.advance_time(3600)
    assert both.server.channel.is_active
    both.exchange()

    assert both.client.channel.loop.next_timer() is None


def test_a_certificate_of_another_host_is_refused(pair: MakePair) -> None:
    """One event and one exception on each side; the writes fail with the same error; the alert says why to the peer."""
    both = pair(client={"server_hostname": "wrong.test"})
    order: list[str] = []
    both.client.handler.handshake_future.add_listener(lambda _: order.append("handshake"))
    written = both.client.channel.new_promise().add_listener(lambda _: order.append("write"))
    both.client.channel.write_and_flush(b"secret", written)
    both.client.channel.write(b"nobody waits for this")
    both.exchange()

    for side in (both.client, both.server):
        assert ["active", "SslHandshakeCompletionEvent SslHandshakeError", "SslHandshakeError", "inactive"] == side.events
    assert "certificate is not valid for 'wrong.test'" in str(both.client.notes.errors[0])
    assert "TLS handshake failed: the peer says: bad certificate" == str(both.server.notes.errors[0])
    assert both.client.notes.errors[0] is written.error is both.client.handler.handshake_future.error
    assert ["handshake", "write"] == order


def test_sides_without_a_common_version_part_with_one_exception(pair: MakePair, certificates: Any) -> None:
    """Likewise."""
    old, new = certificates.server_context(), certificates.client_context()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    new.minimum_version = ssl.TLSVersion.TLSv1_3
    both = pair({"context": old}, {"context": new})
    both.exchange()

    assert ["TLS handshake failed: unsupported protocol"] == [str(error) for error in both.server.notes.errors]
    assert ["TLS handshake failed: the peer says: protocol version"] == [str(error) for error in both.client.notes.errors]


def test_a_client_without_the_certificate_that_is_asked_for_is_refused(pair: MakePair, certificates: Any) -> None:
    """In TLS 1.3 it hears of it after its own handshake; the server never takes a byte from it."""
    asking = certificates.server_context()
    asking.verify_mode = ssl.CERT_REQUIRED
    asking.load_verify_locations(certificates.ca)
    both = pair({"context": asking})
    both.client.channel.write_and_flush(b"let me in")
    both.exchange()

    assert b"" == both.server.notes.received
    assert ["active", "SslHandshakeCompletionEvent SslHandshakeError", "SslHandshakeError", "inactive"] == both.server.events
    assert ["TLS failed: the peer says: certificate required"] == [str(error) for error in both.client.notes.errors]
    assert [*HANDSHAKEN, "SslCloseCompletionEvent SslError", "SslError", "inactive"] == both.client.events


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n", "b'GET / HTTP/1.1\\r\\n', which is no TLS but a request of HTTP: the client should use https"),
        (b"SSH-2.0-x\r\n", "which is no TLS but a greeting of SSH"),
        (b"\x00", "b'\\x00', which is no TLS"),
    ],
)
def test_a_peer_that_does_not_speak_tls_is_left_at_once(pair: MakePair, sent: bytes, said: str) -> None:
    """With one exception that says what it does speak, and no bytes it could not read."""
    server = pair().server
    server.channel.receive(sent)

    assert ["active", "SslHandshakeCompletionEvent NotSslRecordError", "NotSslRecordError", "inactive"] == server.events
    assert said in str(server.notes.errors[0])
    assert isinstance(server.notes.errors[0], NotSslRecordError)
    assert b"" == server.channel.outbound_bytes()


def test_a_peer_that_does_not_speak_tls_is_one_line_in_the_log(certificates: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Without a trace of calls: it is no fault of ours."""

    class Real(EmbeddedChannel):
        unhandled_error = EmbeddedChannel.__mro__[1].unhandled_error  # as on a socket

    channel = Real(SslHandler(certificates.server_context(), server_side=True))
    with caplog.at_level(logging.DEBUG):
        channel.receive(b"POST /x HTTP/1.1\r\n")

    lines = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert 1 == len(lines)
    assert "NotSslRecordError: TLS handshake failed: the peer sent b'POST /x" in lines[0].getMessage()
    assert lines[0].exc_info is None


def test_a_broken_handshake_message_is_answered_by_an_alert(pair: MakePair) -> None:
    """Netty's testTruncatedPacket: the record comes in two parts, and makes no sense."""
    server = pair().server
    server.channel.receive(b"\x16\x03\x01\x00\x05")
    assert ["active"] == server.events
    server.channel.receive(b"\x02\x00\x00\x01\x00")

    assert isinstance(server.notes.errors[0], SslHandshakeError)
    assert b"\x15\x03\x03\x00\x02\x02\x0a" == server.channel.outbound_bytes()  # unexpected_message
    assert not server.channel.is_open


def test_a_peer_that_leaves_during_the_handshake_is_told_by_an_event(pair: MakePair) -> None:
    """A connection that is only probed raises nothing."""
    both = pair()
    both.server.channel.finish_input()

    assert ["active", "SslHandshakeCompletionEvent ClosedChannelError", "inactive"] == both.server.events
    assert isinstance(both.server.handler.handshake_future.error, ClosedChannelError)
    assert isinstance(both.server.handler.ssl_close_future.error, ClosedChannelError)


def test_writes_after_a_failed_handshake_fail_for_its_reason(pair: MakePair) -> None:
    """The reason hangs on."""

    class WritesOnFailure(ChannelHandler[Any]):
        failed: ChannelPromise

        def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            self.failed = ctx.new_promise()
            ctx.write_and_flush(ByteBuffer(b"late"), self.failed)

    late = WritesOnFailure()
    server = pair().server
    server.channel.pipeline().add_last(late)
    server.channel.pipeline().remove(server.notes)
    with pytest.raises(NotSslRecordError):
        server.channel.receive(b"no")

    assert isinstance(late.failed.error, ClosedChannelError)
    assert isinstance(late.failed.error.__cause__, NotSslRecordError)


def test_the_event_of_success_comes_before_data_that_came_with_it(pair: MakePair) -> None:
    """In one read: the last message of the handshake, the data, and the last word."""
    both = pair()
    both.client.channel.write_and_flush(b"data")
    both.exchange(rounds=1)
    both.client.channel.close()
    both.exchange()

    assert [*HANDSHAKEN, "read", "SslCloseCompletionEvent done", "inactive"] == both.server.events


def test_what_a_listener_of_the_handshake_writes_comes_behind_what_waited(pair: MakePair) -> None:
    """Order is kept where success is told."""
    both = pair()
    both.client.channel.write(b"first ")
    both.client.channel.flush()
    both.client.handler.handshake_future.add_listener(lambda _: both.client.channel.write_and_flush(b"second"))
    both.exchange()

    assert b"first second" == both.server.notes.received


def test_a_listener_of_the_handshake_may_close(pair: MakePair) -> None:
    """What was flushed before still leaves."""
    both = pair()
    both.client.channel.write_and_flush(b"data")
    both.client.handler.handshake_future.add_listener(lambda _: both.client.channel.close())
    both.exchange()

    assert not both.client.channel.is_open
    assert "SslCloseCompletionEvent done" in both.server.events


# Data.


@pytest.mark.parametrize("chunk", [997, 1 << 20])
def test_a_mebibyte_goes_both_ways(pair: MakePair, chunk: int) -> None:
    """Whole, whatever the cut."""
    both = pair()
    both.client.channel.write_and_flush(MEBIBYTE)
    both.server.channel.write_and_flush(ByteBuffer(MEBIBYTE))
    both.exchange(chunk)

    assert MEBIBYTE == both.server.notes.received == both.client.notes.received


def test_data_byte_by_byte(pair: MakePair) -> None:
    """Written so, and carried so."""
    both = pair()
    both.exchange()
    for byte in b"hello, world":
        both.client.channel.write_and_flush(bytes((byte,)))
    both.exchange(1)

    assert b"hello, world" == both.server.notes.received
    assert 12 == both.server.events.count("read")


def test_small_writes_share_a_record(pair: MakePair) -> None:
    """One flush, one record; empty writes are done all the same."""
    both = pair()
    both.exchange()
    promises = [both.client.channel.new_promise() for _ in range(3)]
    for message, promise in zip((b"a", b"", b"b"), promises, strict=True):
        both.client.channel.write(message, promise)
    both.client.channel.flush()
    both.exchange()

    assert [*HANDSHAKEN, "read"] == both.server.events
    assert b"ab" == both.server.notes.received
    assert all(promise.is_success for promise in promises)


def test_a_promise_is_told_when_the_ciphertext_is_delivered(pair: MakePair) -> None:
    """Not when it was made; and it fails if the connection breaks before."""
    both = pair()
    both.exchange()
    both.client.channel.hold_network()
    delivered, lost = both.client.channel.new_promise(), both.client.channel.new_promise()
    both.client.channel.write_and_flush(b"delivered", delivered)
    assert not delivered.is_done
    both.client.channel.release_network()
    both.client.channel.hold_network()
    both.client.channel.write_and_flush(b"lost", lost)
    both.client.channel.lose(ConnectionResetError())

    assert delivered.is_success
    assert isinstance(lost.error, ClosedChannelError)


def test_what_is_no_bytes_is_refused_and_released(pair: MakePair) -> None:
    """Its own write fails, nothing else."""
    both = pair()
    both.exchange()
    with pytest.raises(UnsupportedMessageError, match=r"cannot write str"):
        both.client.channel.write_outbound("text")
    both.client.channel.write_and_flush(b"bytes")
    both.exchange()

    assert b"bytes" == both.server.notes.received


def test_a_message_that_is_no_bytes_comes_through(pair: MakePair) -> None:
    """What a handler nearer the network made is not ours to read."""
    both = pair()
    seen: list[object] = []

    class Sees(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            seen.append(msg)

    both.server.channel.pipeline().replace(both.server.notes, Sees())
    both.server.channel.receive(("a", "tuple"))

    assert [("a", "tuple")] == seen


def test_writes_before_the_handshake_count_for_writability(pair: MakePair) -> None:
    """Past the high mark it turns, once; when they have left, back."""
    both = pair()
    client = both.client
    client.channel.write(b"x" * 40_000)
    client.channel.write(b"x" * 40_000)
    assert not client.channel.is_writable
    both.exchange()

    assert client.channel.is_writable
    assert ["active", "writable=False", "SslHandshakeCompletionEvent done", "writable=True"] == client.events
    assert 80_000 == len(both.server.notes.received)


def test_writes_past_the_hard_limit_fail_before_they_are_encrypted(pair: MakePair) -> None:
    """So that no record is ever missing; the connection lives."""
    both = pair()
    both.exchange()
    both.client.channel.hold_network()
    refused: list[ChannelPromise] = []
    for _ in range(80):
        refused.append(both.client.channel.new_promise())
        both.client.channel.write_and_flush(b"x" * 65536, refused[-1])
    errors = [promise.error for promise in refused if promise.error is not None]
    both.client.channel.release_network()
    both.exchange()

    assert len(errors) > 10
    assert all(isinstance(error, OutboundOverflowError) for error in errors)
    assert 65536 * (80 - len(errors)) == len(both.server.notes.received)
    assert both.client.channel.is_active


def test_a_changed_record_ends_the_connection(pair: MakePair) -> None:
    """With an alert to the peer; whole records before it are delivered."""
    both = pair()
    both.exchange()
    both.client.channel.write_and_flush(b"whole")
    both.client.channel.write_and_flush(b"changed")
    whole, changed = both.client.channel.outbound_messages()
    both.client.channel.outbound_bytes()
    both.server.channel.receive(whole + changed[:-1] + bytes((changed[-1] ^ 1,)))
    both.exchange()

    assert b"whole" == both.server.notes.received
    assert ["TLS failed: decryption failed or bad record mac"] == [str(error) for error in both.server.notes.errors]
    assert ["TLS failed: the peer says: bad record mac"] == [str(error) for error in both.client.notes.errors]
    assert [both.server.channel.is_open, both.client.channel.is_open] == [False, False]


def test_in_the_middle_of_a_pipeline(certificates: Any) -> None:
    """TLS in TLS: nobody asks what carries the bytes."""

    def layers(**options: Any) -> tuple[SslHandler, SslHandler]:
        return SslHandler(**options), SslHandler(**options)

    server = EmbeddedChannel(*layers(context=certificates.server_context(), server_side=True))
    client = EmbeddedChannel(*layers(context=certificates.client_context(), server_hostname="server.test"))
    client.write_and_flush(b"twice hidden")
    for _ in range(10):
        if data := client.outbound_bytes():
            server.receive(data)
        if data := server.outbound_bytes():
            client.receive(data)

    assert b"twice hidden" == bytes(server.read_inbound())


def spoiled(data: bytes, chance: random.Random) -> bytes:
    """The same with a byte changed, some taken out, or some put in."""
    at = chance.randrange(len(data))
    changed, removed, added = bytes((chance.randrange(256),)), chance.randrange(1, 5), chance.randbytes(3)
    return chance.choice([data[:at] + changed + data[at + 1 :], data[:at] + data[at + removed :], data[:at] + added + data[at:]])


def test_whatever_a_peer_sends_it_ends_once(pair: MakePair, certificates: Any) -> None:
    """Spoiled hellos and spoiled records, cut anywhere: at most one exception, of TLS; every promise is told; the channel closes."""
    chance = random.Random(7)
    contexts = {"server": {"context": certificates.server_context()}, "client": {"context": certificates.client_context()}}
    for number in range(150):
        both = pair(**contexts)
        if number % 2:
            both.exchange()
            both.client.channel.write_and_flush(bytes(chance.randrange(1, 40_000)))
        data, cut = spoiled(both.client.channel.outbound_bytes(), chance), chance.randrange(1, 2000)
        for start in range(0, len(data), cut):
            if both.server.channel.is_open:
                both.server.channel.receive(data[start : start + cut])
        both.server.channel.finish_input()

        assert not both.server.channel.is_open
        assert both.server.notes.errors == [error for error in both.server.notes.errors[:1] if isinstance(error, SslError)]
        assert 1 == len([event for event in both.server.events if event.startswith("SslHandshakeCompletionEvent")])
        assert both.server.handler.handshake_future.is_done
        assert both.server.handler.ssl_close_future.is_done


# Reading on request.


class ReadsOnRequest(ChannelHandler[Any]):
    """Keeps each message, and asks for the next one when a test says so, or from inside."""

    def __init__(self, greedy: bool = False) -> None:
        self.messages: list[bytes] = []
        self.greedy = greedy

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.messages.append(msg.take_bytes())

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        if self.greedy:
            ctx.read()


def reading_on_request(pair: MakePair, reader: ReadsOnRequest) -> Any:
    """A pair whose server reads on request."""
    both = pair(server_config=manual())
    both.server.channel.pipeline().add_last(reader)
    both.server.channel.pipeline().remove(both.server.notes)
    return both


def test_the_handshake_reads_by_itself(pair: MakePair) -> None:
    """Whoever switched reading off need not know of it."""
    both = reading_on_request(pair, ReadsOnRequest())
    assert both.server.channel.is_reading
    both.exchange()

    assert both.server.handler.handshake_future.is_success
    assert not both.server.channel.is_reading


def test_a_read_gives_one_record(pair: MakePair) -> None:
    """Five came at once; the others stay encrypted, and the network is not asked while there are any."""
    reader = ReadsOnRequest()
    both = reading_on_request(pair, reader)
    both.exchange()
    for byte in b"12345":
        both.client.channel.write_and_flush(bytes((byte,)))
    both.exchange()
    assert [] == reader.messages
    reads = both.server.channel.reads
    for _ in range(4):
        both.server.channel.read()

    assert ([b"1", b"2", b"3", b"4"], reads) == (reader.messages, both.server.channel.reads)
    both.server.channel.read()
    both.server.channel.read()
    assert ([b"1", b"2", b"3", b"4", b"5"], reads + 1) == (reader.messages, both.server.channel.reads)


def test_a_read_during_the_handshake_is_remembered(pair: MakePair) -> None:
    """Half a record is not what was asked for: the network is asked again."""
    reader = ReadsOnRequest()
    both = reading_on_request(pair, reader)
    both.server.channel.read()
    both.client.channel.write_and_flush(b"data")
    both.exchange(1)

    assert [b"data"] == reader.messages


def test_who_asks_again_from_inside_gets_everything(pair: MakePair) -> None:
    """A thousand small records in one read, without a thousand frames of the stack."""
    reader = ReadsOnRequest(greedy=True)
    both = reading_on_request(pair, reader)
    both.server.channel.read()
    both.exchange()
    for number in range(3000):
        both.client.channel.write_and_flush(b"%d" % number)
    both.server.channel.receive(both.client.channel.outbound_bytes())

    assert [b"%d" % number for number in range(3000)] == reader.messages


def test_a_read_of_many_records_is_many_turns(pair: MakePair) -> None:
    """Each with its budget and its channel_read_complete; the peer's last word comes behind them all."""
    both = pair()
    both.exchange()
    for number in range(1000):
        both.client.channel.write_and_flush(b"%d" % number)
    both.client.channel.close()
    before = len(both.server.notes.events)
    both.server.channel.receive(both.client.channel.outbound_bytes())

    events = both.server.notes.events[before:]
    assert b"".join(b"%d" % number for number in range(1000)) == both.server.notes.received
    assert 4 == events.count("complete")
    assert [*["read"] * 256, "complete"] * 3 == events[: 3 * 257]
    assert [*["read"] * 232, "SslCloseCompletionEvent done", "complete"] == events[3 * 257 :][:234]


def test_what_is_kept_back_is_delivered_before_the_end(pair: MakePair) -> None:
    """Whoever leaves has been heard."""
    reader = ReadsOnRequest()
    both = reading_on_request(pair, reader)
    both.exchange()
    both.client.channel.write_and_flush(b"kept")
    both.exchange()
    both.client.channel.close()
    both.exchange()

    assert [b"kept"] == reader.messages


# The end.


def test_close_says_that_this_is_all(pair: MakePair) -> None:
    """Behind what was flushed; the peer answers in kind and closes."""
    both = pair()
    both.exchange()
    both.client.channel.write_and_flush(b"last")
    both.client.channel.close()
    both.exchange()

    assert [*HANDSHAKEN, "read", "SslCloseCompletionEvent done", "inactive"] == both.server.events
    assert both.server.handler.ssl_close_future.is_success
    assert isinstance(both.client.handler.ssl_close_future.error, ClosedChannelError)
    assert [both.server.channel.is_open, both.client.channel.is_open] == [False, False]


def test_close_can_wait_for_the_peers_last_word(pair: MakePair) -> None:
    """Then both sides know; a second close waits with the first, and nothing can be written meanwhile."""
    both = pair(client={"close_notify_read_timeout": 5})
    both.exchange()
    both.server.channel.write_and_flush(b"on its way")
    promises = [both.client.channel.new_promise() for _ in range(2)]
    both.client.channel.close(promises[0])
    both.client.channel.close(promises[1])
    late = both.client.channel.new_promise()
    both.client.channel.write(b"late", late)

    assert both.client.channel.is_active
    assert isinstance(late.error, ClosedChannelError)
    both.exchange()
    assert all(promise.is_success for promise in promises)
    assert [*HANDSHAKEN, "SslCloseCompletionEvent done", "inactive"] == both.client.events
    assert both.client.handler.ssl_close_future.is_success


def test_close_does_not_wait_for_ever(pair: MakePair) -> None:
    """A peer that never says it."""
    both = pair(client={"close_notify_read_timeout": 5})
    both.exchange()
    both.client.channel.close()
    both.client.channel.advance_time(4.9)
    assert both.client.channel.is_active
    both.client.channel.advance_time(0.1)

    assert not both.client.channel.is_open
    assert [*HANDSHAKEN, "SslCloseCompletionEvent ClosedChannelError", "inactive"] == both.client.events


def test_a_last_word_that_cannot_leave_does_not_hold_the_channel(pair: MakePair) -> None:
    """Three seconds; nothing else is lost by it."""
    both = pair()
    both.exchange()
    both.client.channel.hold_network()
    both.client.channel.close()
    both.client.channel.advance_time(2.9)
    assert not both.client.channel.close_future.is_done
    both.client.channel.advance_time(0.1)

    assert both.client.channel.close_future.is_done


def test_what_was_flushed_before_the_handshake_leaves_before_a_close(pair: MakePair) -> None:
    """The close waits for the handshake; what was not flushed fails."""
    both = pair()
    flushed, unflushed = both.client.channel.new_promise(), both.client.channel.new_promise()
    both.client.channel.write_and_flush(b"flushed", flushed)
    both.client.channel.write(b"unflushed", unflushed)
    both.client.channel.close()
    assert both.client.channel.is_active
    both.exchange()

    assert b"flushed" == both.server.notes.received
    assert flushed.is_success
    assert isinstance(unflushed.error, ClosedChannelError)
    assert [*HANDSHAKEN, "read", "SslCloseCompletionEvent done", "inactive"] == both.server.events
    assert not both.client.channel.is_open


def test_a_close_that_waits_for_a_failing_handshake_ends_with_it(pair: MakePair) -> None:
    """One exception, and every promise is told."""
    both = pair()
    written, closed = both.client.channel.new_promise(), both.client.channel.new_promise()
    both.client.channel.write_and_flush(b"x", written)
    both.client.channel.close(closed)
    both.client.channel.advance_time(10)

    assert isinstance(written.error, SslHandshakeTimeoutError)
    assert closed.is_success
    assert 1 == len(both.client.notes.errors)


def test_close_before_the_handshake_tells_who_waits(pair: MakePair) -> None:
    """Nothing was flushed, so nothing is waited for; a lost message that nobody waits for is told once."""
    both = pair()
    written = both.client.channel.new_promise()
    both.client.channel.write(b"x", written)
    both.client.channel.write(b"y")
    both.client.channel.close()

    assert ["active", "SslHandshakeCompletionEvent ClosedChannelError", "ClosedChannelError", "inactive"] == both.client.events
    assert "1 written messages were not delivered" in str(both.client.notes.errors[0])
    assert isinstance(written.error, ClosedChannelError)


def test_the_peers_end_is_answered_when_its_last_message_is(pair: MakePair) -> None:
    """A handler that answers in its own time still can; then our own last word goes out, and the channel closes."""
    both = pair()
    both.exchange()
    gate: list[Any] = []

    class AnswersLater(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            gate.append(ctx.channel.loop.create_future())
            await gate[0]
            await ctx.write_and_flush(b"answer")

    both.server.channel.pipeline().add_last(AnswersLater())
    both.server.channel.pipeline().remove(both.server.notes)
    both.client.channel.write_and_flush(b"question")
    both.client.handler.close_outbound()
    both.exchange()
    both.server.channel.finish_input()  # the end of the connection follows at once, as it mostly does
    assert both.server.channel.is_active
    gate[0].set_result(None)
    both.server.channel.run_pending_tasks()

    assert not both.server.channel.is_open
    assert both.client.handler.ssl_close_future.is_done is False
    both.exchange()
    assert "SslCloseCompletionEvent done" in both.client.events


def test_a_connection_that_the_peer_ends_was_not_closed_here(pair: MakePair) -> None:
    """Though our close answers its last word: what comes back after a loss, and content that ends with its connection, go by that."""
    both = pair()
    both.exchange()

    both.client.channel.close()
    both.exchange()

    assert (True, False) == (both.client.channel.closed_here, both.server.channel.closed_here)
    assert "the peer has closed the connection" == str(both.server.channel.close_cause)


def test_the_peers_close_notify_ends_the_input_once(pair: MakePair) -> None:
    """The end of the connection may come first, while what was read before is handed on turn by turn: ours still goes out."""
    both = pair()
    both.exchange()
    for number in range(600):
        both.client.channel.write_and_flush(b"%d" % number)
    both.client.handler.close_outbound()
    data = both.client.channel.outbound_bytes()

    class EndsAtOnce(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            if ctx.channel.reading.has_paused():
                ctx.channel.input_ended()
            ctx.fire_channel_read(msg)

    both.server.channel.pipeline().add_after("SslHandler#0", EndsAtOnce())
    both.server.channel.receive(data)

    assert b"".join(b"%d" % number for number in range(600)) == both.server.notes.received
    assert not both.server.channel.is_open
    both.exchange()
    assert "SslCloseCompletionEvent done" in both.client.events


@pytest.mark.parametrize("act", ["write", "close", "close_outbound"])
def test_who_acts_in_the_middle_of_a_flush_comes_behind_it(pair: MakePair, act: str) -> None:
    """A long message leaves in pieces, and each may turn the channel unwritable, which is told at once."""
    config = ChannelConfig()
    config.high_water_mark = 1 << 20
    both = pair(client_config=config)
    both.exchange()

    class Acts(ChannelHandler[Any]):
        has_acted = False

        def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
            if self.has_acted:
                return
            self.has_acted = True
            if act == "write":
                ctx.write_and_flush(b"behind")
            elif act == "close":
                ctx.close()
            else:
                both.client.handler.close_outbound()

    promises = [both.client.channel.new_promise() for _ in range(2)]
    both.client.channel.pipeline().add_after("SslHandler#0", Acts())
    both.client.channel.hold_network()
    both.client.channel.write_and_flush(MEBIBYTE[:900_000])
    both.client.channel.write(MEBIBYTE[900_000:], promises[0])
    both.client.channel.write(MEBIBYTE[:200_000], promises[1])
    assert both.client.channel.is_writable
    both.client.channel.flush()
    both.client.channel.release_network()
    both.exchange()

    assert MEBIBYTE + MEBIBYTE[:200_000] + (b"behind" if act == "write" else b"") == both.server.notes.received
    assert [True, True] == [promise.is_success for promise in promises]
    assert [] == both.client.notes.errors == both.server.notes.errors


def test_an_end_without_a_last_word_is_told(pair: MakePair) -> None:
    """What came is delivered; the event says that more may have been on its way. It is no exception."""
    both = pair()
    both.exchange()
    both.client.channel.write_and_flush(b"whole")
    both.client.channel.write_and_flush(b"cut off")
    data = both.client.channel.outbound_bytes()
    both.server.channel.receive(data[:-3])
    both.server.channel.finish_input()

    assert b"whole" == both.server.notes.received
    assert [*HANDSHAKEN, "read", "SslCloseCompletionEvent SslTruncationError", "inactive"] == both.server.events
    assert isinstance(both.server.handler.ssl_close_future.error, SslTruncationError)


def test_a_reset_after_the_last_word_is_nothing(pair: MakePair) -> None:
    """One without it is an error."""
    quiet, loud = pair(), pair()
    quiet.exchange()
    loud.exchange()
    quiet.client.handler.close_outbound()
    quiet.client.channel.lose(ConnectionResetError())
    loud.client.channel.lose(ConnectionResetError())

    assert [] == quiet.client.notes.errors
    assert ["ConnectionResetError"] == [type(error).__name__ for error in loud.client.notes.errors]


def test_one_side_can_end_while_the_other_goes_on(pair: MakePair) -> None:
    """Where half-closure is allowed, the peer's last word is an event only."""
    half = ChannelConfig()
    half.allow_half_closure = True
    both = pair(server_config=half, client_config=half)
    both.exchange()
    sent = both.client.handler.close_outbound()
    both.exchange()
    both.server.channel.write_and_flush(b"still here")
    both.exchange()

    assert sent.is_success
    assert b"" == both.client.notes.received  # closed here: nobody wants it any more
    assert [*HANDSHAKEN, "SslCloseCompletionEvent done"] == both.server.events
    assert both.server.channel.is_active
    again = both.client.handler.close_outbound()
    assert isinstance(again.error, ClosedChannelError)
    assert "<SslHandler open> has nothing to end" == str(again.error)


def test_a_half_closed_connection_without_a_last_word_is_told(pair: MakePair) -> None:
    """Open, it is a cut; in the handshake, the end of it."""
    half = ChannelConfig()
    half.allow_half_closure = True
    both, early = pair(server_config=half), pair(server_config=half)
    both.exchange()
    both.server.channel.finish_input()
    early.server.channel.finish_input()

    assert [*HANDSHAKEN, "SslCloseCompletionEvent SslTruncationError", "ChannelInputShutdown done"] == both.server.events
    assert "SslHandshakeError" in early.server.events
    assert not early.server.channel.is_open


def test_removal_tells_who_waits(pair: MakePair) -> None:
    """The handshake, the last word, the writes; the event is fired where the handshake had begun."""
    both = pair()
    written = both.client.channel.new_promise()
    both.client.channel.write(b"x", written)
    both.client.channel.pipeline().remove(both.client.handler)

    assert ["active", "SslHandshakeCompletionEvent SslError"] == both.client.events
    assert all(isinstance(promise.error, SslError) for promise in (both.client.handler.ssl_close_future, written))
    assert both.client.channel.is_active
    assert both.client.channel.loop.next_timer() is None


def test_removal_before_the_beginning_fires_no_event(certificates: Any) -> None:
    """Nothing had begun that could be over."""
    handler = SslHandler(certificates.server_context(), server_side=True)
    channel = EmbeddedChannel(handler, active=False)
    channel.pipeline().remove(handler)

    assert isinstance(handler.handshake_future.error, SslError)


def test_what_follows_the_last_word_in_clear_goes_on_after_removal(pair: MakePair) -> None:
    """For protocols that step down from TLS."""
    half = ChannelConfig()
    half.allow_half_closure = True
    both = pair(server_config=half)
    both.exchange()
    both.client.handler.close_outbound()
    both.server.channel.receive(both.client.channel.outbound_bytes() + b"in clear")
    both.server.channel.pipeline().remove(both.server.handler)

    assert b"in clear" == both.server.notes.received


def test_a_closed_channel_keeps_no_handler_alive(certificates: Any) -> None:
    """Neither after success nor after failure; a thousand failed handshakes leave nothing behind."""
    kept: list[weakref.ref[Any]] = []
    for _ in range(20):
        handler = SslHandler(certificates.server_context(), server_side=True)
        channel = EmbeddedChannel(handler)
        with pytest.raises(NotSslRecordError):
            channel.receive(b"no")
        kept.append(weakref.ref(handler))
        del handler, channel
    gc.collect()

    assert [] == [reference for reference in kept if reference() is not None]


# STARTTLS.


def test_what_is_written_before_the_first_flush_leaves_in_clear(certificates: Any) -> None:
    """Then TLS begins, and with it the clock of the handshake."""
    handler = SslHandler(certificates.server_context(), server_side=True, start_tls=True)
    channel = EmbeddedChannel(handler)
    channel.advance_time(60)
    promise = channel.new_promise()
    channel.write(b"220 ready\r\n", promise)
    channel.flush()

    assert b"220 ready\r\n" == channel.outbound_bytes()
    assert promise.is_success
    channel.write_and_flush(b"secret")
    assert b"" == channel.outbound_bytes()
    with pytest.raises(SslHandshakeTimeoutError):
        channel.advance_time(10)


def test_what_a_peer_slips_in_before_the_handshake_is_refused(certificates: Any) -> None:
    """Commands in clear behind STARTTLS must not be taken for secret ones (CVE-2011-0411)."""
    channel = EmbeddedChannel(SslHandler(certificates.server_context(), server_side=True, start_tls=True))

    with pytest.raises(NotSslRecordError):
        channel.receive(b"RCPT TO:<victim@example.com>\r\n")
    assert not channel.is_open


# Arguments.


def test_arguments_that_make_no_sense_are_refused(certificates: Any) -> None:
    """At once."""
    with pytest.raises(ValueError, match=r"timeout of -1 s, must be at least 0"):
        SslHandler(certificates.server_context(), server_side=True, handshake_timeout=-1)
    with pytest.raises(ValueError, match=r"timeout of nan s"):
        SslHandler(certificates.server_context(), server_side=True, close_notify_read_timeout=float("nan"))


def test_several_buffers_are_ciphertext_like_one(certificates: Any) -> None:
    """And not plaintext that the peer never sent."""
    channel = EmbeddedChannel(SslHandler(certificates.server_context(), server_side=True))
    request = CompositeByteBuffer([b"GET / ", b"HTTP/1.1"])

    with pytest.raises(NotSslRecordError):
        channel.write_inbound(request)

    assert (None, 0) == (channel.read_inbound(), request.ref_count)


async def test_a_file_is_encrypted_piece_by_piece_in_its_place(certificates: Any, listen: Any, tmp_path: Path) -> None:
    """Netty refuses file regions over TLS; here they are read, once TLS meets the first one."""
    path = tmp_path / "content"
    path.write_bytes(MEBIBYTE)
    promises: list[ChannelPromise] = []

    class Sender(ChannelHandler[Any]):
        """Writes before, between and behind."""

        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            for message in (b"head", DefaultFileRegion(path), b"between", DefaultFileRegion(path, 5, 10), b"tail"):
                promises.append(ctx.channel.new_progressive_promise())
                ctx.write(message, promises[-1])
            ctx.flush()

    def pipeline(channel: Any) -> None:
        channel.pipeline().add_last(SslHandler(context=certificates.server_context(), server_side=True), Sender())

    server = await listen(pipeline)
    context = certificates.client_context()
    reader, writer = await asyncio.open_connection(*server.local_address(), ssl=context, server_hostname="server.test")
    expected = b"head" + MEBIBYTE + b"between" + MEBIBYTE[5:15] + b"tail"
    assert expected == await asyncio.wait_for(reader.readexactly(len(expected)), 20)
    for promise in promises:
        await asyncio.wait_for(promise, 20)
    writer.close()
    await writer.wait_closed()
