"""A client under any schedule: loss, close, stop, failure and writes at any moment, against a model that is a few lines long.

What holds after every step: the state is that of the model; there is a channel exactly while it is connected; each message was sent once,
on one connection, in the order of the writes, or its writer was told that it was not; nothing is held that nobody will ever hear of.
"""

import random
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty import ChannelPromise, EmbeddedChannel
from pyboot.components.netty.errors import ChannelError
from pyboot.components.netty.transport.backoff import Backoff
from pyboot.netty.client.errors import ClientUnavailableError
from pyboot.netty.client.outage import OutageQueue
from pyboot.netty.client.state import ENDS, ClientState

from .turned import REFUSED, Turned

STEPS = 200
LIMIT = 5  # of the queue
ATTEMPTS = 4  # further ones in a row, when they are limited


class Model:
    """What the client should be, and what should have become of each message."""

    def __init__(self, turned: Turned, seed: int, *, queues: bool, gives_up: bool) -> None:
        self.turned, self.queues, self.gives_up = turned, queues, gives_up
        self.random = random.Random(seed)
        self.state = ClientState.NEW
        self.failures = 0  # in a row, of this start
        self.written = 0
        self.promises: list[ChannelPromise] = []
        self.expected: list[int] = []  # the messages that are sent, in their order
        self.waiting: deque[int] = deque()

    def step(self) -> str:
        """Do one thing that can happen now; return what it was."""
        act: Callable[[], None] = self.random.choice(self._possible())
        act()
        return getattr(act, "__name__", "")

    def _possible(self) -> list[Callable[[], None]]:
        acts: list[Callable[[], None]] = [self.write, self.write, self.write]
        if self.state is ClientState.CONNECTING:
            acts += [self.connect, self.connect, self.refuse, self.connect_and_lose]
        if self.state is ClientState.CONNECTED:
            acts += [self.lose, self.close]
        if self.state is ClientState.WAITING:
            acts += [self.wait, self.wait]
        if self.state in (ClientState.NEW, ClientState.GAVE_UP):
            acts.append(self.start)
        if self.random.random() < 0.01:
            acts.append(self.stop)
        return acts

    def write(self) -> None:
        number, self.written = self.written, self.written + 1
        if self.state is ClientState.NEW:
            self.state = ClientState.CONNECTING
        kept = self.queues and self.state not in ENDS and len(self.waiting) < LIMIT
        if self.state is ClientState.CONNECTED:
            self.expected.append(number)
        elif kept:
            self.waiting.append(number)
        promise = ChannelPromise()
        self.promises.append(promise)
        self.turned.do(lambda: self.turned.client.write_and_flush(b"%d" % number, promise))
        if self.state is not ClientState.CONNECTED and not kept:
            assert isinstance(promise.error, ClientUnavailableError)

    def start(self) -> None:
        self.failures = 0
        self.turned.start()
        self.state = ClientState.CONNECTING

    def connect(self) -> None:
        self.expected += self.waiting
        self.waiting.clear()
        self.turned.connect()
        self.state = ClientState.CONNECTED

    def connect_and_lose(self) -> None:
        """The connection is gone before anybody has noticed that it was there."""
        with self.turned.loop.as_running_loop():
            channel = EmbeddedChannel(loop=self.turned.loop)
            channel.close()
        self.turned.channels.append(channel)
        self.turned.do(lambda: self.turned.pending[0].set_result(channel))
        self._failed()

    def refuse(self) -> None:
        self.turned.refuse(self.random.choice([REFUSED, TimeoutError("slow"), ChannelError("handshake")]))
        self._failed()

    def lose(self) -> None:
        self.turned.lose(self.random.choice([None, ConnectionResetError("gone")]))
        self._failed()

    def close(self) -> None:
        self.turned.do(self.turned.channels[-1].close)
        self._failed()

    def _failed(self) -> None:
        self.failures += 1
        is_over = self.gives_up and self.failures > ATTEMPTS
        self.state = ClientState.GAVE_UP if is_over else ClientState.WAITING
        if is_over:
            self.waiting.clear()

    def wait(self) -> None:
        self.turned.loop.advance(1.0)
        self.state = ClientState.CONNECTING

    def stop(self) -> None:
        self.turned.stop()
        self.waiting.clear()
        self.state = ClientState.STOPPED

    def check(self) -> None:
        """What holds at rest."""
        client = self.turned.client
        assert self.state is client.state
        assert (client.channel is not None) == (self.state is ClientState.CONNECTED)
        assert client.channel is None or client.channel.is_active
        assert len(self.waiting) == client.statistics().queued
        sent = [int(msg) for channel in self.turned.channels for msg in channel.outbound_messages()]
        assert self.expected == sent
        pending = [number for number, promise in enumerate(self.promises) if not promise.is_done]
        assert list(self.waiting) == pending
        assert sorted(sent) == [number for number, promise in enumerate(self.promises) if promise.is_success]


@pytest.mark.parametrize("queues", [True, False])
@pytest.mark.parametrize("gives_up", [True, False])
@pytest.mark.parametrize("seed", range(25))
def test_any_schedule_leaves_the_client_where_the_model_is(seed: int, gives_up: bool, queues: bool) -> None:
    """And after a stop nothing runs, and everybody was told."""
    backoff = Backoff(initial_seconds=1, multiplier=1, jitter=0, stable_seconds=1e9, max_attempts=ATTEMPTS if gives_up else 0)
    turned = Turned(backoff, OutageQueue(LIMIT, 1 << 20) if queues else None)
    model = Model(turned, seed, queues=queues, gives_up=gives_up)
    done: list[str] = []

    for _ in range(STEPS):
        done.append(model.step())
        try:
            model.check()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, after {' '.join(done[-20:])}: {error}") from error
        if model.state is ClientState.STOPPED:
            break
    else:
        model.stop()
        model.check()

    assert turned.is_at_rest
    assert [] == [promise for promise in model.promises if not promise.is_done]
    _check_story(turned)


def _check_story(turned: Turned) -> None:
    """The events tell the same story: a connection is announced before its loss, and none of the two twice."""
    is_there = False
    for name in turned.heard:
        if name == "ClientConnected":
            assert not is_there
            is_there = True
        elif name == "ClientDisconnected":
            assert is_there
            is_there = False
        else:
            assert not is_there
    counts: dict[str, Any] = turned.client.statistics()._asdict()
    assert (counts["connected"], counts["lost"]) == (turned.heard.count("ClientConnected"), turned.heard.count("ClientDisconnected"))
    assert not is_there
