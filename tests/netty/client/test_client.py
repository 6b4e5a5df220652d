"""NettyClient on a clock that is turned: its state, its attempts, and what becomes of what is written."""

import asyncio
import logging
import threading
from functools import partial
from typing import Any

import pytest

from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.label import labels
from pyboot.boot.model.stereotype import Stereotype
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, ChannelPromise, EmbeddedChannel, UnpooledByteBufferAllocator
from pyboot.components.netty.errors import ClosedChannelError
from pyboot.components.netty.transport.backoff import Backoff
from pyboot.netty.annotations import NettyClientLabel
from pyboot.netty.client.client import OF_CHANNEL, ClientStatistics, NettyClient
from pyboot.netty.client.errors import ClientTimeoutError, ClientUnavailableError, OutageQueueFullError
from pyboot.netty.client.events import ClientConnected, ClientDisconnected, ClientGaveUp, ClientWaiting
from pyboot.netty.client.outage import OutageQueue
from pyboot.netty.client.state import ClientState

from .turned import REFUSED, STEADY, Turned


class Holding(ChannelHandler[Any]):
    """Its peer takes nothing."""

    def handler_added(self, ctx: ChannelHandlerContext) -> None:
        """From the beginning."""
        assert isinstance(ctx.channel, EmbeddedChannel)
        ctx.channel.hold_network()


# As a decorator.


def test_a_labelled_class_stays_what_it_is() -> None:
    """And is found by the scan."""

    @NettyClient(host="there", port=80)
    class UpstreamClient: ...

    (label,) = labels(UpstreamClient, NettyClientLabel)
    assert ("there", 80, "upstream") == (label.host, label.port, label.name_for(UpstreamClient))
    assert ["component"] == [entry.role for entry in labels(UpstreamClient, Stereotype)]


def test_it_may_stand_bare() -> None:
    """Its settings say the rest."""

    @NettyClient
    class UpstreamClient: ...

    assert isinstance(UpstreamClient, type)
    assert [NettyClientLabel()] == list(labels(UpstreamClient, NettyClientLabel))


def test_an_argument_without_its_name_is_told_how_it_is_given() -> None:
    """What stands there for the class is none."""
    with pytest.raises(DefinitionError, match=r"@NettyClient\('there'\): its arguments have names: host, port, name"):
        NettyClient("there")  # type: ignore[arg-type]  # the mistake


def test_a_misspelt_argument_is_refused_where_it_stands() -> None:
    """As by any function."""
    with pytest.raises(TypeError, match="hots"):
        NettyClient(hots="there")  # type: ignore[call-arg]  # the mistake


# The connection.


def test_a_client_connects_when_it_is_started() -> None:
    """And tells the application."""
    turned = Turned()
    states = [turned.client.state]
    turned.start()
    states.append(turned.client.state)
    channel = turned.connect()

    assert [ClientState.NEW, ClientState.CONNECTING] == states

    assert (ClientState.CONNECTED, channel, True, 0) == (
        turned.client.state, turned.client.channel, turned.client.is_connected, turned.client.attempts,
    )  # fmt: skip
    assert [ClientConnected(turned.client, channel, 0)] == turned.events


def test_a_start_that_fails_waits_and_tries_again() -> None:
    """The attempts are counted, the cause is kept."""
    turned = Turned()
    turned.start()
    turned.refuse()

    assert (ClientState.WAITING, 1, REFUSED, None) == (
        turned.client.state, turned.client.attempts, turned.client.cause, turned.client.channel,
    )  # fmt: skip
    turned.loop.advance(1.0)
    assert ClientState.CONNECTING is turned.client.state
    turned.refuse()
    turned.loop.advance(1.0)
    channel = turned.connect()

    assert [
        ClientWaiting(turned.client, 1, REFUSED, 1.0), ClientWaiting(turned.client, 2, REFUSED, 1.0),
        ClientConnected(turned.client, channel, 2),
    ] == turned.events  # fmt: skip


@pytest.mark.parametrize("error", [None, ConnectionResetError("gone")])
def test_a_lost_connection_comes_back(error: Exception | None) -> None:
    """As another channel."""
    turned = Turned()
    turned.start()
    first = turned.connect()
    turned.lose(error)

    assert (ClientState.WAITING, None, 1) == (turned.client.state, turned.client.channel, turned.client.attempts)
    turned.loop.advance(1.0)
    second = turned.connect()

    assert second is turned.client.channel is not first
    assert ["ClientConnected", "ClientDisconnected", "ClientWaiting", "ClientConnected"] == turned.heard


def test_a_connection_that_is_closed_here_comes_back_too() -> None:
    """A handler that closes after a mistake of the peer wants another connection, not the end of the client."""
    turned = Turned()
    turned.start()
    channel = turned.connect()
    turned.do(channel.close)
    turned.loop.advance(1.0)

    assert turned.connect() is turned.client.channel
    assert ClientDisconnected(turned.client, channel, None) in turned.events


def test_the_loss_is_known_in_the_very_moment() -> None:
    """What is written by a handler that hears of the end is refused, not handed to the closed channel."""
    seen: list[object] = []

    class Last(ChannelHandler[Any]):
        def channel_inactive(self, ctx: Any) -> None:
            ctx.channel.close_future.add_listener(lambda _: seen.append(turned.client.state))

    turned = Turned(STEADY, None, Last)
    turned.start()
    turned.connect()
    turned.lose()

    assert [ClientState.WAITING] == seen


def test_it_gives_up_after_as_many_attempts_as_it_may_make() -> None:
    """All who wait hear of it; a start begins anew."""
    turned = Turned(Backoff(initial_seconds=1, jitter=0, max_attempts=1))
    turned.start()
    waiting = turned.task(turned.client.connected())
    turned.refuse()
    turned.loop.advance(1.0)
    turned.refuse()

    assert (ClientState.GAVE_UP, 2) == (turned.client.state, turned.client.attempts)
    assert isinstance(waiting.exception(), ClientUnavailableError)
    assert ClientGaveUp(turned.client, 2, REFUSED) == turned.events[-1]
    assert turned.is_at_rest

    turned.start()
    turned.connect()
    assert ClientState.CONNECTED is turned.client.state


@pytest.mark.parametrize("seconds", [0, 9.5])
def test_a_connection_that_does_not_last_counts_as_an_attempt_that_failed(seconds: float) -> None:
    """A peer that accepts and closes at once is waited for longer each time, and given up after the last attempt."""
    turned = Turned(Backoff(initial_seconds=1, multiplier=2, jitter=0, max_attempts=3, stable_seconds=10))
    turned.start()
    for wait in (1, 2, 4):
        turned.connect()
        turned.loop.advance(seconds)
        turned.lose()
        turned.loop.advance(wait)
    turned.connect()
    assert (ClientState.CONNECTED, 3) == (turned.client.state, turned.client.attempts)
    turned.lose()

    assert (ClientState.GAVE_UP, 4) == (turned.client.state, turned.client.attempts)
    waits = [(event.attempts, event.seconds) for event in turned.events if isinstance(event, ClientWaiting)]
    assert [(1, 1), (2, 2), (3, 4)] == waits
    assert [0, 1, 2, 3] == [event.attempts for event in turned.events if isinstance(event, ClientConnected)]


def test_a_connection_that_lasts_begins_the_attempts_anew() -> None:
    """From the moment that it has lasted on, not only when it is lost."""
    turned = Turned(Backoff(initial_seconds=1, multiplier=1, jitter=0, max_attempts=2, stable_seconds=10))
    turned.start()
    for _ in range(3):
        turned.refuse()
        turned.loop.advance(1)
        turned.connect()
        turned.loop.advance(9.5)
        assert 1 <= turned.client.attempts <= 2
        turned.loop.advance(0.5)
        assert 0 == turned.client.attempts
        turned.lose()
        assert 1 == turned.client.attempts
        turned.loop.advance(1)

    assert {1, 2} == {event.attempts for event in turned.events if isinstance(event, ClientWaiting)}


def test_without_reconnecting_a_loss_is_the_end() -> None:
    """Nothing is tried again."""
    turned = Turned(backoff=None)
    turned.start()
    turned.connect()
    turned.lose()

    assert ClientState.GAVE_UP is turned.client.state
    assert ["ClientConnected", "ClientDisconnected", "ClientGaveUp"] == turned.heard
    assert turned.is_at_rest


def test_an_error_that_waiting_does_not_mend_ends_it(caplog: pytest.LogCaptureFixture) -> None:
    """A mistake in the code of a handler, say; the log has its traceback."""
    turned = Turned()
    turned.start()
    mistake = TypeError("no such argument")
    turned.refuse(mistake)

    assert (ClientState.GAVE_UP, mistake) == (turned.client.state, turned.client.cause)
    assert [mistake] == [record.exc_info[1] for record in caplog.records if record.exc_info]


def test_a_stop_is_for_good() -> None:
    """Whatever the client does at that moment."""
    for act in (lambda _: None, Turned.start, _connected, _waiting):
        turned = Turned()
        act(turned)
        stopping = turned.stop()

        assert stopping.done()
        assert stopping.exception() is None
        assert (ClientState.STOPPED, None, True) == (turned.client.state, turned.client.channel, turned.is_at_rest)
        assert [] == [channel for channel in turned.channels if channel.is_open]
        with pytest.raises(ClientUnavailableError, match="was stopped"):
            turned.start()


def _connected(turned: Turned) -> None:
    turned.start()
    turned.connect()


def _waiting(turned: Turned) -> None:
    turned.start()
    turned.refuse()


def test_a_connection_that_is_made_while_it_stops_is_closed() -> None:
    """Nobody would have it."""
    turned = Turned()
    turned.start()
    answer = turned.pending[0]
    with turned.loop.as_running_loop():
        stopping = turned.loop.create_task(turned.client.stop())
    channel = turned.connect()

    assert stopping.done()
    assert not channel.is_open
    assert answer.done()
    assert ClientState.STOPPED is turned.client.state


# Who waits for a connection.


def test_who_waits_gets_the_connection() -> None:
    """At once where there is one."""
    turned = Turned()
    turned.start()
    waiting = [turned.task(turned.client.connected()) for _ in range(2)]
    channel = turned.connect()

    assert [channel, channel] == [task.result() for task in waiting]
    assert channel is turned.task(turned.client.connected()).result()


def test_who_waits_begins_what_has_not_begun() -> None:
    """That is how a lazy client begins."""
    turned = Turned()
    waiting = turned.task(turned.client.connected())
    assert ClientState.CONNECTING is turned.client.state

    assert turned.connect() is waiting.result()


def test_who_waits_too_long_is_told_what_is_wrong() -> None:
    """The state, the attempts and the last cause; the client goes on."""
    turned = Turned()
    turned.start()
    turned.refuse()
    waiting = turned.task(turned.client.connected(0.5))
    turned.loop.advance(0.5)

    error = waiting.exception()
    assert isinstance(error, ClientTimeoutError)
    assert isinstance(error, TimeoutError)
    assert (ClientState.WAITING, 1, REFUSED) == (error.state, error.attempts, error.cause)
    assert (
        "the client 'upstream' has no connection to there:80: it waits before it connects again, 1 attempt failed; "
        "the last cause: ConnectionRefusedError: nobody there" == str(error)
    )
    turned.loop.advance(1.0)
    turned.connect()
    assert turned.client.is_connected


def test_a_cancelled_wait_leaves_the_client_alone() -> None:
    """It goes on connecting."""
    turned = Turned()
    waiting = turned.task(turned.client.connected())
    turned.do(waiting.cancel)

    turned.connect()
    assert turned.client.is_connected
    assert waiting.cancelled()


# What is written.


def test_what_is_written_goes_out_on_the_connection() -> None:
    """Flushed or not."""
    turned = Turned()
    turned.start()
    channel = turned.connect()
    turned.do(lambda: turned.client.write(b"a"))
    assert [] == list(channel.outbound_messages())
    turned.do(turned.client.flush)
    turned.write(b"b")
    sending = turned.task(turned.client.send(b"c"))

    assert [b"a", b"b", b"c"] == list(channel.outbound_messages())
    assert sending.done()
    assert sending.exception() is None


def test_a_write_without_a_connection_fails_at_once_and_says_why() -> None:
    """It is an error of a connection like any other, and a buffer is released."""
    turned = Turned()
    turned.start()
    turned.refuse()
    held = UnpooledByteBufferAllocator.DEFAULT.buffer(4)
    held.write_bytes(b"x")

    with pytest.raises(ClientUnavailableError, match="waits before it connects again, 1 attempt failed") as refused:
        turned.write(held)
    promise = ChannelPromise()
    turned.do(lambda: turned.client.write(b"y", promise))
    sending = turned.task(turned.client.send(b"z"))

    assert isinstance(refused.value, ClosedChannelError)
    assert isinstance(refused.value, ConnectionError)
    assert 0 == held.ref_count
    assert isinstance(promise.error, ClientUnavailableError)
    assert isinstance(sending.exception(), ClientUnavailableError)


def test_a_queue_keeps_what_is_written_and_sends_it_first() -> None:
    """In its order, on the next connection; what is written then comes behind it."""
    turned = Turned(STEADY, OutageQueue(10, 100))
    turned.start()
    promises = [turned.write(b"a"), turned.do(lambda: turned.client.write(b"b"))]
    sending = turned.task(turned.client.send(b"c"))
    assert (3, 3) == (turned.client.statistics().queued, turned.client.statistics().queued_bytes)
    turned.refuse()
    turned.loop.advance(1.0)
    channel = turned.connect()
    turned.write(b"d")

    assert [b"a", b"b", b"c", b"d"] == list(channel.outbound_messages())
    assert [True, True] == [promise.is_success for promise in promises if isinstance(promise, ChannelPromise)]
    assert sending.done()
    assert sending.exception() is None


def test_what_waits_is_sent_no_faster_than_the_peer_takes_it() -> None:
    """And what is written meanwhile keeps its place behind it."""
    turned = Turned(STEADY, OutageQueue(10, 1 << 20))
    turned.start()
    big = [bytes([number]) * 50_000 for number in range(4)]
    for each in big:
        turned.write(each)
    turned.handlers = (Holding,)
    channel = turned.connect()
    assert 2 == turned.client.statistics().queued
    turned.write(b"last")
    turned.do(channel.release_network)

    assert [*big, b"last"] == list(channel.outbound_messages())


def test_what_was_not_handed_to_a_connection_waits_for_the_next() -> None:
    """What was on its way when that broke has failed: nobody knows whether it arrived."""
    turned = Turned(STEADY, OutageQueue(10, 1 << 20))
    turned.start()
    first, second = turned.write(b"1" * 100_000), turned.write(b"2")

    turned.handlers = (Holding,)
    turned.connect()
    turned.lose()
    turned.handlers = ()
    turned.loop.advance(1.0)
    channel = turned.connect()

    assert [b"2"] == list(channel.outbound_messages())
    assert isinstance(first, ChannelPromise)
    assert isinstance(first.error, ClosedChannelError)
    assert isinstance(second, ChannelPromise)
    assert second.is_success


def test_a_full_queue_refuses_what_is_one_too_many() -> None:
    """The limits are those of messages and of bytes."""
    turned = Turned(STEADY, OutageQueue(1, 100))
    turned.start()
    turned.write(b"a")

    with pytest.raises(OutageQueueFullError, match="the queue of what waits for it is full"):
        turned.write(b"b")
    assert [b"a"] == list(turned.connect().outbound_messages())


def test_what_waits_fails_when_there_will_be_no_connection(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing that was accepted is silently lost: what nobody waits for is counted in the log."""
    turned = Turned(Backoff(initial_seconds=1, jitter=0, max_attempts=1), OutageQueue(10, 100))
    turned.start()
    kept = turned.write(b"a")
    sending = turned.task(turned.client.send(b"b"))
    turned.refuse()
    turned.loop.advance(1.0)
    turned.refuse()

    assert isinstance(kept, ChannelPromise)
    assert isinstance(kept.error, ClientUnavailableError)
    assert isinstance(sending.exception(), ClientUnavailableError)
    assert 1 == len([text for text in caplog.messages if text.startswith("1 messages that waited for a connection are not sent")])
    with pytest.raises(ClientUnavailableError, match="has given up, 2 attempts failed"):
        turned.write(b"c")


def test_a_cancelled_send_leaves_the_queue() -> None:
    """Its place is free at once, and it never goes out."""
    turned = Turned(STEADY, OutageQueue(1, 100))
    turned.start()
    sending = turned.task(turned.client.send(b"a"))
    turned.do(sending.cancel)
    turned.write(b"b")

    assert [b"b"] == list(turned.connect().outbound_messages())


def test_a_promise_of_another_channel_fails_alone() -> None:
    """What waits behind it goes out."""
    turned = Turned(STEADY, OutageQueue(10, 100))
    turned.start()
    first = turned.connect()
    strange = first.new_promise()
    turned.lose()
    turned.do(lambda: turned.client.write(b"a", strange))
    turned.write(b"b")
    turned.loop.advance(1.0)

    assert [b"b"] == list(turned.connect().outbound_messages())
    assert isinstance(strange.error, ValueError)


def test_the_first_write_begins_a_lazy_client() -> None:
    """Without a queue it fails, and the next may find a connection."""
    turned = Turned()
    with pytest.raises(ClientUnavailableError, match="is connecting"):
        turned.write(b"a")

    turned.loop.run_ready()
    channel = turned.connect()
    turned.write(b"b")
    assert [b"b"] == list(channel.outbound_messages())


# What is told.


def test_the_log_is_limited(caplog: pytest.LogCaptureFixture) -> None:
    """The first attempts, then at numbers that double; a connection and its loss each."""
    turned = Turned()
    turned.start()
    with caplog.at_level(logging.INFO, "pyboot.netty.client"):
        for _ in range(40):
            turned.refuse()
            turned.loop.advance(1.0)
        turned.connect()
        turned.lose()

    assert [1, 2, 4, 8, 16, 32] == [int(text.split("attempt ")[1].split()[0]) for text in caplog.messages if "not connected" in text]
    assert "client 'upstream': is connected to there:80 at attempt 40" in caplog.messages
    assert 1 == len([text for text in caplog.messages if text.startswith("client 'upstream': lost the connection to there:80")])


def test_a_client_counts() -> None:
    """What has become of it so far."""
    turned = Turned()
    turned.start()
    turned.refuse()
    turned.loop.advance(1.0)
    turned.connect()
    turned.lose()

    assert ClientStatistics(connected=1, lost=1, failed=1, queued=0, queued_bytes=0) == turned.client.statistics()
    assert "<NettyClient upstream to there:80 waits before it connects again, 2 attempts>" == repr(turned.client)


def test_a_handler_finds_the_client_of_its_channel() -> None:
    """Handlers of several clients tell by that which one they serve."""
    turned = Turned()
    turned.start()
    channel = turned.connect()
    channel.attr(OF_CHANNEL).set(turned.client)

    assert turned.client is NettyClient.of(channel)
    with pytest.raises(LookupError, match="belongs to no client"):
        NettyClient.of(EmbeddedChannel())


def test_before_the_application_has_started_there_is_nothing() -> None:
    """It says so, instead of waiting for ever."""
    client = NettyClient.wired("upstream")

    with pytest.raises(ClientUnavailableError, match="has not begun to connect"):
        client.write(b"x")
    with pytest.raises(ClientUnavailableError, match="has not begun to connect"):
        client.start()


async def test_other_threads_may_write(caplog: pytest.LogCaptureFixture) -> None:
    """Their operations go to the loop of the application, and errors come back, or into the log where nobody waits."""
    client = NettyClient.wired("upstream")
    client.wire(client._wiring._replace(name="upstream"))
    await client.stop()
    raised: list[BaseException] = []
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def write() -> None:
        for wait in (False, True):
            try:
                outcome = client.write_and_flush(b"x")
                if wait:
                    outcome.result(10)  # type: ignore[attr-defined]  # what another thread gets can be waited for
            except ClientUnavailableError as error:
                raised.append(error)
        loop.call_soon_threadsafe(done.set)

    thread = threading.Thread(target=write)
    thread.start()
    await done.wait()
    thread.join()

    assert 1 == len(raised)
    # The log has the one that nobody waits for; the other as well, where it was over before anybody asked.
    assert 1 <= len([text for text in caplog.messages if "what another thread has written was not sent" in text]) <= 2


# What was cancelled, or has another operation.


def test_a_write_that_nobody_waits_for_any_more_frees_its_place() -> None:
    """Of a limit of one, the next message has it."""
    turned = Turned(STEADY, OutageQueue(1, 100))
    turned.start()
    first = turned.write(b"first")
    assert isinstance(first, ChannelPromise)
    turned.do(first.cancel)
    turned.write(b"second")
    assert [b"second"] == list(turned.connect().outbound_messages())


def test_a_promise_of_another_operation_is_refused_as_by_a_channel() -> None:
    """Nothing that was accepted is lost; a promise that was cancelled before is given back."""
    turned = Turned(STEADY, OutageQueue(10, 100))
    turned.start()
    promise, over, cancelled = ChannelPromise(), ChannelPromise().set_success(), ChannelPromise()
    cancelled.cancel()
    buffer = UnpooledByteBufferAllocator.DEFAULT.buffer(16)
    turned.do(lambda: turned.client.write("first", promise))
    for used in (promise, over):
        with pytest.raises(ValueError, match="wants a promise of its own"):
            turned.do(partial(turned.client.write, buffer.retain(), used))
    assert cancelled is turned.do(lambda: turned.client.write(buffer.retain(), cancelled))
    assert (1, 1) == (turned.client.statistics().queued, buffer.ref_count)


def test_a_client_that_was_stopped_says_so_to_every_thread() -> None:
    """The loop is told of nothing."""
    turned = Turned()
    turned.stop()
    refused: list[BaseException] = []

    def elsewhere() -> None:
        try:
            turned.client.start()
        except ClientUnavailableError as error:
            refused.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert 1 == len(refused)
