"""Teardown: callbacks in exact reverse order, each with a deadline, none kept from running by another's failure."""

import asyncio
from collections.abc import Awaitable, Callable

from .callbacks import finished

type Callback = Callable[[], Awaitable[object] | object]


class Teardown:
    """The callbacks that end beans; ``deadline_seconds`` bounds each of them, ``None`` does not."""

    def __init__(self, deadline_seconds: float | None = None) -> None:
        self.deadline_seconds = deadline_seconds
        self._callbacks: list[tuple[str, Callback]] = []

    def add(self, name: str, callback: Callback) -> None:
        """Run *callback* at the end, before all that were added earlier; *name* says whose it is."""
        self._callbacks.append((name, callback))

    def take(self) -> list[tuple[str, Callback]]:
        """Return what has not been run, the last added first, and forget it."""
        taken, self._callbacks = self._callbacks[::-1], []
        return taken

    async def run(self) -> None:
        """Run every callback, the last added first.

        A cancel breaks off the callback that is waiting; the ones after it still run, and then the cancel goes on.

        Raises:
            ExceptionGroup: of all that failed, each noted with the bean's name.
        """
        failures: list[Exception] = []
        cancelled: asyncio.CancelledError | None = None
        while self._callbacks:
            name, callback = self._callbacks.pop()
            try:
                await self._run(name, callback)
            except asyncio.CancelledError as error:
                cancelled = error
            except Exception as error:  # noqa: BLE001  reported below, together with the others
                error.add_note(f"while destroying the bean '{name}'")
                failures.append(error)
        if cancelled is not None:
            raise cancelled
        if failures:
            raise ExceptionGroup("some beans could not be destroyed", failures)

    async def _run(self, name: str, callback: Callback) -> None:
        deadline = asyncio.timeout(self.deadline_seconds)
        try:
            async with deadline:
                await finished(callback())
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise TimeoutError(f"the bean '{name}' did not end within {self.deadline_seconds} s") from error


async def undo(error: BaseException, *steps: Awaitable[None]) -> None:
    """Await all *steps* that undo what *error* broke off; what fails while they run is noted on *error*, which goes on."""
    for step in steps:
        try:
            await step
        except ExceptionGroup as group:
            for failure in group.exceptions:
                error.add_note(f"besides, while undoing: {type(failure).__name__}: {failure}")
        except Exception as failure:  # noqa: BLE001  noted, so that the first error is the one that is reported
            error.add_note(f"besides, while undoing: {type(failure).__name__}: {failure}")
