"""EmbeddedEventLoop: an event loop that runs when told, by a clock that is turned by hand."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import Iterator
from typing import Any, Final, final

__all__ = ["EmbeddedEventLoop"]


class _NoSelector:
    """Stands where a loop asks the operating system for news: there never are any."""

    def select(self, timeout: float | None) -> list[Any]:
        return []


_NO_SELECTOR: Final = _NoSelector()


@final
class EmbeddedEventLoop(asyncio.BaseEventLoop):
    """Runs callbacks, timers and tasks on the caller's stack: no I/O and no real time. It can run inside another loop.

    What its callbacks, timers and tasks raise, and nobody else hears of, waits in `errors`, as a loop tells its exception handler.
    """

    _ready: Any  # deque of handles, of BaseEventLoop
    _scheduled: Any  # heap of timers, of BaseEventLoop
    _run_once: Any

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._selector: Any = _NO_SELECTOR
        self.errors: list[dict[str, Any]] = []
        self._tasks: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()
        self.set_exception_handler(lambda _, context: self.errors.append(context))
        self.set_task_factory(self._remember_task)

    def _remember_task(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **options)
        self._tasks.add(task)
        return task

    def take_error(self) -> BaseException | None:
        """The first of `errors`, which are forgotten."""
        first = self.errors[0] if self.errors else None
        self.errors.clear()
        return None if first is None else first.get("exception") or RuntimeError(first["message"])

    def find_failed_tasks(self) -> None:
        """Add to `errors` what tasks have raised that somebody still holds and nobody has asked: no collector tells of them yet."""
        for task in list(self._tasks):
            if task.done() and not task.cancelled() and task._log_traceback:  # what the collector would ask
                self.errors.append({"message": f"nobody asked {task!r}", "exception": task.exception()})  # which marks it as asked

    # What tests turn.

    def run_ready(self) -> None:
        """Run what is due, and what that makes due, until nothing is."""
        with self.as_running_loop():
            while self._ready or self._is_timer_due():
                # The loop's own step heaps and selects, most of the time for nothing: without timers the next callback will do.
                if self._scheduled or self._selector is not _NO_SELECTOR:
                    self._run_once()
                else:
                    self._run_next()

    def advance(self, seconds: float) -> None:
        """Turn the clock forward, running each timer at its own time."""
        until = self._now + seconds
        self.run_ready()
        while (wait := self.next_timer()) is not None and self._now + wait <= until:
            self._now += wait
            self.run_ready()
        self._now = until

    def jump(self, seconds: float) -> None:
        """The clock goes on, and nothing ran meanwhile, as where a process was stopped: timers are late, and run now."""
        self._now += seconds
        self.run_ready()

    def next_timer(self) -> float | None:
        """Seconds until the next timer is due, or None."""
        due = [timer.when() for timer in self._scheduled if not timer.cancelled()]
        return max(0.0, min(due) - self._now) if due else None

    def cancel_timers(self) -> None:
        """Forget all timers."""
        for timer in list(self._scheduled):
            timer.cancel()

    @contextlib.contextmanager
    def as_running_loop(self) -> Iterator[None]:
        """Be the running loop of this thread, also inside another loop."""
        outer = asyncio._get_running_loop()
        asyncio._set_running_loop(self)
        try:
            yield
        finally:
            asyncio._set_running_loop(outer)

    def _is_timer_due(self) -> bool:
        wait = self.next_timer()
        return wait is not None and wait <= 0.0

    def _run_next(self) -> None:
        """Run one callback: the same as `_run_once` where there are no timers, at a third of its cost."""
        handle = self._ready.popleft()
        if not handle.cancelled():
            handle._run()

    # What BaseEventLoop leaves to its subclasses.

    def time(self) -> float:
        return self._now

    def is_running(self) -> bool:
        return asyncio._get_running_loop() is self

    def _process_events(self, event_list: list[Any]) -> None:
        """There never are any."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who would have to be woken."""

    def __del__(self) -> None:
        """Nothing to close: a forgotten one holds no resources."""
