"""Reconnecting, on a clock that is turned: what is tried again, when, and what is not."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.embedded.event_loop import EmbeddedEventLoop
from pyboot.components.netty.errors import ChannelError, ClosedChannelError, LoopEndedError
from pyboot.components.netty.transport.backoff import Backoff
from pyboot.components.netty.transport.reconnecting import Reconnecting, ReconnectingListener

REFUSED = ConnectionRefusedError("nobody there")


class Peer:
    """A server that takes connections or not; each attempt is answered by the next of *answers*, all further by a channel."""

    def __init__(
        self,
        *answers: Exception | Callable[[], None],
        backoff: Backoff | None = Backoff(jitter=0),  # noqa: B008  # it cannot change
        listener: ReconnectingListener | None = None,
        ends_with_close: bool = True,
    ) -> None:
        self.loop = EmbeddedEventLoop()
        self.answers = list(answers)
        self.attempts: list[float] = []
        self.channels: list[EmbeddedChannel] = []
        with self.loop.as_running_loop():
            self.reconnecting = Reconnecting(self.attempt, backoff, "there:80", listener, ends_with_close=ends_with_close)
        self.first = self.start(self.reconnecting.first())

    async def attempt(self) -> EmbeddedChannel:
        self.attempts.append(self.loop.time())
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            answer()
        self.channels.append(EmbeddedChannel(loop=self.loop))
        return self.channels[-1]

    def start[T](self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        with self.loop.as_running_loop():
            task = self.loop.create_task(work)
        self.loop.run_ready()
        return task

    def lose(self, error: Exception | None = None) -> None:
        """The connection that is there breaks."""
        with self.loop.as_running_loop():
            self.channels[-1].lost(error)
        self.loop.run_ready()

    def close(self) -> None:
        """The user closes it."""
        with self.loop.as_running_loop():
            self.channels[-1].close()
        self.loop.run_ready()

    @property
    def is_over(self) -> bool:
        """Nothing runs, and nothing waits to run."""
        with self.loop.as_running_loop():
            return not asyncio.all_tasks(self.loop) and self.loop.next_timer() is None


def test_the_first_channel_is_the_answer() -> None:
    """There is no wait before the first attempt."""
    peer = Peer()

    assert peer.channels == [peer.first.result()]
    assert [0.0] == peer.attempts


def test_failed_attempts_are_made_again_after_growing_waits() -> None:
    """The answer is the channel of the attempt that succeeds."""
    peer = Peer(REFUSED, TimeoutError(), ChannelError("handshake"))
    peer.loop.advance(3.4)
    assert not peer.first.done()
    peer.loop.advance(0.1)

    assert [0.0, 0.5, 1.5, 3.5] == peer.attempts
    assert peer.channels == [peer.first.result()]


def test_a_connection_that_is_lost_is_made_again_with_a_new_channel() -> None:
    """After the first wait: a server that has just died is not there yet."""
    peer = Peer()
    peer.loop.advance(100)
    peer.lose(ConnectionResetError())
    peer.loop.advance(0.5)

    assert [0.0, 100.5] == peer.attempts
    assert 2 == len(set(peer.channels))


def test_a_connection_that_was_stable_starts_the_waits_again() -> None:
    """One that breaks sooner goes on where the attempts before it stopped."""
    peer = Peer(REFUSED, REFUSED)
    peer.loop.advance(1.5)
    peer.loop.advance(9.5)
    peer.lose()
    peer.loop.advance(2)
    peer.loop.advance(10)
    peer.lose()
    peer.loop.advance(0.5)

    assert [0.0, 0.5, 1.5, 13.0, 23.5] == peer.attempts


def test_a_connection_that_its_user_closes_stays_closed() -> None:
    """And nothing is left behind."""
    peer = Peer()
    peer.close()
    peer.loop.advance(100)

    assert [0.0] == peer.attempts
    assert peer.is_over


def test_it_is_given_up_after_the_last_attempt(caplog: pytest.LogCaptureFixture) -> None:
    """The answer raises what the last attempt raised."""
    last = ConnectionRefusedError("still nobody there")
    peer = Peer(REFUSED, REFUSED, last, backoff=Backoff(jitter=0, max_attempts=2))
    peer.loop.advance(100)

    assert [0.0, 0.5, 1.5] == peer.attempts
    assert last is peer.first.exception()
    assert "there:80: not connected (still nobody there); gave up after 2 further attempts" == caplog.messages[-1]
    assert peer.is_over


def test_a_lost_connection_is_given_up_after_the_last_attempt() -> None:
    """The answer was given long before."""
    peer = Peer(lambda: None, REFUSED, backoff=Backoff(jitter=0, max_attempts=1))
    peer.lose()
    peer.loop.advance(100)

    assert [0.0, 0.5] == peer.attempts
    assert peer.is_over
    assert [] == peer.loop.errors


def test_a_mistake_is_not_made_again(caplog: pytest.LogCaptureFixture) -> None:
    """Before the first channel the answer raises it, after it the log tells."""
    mistake = TypeError("no callback")
    assert mistake is Peer(mistake).first.exception()

    peer = Peer(lambda: None, mistake)
    peer.lose()
    peer.loop.advance(100)

    assert [0.0, 0.5] == peer.attempts
    assert "there:80: not connected again, because of an error" == caplog.messages[-1]
    assert peer.is_over


def test_a_group_that_was_shut_down_ends_it_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    """There is no loop to connect on."""
    peer = Peer(lambda: None, LoopEndedError("group"))
    peer.lose()
    caplog.clear()
    peer.loop.advance(100)

    assert [] == caplog.messages
    assert peer.is_over


def test_stopping_ends_the_wait() -> None:
    """The timer goes with it; who waited for the first channel is told."""
    peer = Peer(REFUSED)
    stopped = peer.start(peer.reconnecting.stop())

    assert stopped.done()
    assert isinstance(peer.first.exception(), ClosedChannelError)
    assert "connecting to there:80 was stopped" == str(peer.first.exception())
    assert peer.is_over


def test_stopping_leaves_a_channel_that_is_connected() -> None:
    """It is not connected again when it is lost."""
    peer = Peer()
    peer.start(peer.reconnecting.stop())
    assert peer.channels[0].is_active
    peer.lose()
    peer.loop.advance(100)

    assert [0.0] == peer.attempts
    assert peer.is_over


@pytest.mark.parametrize("outcome", [None, REFUSED])
def test_an_attempt_may_stop_it_from_inside(outcome: Exception | None) -> None:
    """As a callback does that closes the bootstrap: it must not wait for itself."""

    class Stopping(Peer):
        async def attempt(self) -> EmbeddedChannel:
            await self.reconnecting.stop()
            return await super().attempt()

    peer = Stopping(*([outcome] if outcome else []))
    if peer.channels:
        peer.lose()
    peer.loop.advance(100)

    assert [0.0] == peer.attempts
    assert outcome is peer.first.exception()
    assert peer.is_over


def test_cancelling_the_answer_ends_it() -> None:
    """Nobody would have the channel."""
    peer = Peer(REFUSED)
    peer.first.cancel()
    peer.loop.advance(100)

    assert [0.0] == peer.attempts
    assert peer.first.cancelled()
    assert peer.is_over


def test_a_channel_that_comes_while_the_answer_is_cancelled_is_aborted() -> None:
    """It came in the very moment that nobody waited any more."""
    peer = Peer(REFUSED)

    def cancel_soon() -> None:
        peer.loop.call_soon(peer.first.cancel)

    peer.answers.append(cancel_soon)
    peer.loop.advance(0.5)

    assert peer.first.cancelled()
    assert [False] == [channel.is_open for channel in peer.channels]
    assert peer.is_over


def test_each_wait_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """What happened, which attempt is next, and when; and that it is over."""
    caplog.set_level(logging.INFO)
    peer = Peer(REFUSED)
    peer.loop.advance(20)
    peer.lose(ConnectionResetError("by peer"))
    peer.loop.advance(1)

    assert [
        "there:80: not connected (nobody there); attempt 1 in 0.5 s",
        "there:80: connected at attempt 1",
        "there:80: lost (by peer); attempt 1 in 0.5 s",
        "there:80: connected at attempt 1",
    ] == [message for message in caplog.messages if message.startswith("there")]


def test_it_tells_its_end() -> None:
    """To who waits, and to who asked to be told."""
    peer = Peer()
    told: list[str] = []
    peer.reconnecting.add_done_callback(lambda: told.append("over"))
    ended = peer.start(peer.reconnecting.wait_closed())
    assert (False, []) == (ended.done(), told)
    peer.close()

    assert (True, ["over"]) == (ended.done(), told)
    assert "<Reconnecting there:80 over>" == repr(peer.reconnecting)


class Diary(ReconnectingListener):
    """Notes what it is told."""

    def __init__(self) -> None:
        super().__init__("there:80")
        self.moves: list[object] = []

    def attempting(self) -> None:
        self.moves.append("attempting")

    def connected(self, channel: Channel, failures: int) -> None:
        self.moves.append(("connected", failures))

    def waiting(self, what: str, error: Exception, failures: int, seconds: float) -> None:
        self.moves.append((what, failures, seconds))

    def gave_up(self, what: str, error: Exception, failures: int) -> None:
        self.moves.append(("gave up", what, failures))

    def over(self, error: Exception | None) -> None:
        self.moves.append(("over", type(error)))


def test_a_listener_is_told_of_each_move_in_order() -> None:
    """And of the end, once, with its reason."""
    diary = Diary()
    peer = Peer(REFUSED, backoff=Backoff(jitter=0, max_attempts=2), listener=diary)
    peer.loop.advance(0.5)
    peer.answers = [REFUSED]
    peer.lose()
    peer.loop.advance(1.0)

    assert [
        "attempting", ("not connected", 1, 0.5), "attempting", ("connected", 1), ("lost", 2, 1.0), "attempting",
        ("gave up", "not connected", 2), ("over", ConnectionRefusedError),
    ] == diary.moves  # fmt: skip


def test_a_listener_is_told_that_it_was_stopped() -> None:
    """There is no reason then."""
    diary = Diary()
    peer = Peer(REFUSED, listener=diary)

    peer.start(peer.reconnecting.stop())

    assert ("over", type(None)) == diary.moves[-1]


def test_without_a_backoff_there_is_one_attempt() -> None:
    """A loss is the end as well."""
    diary = Diary()
    peer = Peer(backoff=None, listener=diary)
    peer.lose()

    assert ["attempting", ("connected", 0), ("gave up", "lost", 0), ("over", ClosedChannelError)] == diary.moves
    assert peer.is_over


def test_a_close_here_may_be_a_loss_like_any_other() -> None:
    """For who keeps a connection whatever its handlers do with it."""
    peer = Peer(backoff=Backoff(jitter=0), ends_with_close=False)
    peer.close()
    peer.loop.advance(0.5)

    assert 2 == len(peer.channels)
