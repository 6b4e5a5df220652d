"""Reconnecting: a connection that is made again whenever it is lost, and as often as it takes.

::

    attempt ── failed ──> wait ──> attempt ── connected ──> stay ── lost ──> wait ──> attempt ...
                           │                                 │
                           no further wait: give up          closed here: over

A channel lives once: each attempt makes a new one, with a fresh pipeline. Lost is what its user did not close: the peer ended
or reset it, an error that no handler caught closed it, or a handler gave it up (`Channel.closed_here` tells). What runs is one
task on one loop; while it waits there is one timer, and when it is over there is neither.

The law of failures: attempts that failed and connections that were lost are counted in a row, and the waits between them grow in step. Only
a connection that has lasted `Backoff.stable_seconds` begins both anew: a peer that accepts and closes at once is one that fails.

A `ReconnectingListener` is told of each move, in this order, and may not raise::

    attempting ── waiting ── attempting ── connected ── waiting ── ... ── over
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, final

from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.errors import ClosedChannelError, LoopEndedError, NettyError

from .backoff import Backoff

__all__ = ["Reconnecting", "ReconnectingListener"]

_log = logging.getLogger(__name__)


class ReconnectingListener:
    """Hears what becomes of a connection to *where* that is made again; this one writes each move to the log."""

    def __init__(self, where: object) -> None:
        self.where = where

    def attempting(self) -> None:
        """An attempt begins."""

    def connected(self, channel: Channel, failures: int) -> None:
        """*channel* is there, after so many failures in a row."""
        if failures:
            _log.info("%s: connected at attempt %d", self.where, failures)

    def waiting(self, what: str, error: Exception, failures: int, seconds: float) -> None:
        """An attempt failed, or the connection was lost (*what* says it) because of *error*: the next attempt is in so many seconds."""
        _log.warning("%s: %s (%s); attempt %d in %.1f s", self.where, what, error, failures, seconds)

    def gave_up(self, what: str, error: Exception, failures: int) -> None:
        """As `waiting`, but there is no further attempt; it is over next."""
        _log.error("%s: %s (%s); gave up after %d further attempts", self.where, what, error, failures)

    def over(self, error: Exception | None) -> None:
        """Nothing is tried any more, because of *error*, or without one: it was closed or stopped here."""


@final
class Reconnecting[C: Channel]:
    """Keeps a connection to *where* by calling *attempt*, which gives a connected channel or raises. Made on the loop that runs it.

    Args:
        backoff: how long to wait; None for no second attempt.
        listener: who is told of each move; by default the log.
        ends_with_close: whether a channel that was closed here is the end of it.

    An attempt failed if it raised OSError or `NettyError`; any other error is a mistake that waiting does not mend, and ends it, as
    does the end of the group's loops.
    """

    def __init__(
        self,
        attempt: Callable[[], Awaitable[C]],
        backoff: Backoff | None,
        where: object,
        listener: ReconnectingListener | None = None,
        *,
        ends_with_close: bool = True,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self._attempt = attempt
        self._backoff = backoff
        self._where = where
        self._listener = ReconnectingListener(where) if listener is None else listener
        self._ends_with_close = ends_with_close
        self._failures = 0
        self._since: float | None = None  # when the connection that is there was made
        self._is_stopped = False
        self._first: asyncio.Future[C] = self.loop.create_future()
        self._task = self.loop.create_task(self._run())

    @property
    def failures(self) -> int:
        """The number of attempts that failed and connections that were lost in a row; 0 as soon as a connection has lasted."""
        return 0 if self._has_lasted() else self._failures

    async def first(self) -> C:
        """The first channel, when there is one. If cancelled, it is all over.

        Raises the error of the last attempt when it is given up, `ClosedChannelError` when it is stopped before.
        """
        # By `wait`, which hands no cancellation on to the future: others may be told of the first channel too.
        try:
            await asyncio.wait((self._first,))
            return self._first.result()
        except asyncio.CancelledError:
            self.abort()
            await self.wait_closed()
            raise

    async def stop(self) -> None:
        """Make no further attempt; a channel that is connected stays. Returns when nothing is left to stop; on its loop."""
        self._is_stopped = True
        if asyncio.current_task() is not self._task:  # a callback of an attempt may want to stop it all
            self._task.cancel()
            await asyncio.wait((self._task,))  # which does not raise its cancellation here

    def abort(self) -> None:
        """Make no further attempt, and abort the first channel, also one that comes in this very moment: nobody gets it. On its loop."""
        self._is_stopped = True
        self._first.add_done_callback(_abort)
        self._task.cancel()

    async def wait_closed(self) -> None:
        """Wait until it is over; on its loop."""
        await asyncio.wait((self._task,))

    def add_done_callback(self, callback: Callable[[], object]) -> None:
        """Call *callback* when it is over."""
        self._task.add_done_callback(lambda _: callback())

    async def _run(self) -> None:
        failure: Exception | None = None
        try:
            await self._keep()
        except Exception as error:  # noqa: BLE001  # whatever it is, it ends here, and somebody hears of it
            failure = error
            self._fail(error)
        finally:
            if not self._first.done():
                self._fail(ClosedChannelError(f"connecting to {self._where} was stopped"))
            self._listener.over(failure)

    def _fail(self, error: Exception) -> None:
        if not self._first.done():
            self._first.set_exception(error)
            self._first.exception()  # whoever was interested may have gone
        elif isinstance(error, LoopEndedError):
            _log.debug("%s: not connected again, the group was shut down", self._where)
        elif not isinstance(error, OSError | NettyError):
            _log.error("%s: not connected again, because of an error", self._where, exc_info=error)

    async def _keep(self) -> None:
        waits = self._waits()
        while True:
            channel = await self._connect(waits)
            if not self._first.done():
                self._first.set_result(channel)
            await channel.sync()
            if self._is_stopped or (channel.closed_here and self._ends_with_close):
                return
            if self._has_lasted():
                waits = self._waits()
                self._failures = 0
            self._since = None
            await self._wait(waits, channel.close_cause or ClosedChannelError(f"{channel!r} was lost"), "lost")

    def _has_lasted(self) -> bool:
        """Tell whether there is a connection, and its time is that of a good one."""
        return self._since is not None and self._backoff is not None and self.loop.time() - self._since >= self._backoff.stable_seconds

    def _waits(self) -> Iterator[float]:
        return iter(()) if self._backoff is None else self._backoff.waits()

    async def _connect(self, waits: Iterator[float]) -> C:
        while True:
            self._listener.attempting()
            try:
                channel = await self._attempt()
            except LoopEndedError:
                raise
            except (OSError, NettyError) as error:
                await self._wait(waits, error, "not connected")
            else:
                self._listener.connected(channel, self._failures)
                self._since = self.loop.time()
                return channel

    async def _wait(self, waits: Iterator[float], error: Exception, what: str) -> None:
        """The seconds until the next attempt; raises *error* when there is to be none."""
        if self._is_stopped:
            raise error
        seconds = next(waits, None)
        if seconds is None:
            self._listener.gave_up(what, error, self._failures)
            raise error
        self._failures += 1
        self._listener.waiting(what, error, self._failures, seconds)
        await asyncio.sleep(seconds)

    def __repr__(self) -> str:
        return f"<Reconnecting {self._where} {'over' if self._task.done() else f'{self.failures} attempts'}>"


def _abort(first: asyncio.Future[Any]) -> None:
    if first.exception() is None:
        first.result().abort()
