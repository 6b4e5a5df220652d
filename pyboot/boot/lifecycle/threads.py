"""Worker threads: plain functions off the loop, in threads that do not keep the process from ending.

Those of ``concurrent.futures`` are waited for when the interpreter ends, however long they block, and cannot be left behind.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

type Work = tuple[Future[Any], Callable[[], Any], str]


class WorkerThreads:
    """At most *limit* threads, each made when there is work and none is free."""

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
        """Take no more work, forget what waits, and end the threads that are free; return what still runs, which is left behind."""
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
