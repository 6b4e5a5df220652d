"""ApplicationRegistrator: keeps admin servers told of the application while it is ready. Source: ``DefaultApplicationRegistrator``.

The laws:

- **Told again each period**: the admin server may have been started anew, and forgets what it held in memory.
- **A server that is away costs nothing**: attempts come apart, from a second to a minute, at random within half of it, so that a hundred
  applications do not come back at once. The log tells the first that failed, then how many there were, when one succeeds or at the end.
- **An orderly end is told**, within two seconds, and as many for a telling that is under way; and not by one worker of several while
  the others go on.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Protocol, final

from pyboot.boot import EventListener, Phase
from pyboot.boot.lifecycle.events import ApplicationReadyEvent
from pyboot.components.netty import HttpClientError

from .client import RegistrationError
from .properties import AdminClientProperties
from .registration import Registration

_log = logging.getLogger("pyboot.actuator.admin")

_FIRST_SECONDS: Final = 1.0
_MOST_SECONDS: Final = 60.0
_FAREWELL_SECONDS: Final = 2.0
_ANY: Final = (RegistrationError, HttpClientError, OSError)


class Client(Protocol):
    """What tells admin servers: a `RegistrationClient`."""

    async def register(self, target: str, registration: Registration) -> str:
        """Tell the server at *target*; return the id that it gives."""

    async def deregister(self, target: str, id: str) -> None:
        """Have it forget *id*."""

    async def close(self) -> None:
        """Close its connections."""


def delay_seconds(failures: int, period_seconds: float, chance: Callable[[], float] = random.random) -> float:
    """Return how long to wait after so many *failures* in a row; *chance* is from 0 up to 1."""
    if not failures:
        return period_seconds
    most: float = min(_FIRST_SECONDS * 2 ** min(failures - 1, 16), max(_MOST_SECONDS, period_seconds))
    return most * (0.5 + chance() / 2)


@final
class ApplicationRegistrator:
    """Tells the servers of *settings* what *registration* says when the application is ready; a lifecycle bean."""

    phase = Phase.LAST - 512
    keeps_alive = False

    def __init__(
        self,
        settings: AdminClientProperties,
        registration: Callable[[], Registration],
        client: Client,
        *,
        is_last: Callable[[], bool] = lambda: True,
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Take what is told, and what tells it; *is_last* says at the end whether no other process of the application goes on."""
        self._settings = settings
        self._registration = registration
        self._client = client
        self._is_last = is_last
        self._wait = wait
        self._failures = 0
        self._told: dict[str, str] = {}  # the ids by targets
        self._task: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def ids(self) -> dict[str, str]:
        """The ids that admin servers have given, by the URLs that took the instance."""
        return dict(self._told)

    def start(self) -> None:
        """Wait until the application is ready."""

    @EventListener
    def on_ready(self, event: ApplicationReadyEvent) -> None:
        """Begin to tell."""
        if self._settings.auto_registration:
            self._task = asyncio.get_running_loop().create_task(self._keep_told(), name="tell the admin server")

    async def stop(self) -> None:
        """Tell no more; have them forget the application where that is wanted."""
        task, self._task = self._task, None
        if task is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_FAREWELL_SECONDS):
                    await self._idle.wait()  # one that is under way may be known there, by an id that we have not heard yet
            task.cancel()
            await asyncio.wait([task])
        if self._failures:
            _log.warning("the admin server was not reached: %d attempts failed", self._failures)
        try:
            if self._settings.auto_deregistration and self._is_last():
                await self._leave()
        finally:
            await self._client.close()

    async def register(self) -> bool:
        """Tell the servers now: the first that takes it, or all; tell whether any has taken it."""
        registration, errors = self._registration(), list[str]()
        taken = False
        for target in self._settings.targets:
            try:
                id = await self._client.register(target, registration)
            except _ANY as error:
                errors.append(str(error) or type(error).__name__)
                continue
            self._has_taken(target, id, registration)
            taken = True
            if self._settings.register_once:
                break
        if not taken:
            self._has_failed(errors)
        return taken

    async def _keep_told(self) -> None:
        while True:
            self._idle.clear()
            try:
                await self.register()
            finally:
                self._idle.set()
            await self._wait(delay_seconds(self._failures, self._settings.period.total_seconds()))

    def _has_taken(self, target: str, id: str, registration: Registration) -> None:
        failures, self._failures = self._failures, 0
        if self._told.get(target) != id or failures:
            after = f", after {failures} attempts that failed" if failures else ""
            _log.info("%s is known to %s as %s%s", registration.name, target, id, after)
        if self._settings.register_once:
            self._told.clear()
        self._told[target] = id

    def _has_failed(self, errors: list[str]) -> None:
        self._failures += 1
        level = logging.WARNING if self._failures == 1 else logging.DEBUG
        _log.log(level, "the admin server does not take the application: %s; it is tried again", "; ".join(errors))

    async def _leave(self) -> None:
        for target, id in self._told.items():
            try:
                async with asyncio.timeout(_FAREWELL_SECONDS / len(self._told)):
                    await self._client.deregister(target, id)
            except (*_ANY, TimeoutError) as error:
                _log.warning("%s was not told of the end: %s", target, str(error) or f"no answer within {_FAREWELL_SECONDS:g} s")
