"""Teardown: the steps of an end, in order, each with a deadline, none kept from its turn by what becomes of another.

The law of every end (of beans, of phases, of tasks, of the application): a step that raises, whatever it is, is noted, and the next one
has its turn. A step that takes long is named in the log after a second, broken off at its deadline, and given up soon after that if it
swallows its cancel (:mod:`.breakable`). A cancel of the whole breaks off the step that waits; all others still run, and then the cancel
goes on. A plain function that blocks the loop is named as well, but nobody can break it off.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self

from .breakable import in_time
from .callbacks import called

_log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
"""After this time of waiting the log tells what is waited for."""

type Callback = Callable[[], Awaitable[object] | object]


class Watchdog:
    """Names in the log the step that an end waits for; its thread also sees steps that block the loop. An application's end has one."""

    def __init__(self) -> None:
        self._steps: list[tuple[str, float]] = []
        self._over = threading.Event()
        self._token: Any = None  # of the context variable

    def __enter__(self) -> Self:
        self._token = _watchdog.set(self)
        threading.Thread(target=self._watch, name="pyboot-watchdog", daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        _watchdog.reset(self._token)
        self._over.set()

    @contextmanager
    def watching(self, doing: str) -> Iterator[None]:
        """Watch the block; of blocks inside of each other the innermost is named."""
        self._steps.append((doing, time.monotonic()))
        try:
            yield
        finally:
            self._steps.pop()

    def _watch(self) -> None:
        told = None
        while not self._over.wait(PATIENCE_SECONDS / 2):
            step = next(iter(self._steps[-1:]), None)
            if step is not None and step is not told and time.monotonic() - step[1] >= PATIENCE_SECONDS:
                told = step
                _tell(step[0])


_watchdog: ContextVar[Watchdog | None] = ContextVar("pyboot_watchdog", default=None)


def _tell(doing: str) -> None:
    _log.warning("still %s", doing)


@contextmanager
def watched(doing: str) -> Iterator[None]:
    """Name *doing* in the log ("stopping the bean 'mailer'") if the block takes longer than a second."""
    watchdog = _watchdog.get()
    if watchdog is not None:
        with watchdog.watching(doing):
            yield
        return
    timer = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, _tell, doing)
    try:
        yield
    finally:
        timer.cancel()


class Ending:
    """The end of something in several steps; ``failures`` are the exceptions that the steps have raised."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []
        self._broken: BaseException | None = None

    async def step(self, doing: str, end: Callback, seconds: float | None = None, late: str | None = None) -> None:
        """Run *end*, and note what it raises.

        Args:
            doing: what the step does, for the log and the note on what it raises: "destroying the bean 'mailer'".
            end: a plain or coroutine function.
            seconds: its deadline; ``None``: it has its own.
            late: what to say when it has passed.
        """
        deadline, task = asyncio.timeout(seconds), asyncio.current_task()
        cancels = 0 if task is None else task.cancelling()
        try:
            with watched(doing):
                await in_time(called(end), doing, deadline)
        except Ended as error:
            self.failures += error.exceptions
        except GeneratorExit:
            raise
        except BaseException as error:  # noqa: BLE001  noted, so that the next step has its turn
            self._note(doing, error, late if deadline.expired() else None, is_ours=task is not None and task.cancelling() > cancels)
        else:
            if deadline.expired():  # it has swallowed the cancel
                self.failures.append(TimeoutError(late))

    def _note(self, doing: str, error: BaseException, late: str | None, *, is_ours: bool) -> None:
        if late is not None and isinstance(error, Exception):
            failure: BaseException = TimeoutError(late)
            failure.__cause__ = error
        elif isinstance(error, asyncio.CancelledError) and not is_ours:
            failure = RuntimeError(f"{doing} was cancelled")
            failure.__cause__ = error
        else:
            failure = error
            failure.add_note(f"while {doing}")
        if isinstance(failure, Exception):
            self.failures.append(failure)
        else:
            self._broken = self._broken or failure

    def finish(self, message: str) -> None:
        """Raise what there is to raise: a cancel of the whole (or ``SystemExit``) first, else all failures together.

        Raises:
            Ended: with the failures.
        """
        if self._broken is not None:
            raise self._broken
        if self.failures:
            raise Ended(message, self.failures)


class Ended(ExceptionGroup[Exception]):
    """The exceptions that the steps of an end have raised."""

    def derive[E: Exception](self, excs: Iterable[E], /) -> "Ended":  # type: ignore[override]  # always of exceptions
        """Return a part of the group."""
        return Ended(self.message, list(excs))


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

    def withdraw(self, callbacks: Iterable[Callback]) -> list[Callback]:
        """Return those of *callbacks* that have not been run, the last added first, and forget them."""
        wanted, found = set(map(id, callbacks)), list[Callback]()
        for entry in self._callbacks[::-1]:
            if id(entry[1]) in wanted and entry in self._callbacks:  # the end may run in another thread, and have taken it
                self._callbacks.remove(entry)
                found.append(entry[1])
        return found

    async def run(self) -> None:
        """Run every callback, the last added first.

        Raises:
            ExceptionGroup: of all that failed, each noted with the bean's name.
        """
        ending = Ending()
        while self._callbacks:
            name, callback = self._callbacks.pop()
            late = f"the bean '{name}' did not end within {self.deadline_seconds} s"
            await ending.step(f"destroying the bean '{name}'", callback, self.deadline_seconds, late)
        ending.finish("some beans could not be destroyed")


async def undo(error: BaseException, *steps: Callback, seconds: float | None = None) -> None:
    """Run all *steps* that undo what *error* broke off, each within *seconds*, and note on *error* what they raise."""
    ending = Ending()
    for step in steps:
        await ending.step("undoing what was begun", step, seconds, f"a step did not end within {seconds} s")
    for failure in ending.failures:
        note(error, failure)


def note(error: BaseException, failure: Exception) -> None:
    """Note on *error*, which goes on, that undoing has failed with *failure*, or with every exception of a group."""
    for entry in failure.exceptions if isinstance(failure, ExceptionGroup) else (failure,):
        error.add_note(f"besides, while undoing: {type(entry).__name__}: {entry}")


async def wait_for(futures: Iterable[asyncio.Future[Any]], doing: Callable[[], str], seconds: float | None) -> None:
    """Wait until all *futures* are done, at most *seconds*; what *doing* says then is logged after the first of them."""
    waiting = set(futures)
    if not waiting:
        return
    first = PATIENCE_SECONDS if seconds is None else min(PATIENCE_SECONDS, seconds)
    _, left = await asyncio.wait(waiting, timeout=first)
    if left and (seconds is None or seconds > first):
        _tell(doing())
        await asyncio.wait(left, timeout=None if seconds is None else seconds - first)
