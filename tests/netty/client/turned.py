"""A client on a clock that is turned: its peer answers each attempt as it is told, its connections are embedded channels."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from pyboot.components.netty import Channel, ChannelHandler, EmbeddedChannel
from pyboot.components.netty.channel.embedded.event_loop import EmbeddedEventLoop
from pyboot.components.netty.limited_log import LimitedLog
from pyboot.components.netty.transport.backoff import Backoff
from pyboot.netty.client.client import NettyClient
from pyboot.netty.client.events import ClientEvent
from pyboot.netty.client.outage import OutageQueue
from pyboot.netty.client.wiring import Wiring

REFUSED = ConnectionRefusedError("nobody there")
STEADY = Backoff(initial_seconds=1.0, multiplier=1.0, jitter=0)


class Turned:
    """The client, its peer, and what the application heard. An attempt waits for `connect` or `refuse`."""

    def __init__(
        self, backoff: Backoff | None = STEADY, queue: OutageQueue | None = None, *handlers: Callable[[], ChannelHandler[Any]]
    ) -> None:
        """A client that has not begun."""
        self.loop = EmbeddedEventLoop()
        self.handlers = handlers
        self.pending: list[asyncio.Future[EmbeddedChannel]] = []
        self.channels: list[EmbeddedChannel] = []
        self.events: list[ClientEvent] = []
        self.client = NettyClient.wired("upstream")
        wiring = Wiring("upstream", "there:80", self._attempt, self._close, backoff, queue, self._publish, LimitedLog("of clients"))
        with self.loop.as_running_loop():
            self.client.wire(wiring)

    async def _attempt(self, client: NettyClient) -> Channel:
        answer: asyncio.Future[EmbeddedChannel] = self.loop.create_future()
        self.pending.append(answer)
        try:
            return await answer
        finally:
            self.pending.remove(answer)

    async def _close(self) -> None:
        for channel in self.channels:
            with contextlib.suppress(ConnectionError):  # the error of a loss, which an embedded channel raises at the next call
                channel.close()

    def _publish(self, event: object) -> None:
        assert isinstance(event, ClientEvent)
        self.events.append(event)

    def do[T](self, act: Callable[[], T]) -> T:
        """Act on the loop, and let it come to rest."""
        with self.loop.as_running_loop():
            outcome = act()
        self.loop.run_ready()
        return outcome

    def task[T](self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin *work*, as far as it goes."""
        return self.do(lambda: self.loop.create_task(work))

    def start(self) -> None:
        """Begin to connect."""
        self.do(self.client.start)

    def connect(self) -> EmbeddedChannel:
        """The peer takes the connection that is asked for."""
        with self.loop.as_running_loop():
            channel = EmbeddedChannel(*(make() for make in self.handlers), loop=self.loop)
        self.channels.append(channel)
        self.do(lambda: self.pending[0].set_result(channel))
        return channel

    def refuse(self, error: Exception = REFUSED) -> None:
        """It does not."""
        self.do(lambda: self.pending[0].set_exception(error))

    def lose(self, error: Exception | None = None) -> None:
        """The connection that is there breaks."""
        self.do(lambda: self.channels[-1].lost(error))

    def write(self, msg: object) -> Awaitable[Any]:
        """Write and flush, on the loop."""
        return self.do(lambda: self.client.write_and_flush(msg))

    def stop(self) -> asyncio.Task[None]:
        """Stop the client."""
        return self.task(self.client.stop())

    @property
    def heard(self) -> list[str]:
        """The kinds of the events."""
        return [type(event).__name__ for event in self.events]

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing runs, and nothing waits to run."""
        with self.loop.as_running_loop(), contextlib.suppress(RuntimeError):
            return not asyncio.all_tasks(self.loop)
        return False
