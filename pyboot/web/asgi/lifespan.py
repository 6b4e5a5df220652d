"""Lifespan: an application hears of the start and the end of the server. Source: the ASGI lifespan specification 2.0.

The law of lifespans: the application runs in one task from start to end, so that what it enters there it leaves there. One that raises
before it has heard of the start does not know the protocol, and is served without; one that says ``startup.failed``, or raises later,
stops the start. Nobody waits at the end for an application that has ended by itself.
"""

import asyncio
import logging
from enum import Enum
from typing import Any, final

from pyboot.web.errors import LifespanError

from .protocol import AsgiApplication, Message

_log = logging.getLogger("pyboot.web")


class LifespanState(Enum):
    """How far the lifespan of an application is; each follows the one above it."""

    NEW = "new"
    STARTING = "starting"
    RUNNING = "running"
    UNSUPPORTED = "unsupported"  # it does not know the protocol
    STOPPING = "stopping"
    ENDED = "ended"


@final
class Lifespan:
    """The lifespan of one *application*, called *name* in reports; ``shared`` is what it lays into ``scope["state"]``."""

    def __init__(self, application: AsgiApplication, name: str) -> None:
        """Begin before the start."""
        self.shared: dict[str, Any] = {}
        self.state = LifespanState.NEW
        self._application = application
        self._name = name
        self._heard = False
        self._told: asyncio.Queue[Message] = asyncio.Queue()
        self._answer: asyncio.Future[str | None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Let the application begin.

        Raises:
            LifespanError: it has refused, or raised.
        """
        self.state = LifespanState.STARTING
        try:
            reason = await self._ask("lifespan.startup")
        except asyncio.CancelledError:
            await self._cancel()
            raise
        if reason is not None:
            await self._cancel()
            self.state = LifespanState.ENDED
            raise LifespanError(self._name, reason)
        if self.state is LifespanState.STARTING:
            self.state = LifespanState.RUNNING

    async def stop(self) -> None:
        """Let the application end; what it says of a failure is logged. A cancel cancels the application."""
        if self.state is not LifespanState.RUNNING:
            return
        self.state = LifespanState.STOPPING
        try:
            reason = await self._ask("lifespan.shutdown")
            if reason is not None:
                _log.error("the application %s could not end: %s", self._name, reason or "it did not say why")
        finally:
            await self._cancel()
            self.state = LifespanState.ENDED

    async def _ask(self, event: str) -> str | None:
        """Tell the application of *event*; return why it failed, or ``None``."""
        self._answer = asyncio.get_running_loop().create_future()
        self._told.put_nowait({"type": event})
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"lifespan of {self._name}")
        elif self._task.done():
            return None
        return await self._answer

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.shared}
        try:
            await self._application(scope, self._receive, self._send)
        except BaseException as error:
            self._over(error)
            if not isinstance(error, Exception):
                raise
        else:
            self._over(None)

    def _over(self, error: BaseException | None) -> None:
        """Take note that the application's task is over, with *error*."""
        is_known = self._answer is not None and self._answer.done()
        if self.state is LifespanState.STARTING and not is_known:
            # Nothing said of the start: it does not know the protocol. One that has heard of it and then raised meant to start.
            if error is not None and self._heard:  # or cancelled itself
                _log.error("the application %s has raised at its start", self._name, exc_info=error)
                self._say(f"{type(error).__name__}: {error}")
                return
            self.state = LifespanState.UNSUPPORTED
            _log.debug("the application %s does not take part in the lifespan protocol", self._name, exc_info=error)
        elif isinstance(error, Exception):
            _log.error("the lifespan of the application %s has raised", self._name, exc_info=error)
        self._say(None if error is None or self.state is LifespanState.UNSUPPORTED else f"{type(error).__name__}: {error}")

    def _say(self, reason: str | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(reason)

    async def _receive(self) -> Message:
        message = await self._told.get()
        self._heard = True
        return message

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        expected = "lifespan.startup" if self.state is LifespanState.STARTING else "lifespan.shutdown"
        if kind == f"{expected}.complete":
            self._say(None)
        elif kind == f"{expected}.failed":
            self._say(str(message.get("message", "")))
        else:
            raise RuntimeError(f"the application sent {kind!r}, where {expected}.complete or .failed is due")

    async def _cancel(self) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})
