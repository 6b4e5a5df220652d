"""HttpTimeouts, and the deadlines of one request: each wait ends with its phase or with the whole, whichever is first.

The whole is a moment, the phases are durations. A wait takes the smaller of what its phase may take and what is left of the whole, and the
error names the one that it was. No scope is held open between two waits: what the program does with a response meanwhile is its own.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import final

from pyboot.components.netty.channel.life.deadline import DeadlineScope

from .errors import HttpPhase, HttpTimeoutError

__all__ = ["Deadlines", "HttpTimeouts", "PhaseScope"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTimeouts:
    """Seconds that each phase of a request may take; None or 0 for ever.

    Args:
        connect: to find the host's address, connect, open a tunnel and shake hands, 10 by default.
        acquire: to wait for a connection of the pool, where all that are allowed are in use, 10 by default.
        response: from when the request is sent until the head of its response, 30 by default.
        read: between two pieces of the response's content, 30 by default.
        total: for all of it, redirects and retries and the reading of the content included; for ever by default.

    A peer that does not take a request is the matter of the channel option ``WRITE_STALL_TIMEOUT``. Raises ValueError for seconds below 0.
    """

    connect: float | None = 10.0
    acquire: float | None = 10.0
    response: float | None = 30.0
    read: float | None = 30.0
    total: float | None = None

    def __post_init__(self) -> None:
        for name in self.__slots__:
            seconds = getattr(self, name)
            if seconds is not None and not seconds >= 0:
                raise ValueError(f"{name} timeout of {seconds} s, must be 0, for ever, or more")

    def of(self, phase: HttpPhase) -> float | None:
        """The seconds of *phase*; None for ever."""
        seconds: float | None = getattr(self, phase.value)
        return seconds or None


@final
class Deadlines:
    """The deadlines of one request, from its beginning; on the running loop."""

    __slots__ = ("_end", "_loop", "_timeouts")

    def __init__(self, timeouts: HttpTimeouts) -> None:
        self._loop = asyncio.get_running_loop()
        self._timeouts = timeouts
        self._end = None if not timeouts.total else self._loop.time() + timeouts.total

    def scope(self, phase: HttpPhase) -> PhaseScope:
        """``async with deadlines.scope(phase):`` around what has to be waited for in *phase*."""
        seconds = self._timeouts.of(phase)
        if self._end is not None:
            left = max(self._end - self._loop.time(), 0.0)
            if seconds is None or left < seconds:
                assert self._timeouts.total is not None
                return PhaseScope(left, HttpPhase.TOTAL, self._timeouts.total)
        return PhaseScope(seconds, phase, seconds)


@final
class PhaseScope:
    """``async with``: raises `HttpTimeoutError` when *seconds* are over, of *allowed* for *phase*; a TimeoutError from inside passes."""

    __slots__ = ("_allowed", "_phase", "_scope")

    def __init__(self, seconds: float | None, phase: HttpPhase, allowed: float | None) -> None:
        self._scope = DeadlineScope(seconds)
        self._phase = phase
        self._allowed = allowed

    async def __aenter__(self) -> None:
        await self._scope.__aenter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            await self._scope.__aexit__(kind, error, trace)
        except TimeoutError:
            assert self._allowed is not None
            raise HttpTimeoutError(self._phase, self._allowed) from None
