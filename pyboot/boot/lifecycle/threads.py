"""Worker threads: run plain functions off the loop, and do not keep the process from ending.

Those of ``concurrent.futures`` are waited for when the interpreter ends, however long they block, and cannot be left behind.
"""

import logging
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from typing import Any, override

_log = logging.getLogger(__name__)

type Work = tuple[Future[Any], Callable[[], Any], str]


class WorkerThreads:
    """A pool of at most *limit* threads; each is made when there is work and none is free."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._waiting: SimpleQueue[Work | None] = SimpleQueue()
        self._unfinished: dict[Future[Any], str] = {}
        self._is_closed = False

    @property
    def unfinished(self) -> dict[Future[Any], str]:
        """The work that waits or runs, with its names."""
        with self._lock:
            return dict(self._unfinished)

    def submit(self, function: Callable[[], Any], name: str) -> Future[Any]:
        """Call *function* in a thread; *name* says what it is.

        Raises:
            RuntimeError: the threads have been closed.
        """
        future: Future[Any] = Future()
        with self._lock:
            if self._is_closed:
                raise RuntimeError(f"the application has ended: there is no worker thread for {name}")
            self._unfinished[future] = name
            if len(self._threads) < min(self.limit, len(self._unfinished)):
                thread = threading.Thread(target=self._work, name=f"pyboot-task_{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._waiting.put((future, function, name))
        return future

    def _work(self) -> None:
        while (work := self._waiting.get()) is not None:
            self._run(*work)
            del work  # nothing that it holds shall wait for the next one

    def _run(self, future: Future[Any], function: Callable[[], Any], name: str) -> None:
        outcome, failure = None, None
        if future.set_running_or_notify_cancel():
            try:
                outcome = function()
            except BaseException as error:  # noqa: BLE001  it goes to who waits for the work
                failure = error
        with self._lock:
            self._unfinished.pop(future, None)
        if not future.cancelled():
            future.set_exception(failure) if failure is not None else future.set_result(outcome)

    def close(self) -> dict[Future[Any], str]:
        """Refuse work from now on, forget what waits, end the free threads, and return the work that still runs, which is left behind."""
        with self._lock:
            self._is_closed = True
        for future in self.unfinished:
            future.cancel()
        for _ in self._threads:
            self._waiting.put(None)
        left = {future: name for future, name in self.unfinished.items() if future.running()}
        if not left:
            for thread in self._threads:
                thread.join()
        return left


class LoopThreads(ThreadPoolExecutor):
    """The executor of a loop, for ``asyncio.to_thread`` and ``run_in_executor(None, ...)``; its threads are worker threads."""

    def __init__(self) -> None:
        super().__init__()  # a loop takes no other kind of executor; no thread of this one is ever made
        self._workers = WorkerThreads(self._max_workers)

    @property
    def unfinished(self) -> dict[Future[Any], str]:
        """The work that waits or runs, with its names."""
        return self._workers.unfinished

    @override
    def submit[T](self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        named = fn.args[0] if isinstance(fn, partial) and fn.args else fn  # what ``to_thread`` runs in a copy of the context
        return self._workers.submit(partial(fn, *args, **kwargs), getattr(named, "__qualname__", repr(named)))

    @override
    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._workers.close()

    def close(self) -> dict[Future[Any], str]:
        """Close the threads as :meth:`WorkerThreads.close` does."""
        return self._workers.close()


def tell_of_lasting(before: Collection[threading.Thread], seconds: float) -> None:
    """Name in the log, after *seconds*, the threads of the application's own code that keep the process from ending.

    Those that it had *before* are no business of the application.
    """

    def tell() -> None:
        names = [thread.name for thread in lasting if thread.is_alive()]
        if names:
            _log.warning("the process does not end before these threads do: %s; make them daemons, or end them", ", ".join(names))

    lasting = [thread for thread in threading.enumerate() if not thread.daemon and thread not in before]
    if lasting:
        timer = threading.Timer(seconds, tell)
        timer.daemon = True
        timer.start()
