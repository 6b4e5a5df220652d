"""Background tasks: runs supervised coroutines and worker threads, none of which outlives the application."""

import asyncio
import concurrent.futures
import contextvars
import inspect
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from pyboot.boot.container.callbacks import called, finished
from pyboot.boot.container.teardown import PATIENCE_SECONDS, wait_for
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.generic import get_origin
from pyboot.boot.model.interception import BeanPostProcessor
from pyboot.boot.model.method import labelled_methods
from pyboot.boot.model.task import AsyncLabel

from .threads import WorkerThreads

_log = logging.getLogger(__name__)

type Submitted = asyncio.Future[Any] | concurrent.futures.Future[Any]
"""What stands for work in the background, where it was asked for."""


class TaskExecutor:
    """Runs work in the background, as a bean: coroutines on the application's loop, plain functions in worker threads.

    It may be asked from any thread and any loop: the work runs where the application does, and who asked gets a future of his own.

    Args:
        threads: how many worker threads at most; they are made when they are needed.
        stop_seconds: how long the end waits for running tasks before it cancels them.
    """

    def __init__(self, threads: int = 8, stop_seconds: float | None = 10.0) -> None:
        self.limit(threads, stop_seconds)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._pool: WorkerThreads | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run coroutines on *loop* from now on; default: the loop that submits first."""
        self._loop = loop

    def limit(self, threads: int, stop_seconds: float | None) -> None:
        """Set both limits; that of the threads holds if none has been made yet."""
        self.threads = threads
        self._stop_seconds = stop_seconds

    @property
    def running(self) -> int:
        """The number of tasks that have not ended."""
        return len(self._tasks)

    @property
    def queued(self) -> int:
        """The number of calls in worker threads that wait or run."""
        return 0 if self._pool is None else len(self._pool.unfinished)

    def submit(self, work: Coroutine[Any, Any, Any], name: str) -> "Submitted":
        """Start *work*, with the caller's context variables; what it raises is logged under *name*, whether it is awaited or not.

        Returns:
            The task, on the loop of the application; on another loop a future of that loop; in a thread without one a
            ``concurrent.futures.Future``. To cancel any of them cancels the work.

        Raises:
            RuntimeError: there is no loop to run it on: it has been closed, or none has been bound and the caller has none.
        """
        here = asyncio._get_running_loop()
        self._loop = self._loop or here
        if self._loop is not None and self._loop is here:
            return self._start(work, name)
        try:
            if self._loop is None:
                raise RuntimeError(f"there is no event loop to run the background task {name} on")
            future = asyncio.run_coroutine_threadsafe(self._supervise(work, name), self._loop)
        except RuntimeError:
            work.close()
            raise
        if here is None:
            return future
        wrapped = asyncio.wrap_future(future, loop=here)
        wrapped.add_done_callback(lambda done: done.cancelled() or done.exception())  # it is logged where it is raised
        return wrapped

    def _start(self, work: Coroutine[Any, Any, Any], name: str) -> "asyncio.Task[Any]":
        task = asyncio.ensure_future(work)
        task.set_name(name)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    async def _supervise(self, work: Coroutine[Any, Any, Any], name: str) -> Any:
        return await self._start(work, name)

    def call(self, function: Callable[..., Any], *args: Any, **by_name: Any) -> Coroutine[Any, Any, Any]:
        """Return a coroutine that calls *function*: a coroutine function here, wrapped or not, a plain one in a worker thread."""
        work = partial(function, *args, **by_name)
        if inspect.iscoroutinefunction(inspect.unwrap(function)):
            return _outlive(called(work))
        return _outlive(self._in_thread(work, getattr(function, "__qualname__", repr(function))))

    async def _in_thread(self, function: Callable[[], Any], name: str) -> Any:
        if self._pool is None:
            self._pool = WorkerThreads(self.threads)
        # a thread does not carry context variables along by itself
        result = await asyncio.wrap_future(self._pool.submit(partial(contextvars.copy_context().run, function), name))
        return await finished(result)

    def _on_done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("the background task %s failed", task.get_name(), exc_info=error)

    async def aclose(self) -> None:
        """Wait for running work as long as is allowed, then cancel the tasks and leave behind the threads, which cannot be cancelled.

        A cancel breaks off the waiting.
        """
        try:
            threads = self._pool.unfinished if self._pool is not None else {}
            await wait_for({*self._tasks, *map(asyncio.wrap_future, threads)}, lambda: f"waiting for {self._named()}", self._stop_seconds)
        finally:
            for task in tuple(self._tasks):
                _log.warning("the background task %s is cancelled: it did not end within %s s", task.get_name(), self._stop_seconds)
                task.cancel()
            await wait_for(self._tasks, lambda: "", PATIENCE_SECONDS)
            for task in self._tasks:
                _log.error("the background task %s is left behind: it did not heed its cancel", task.get_name())
            for name in (self._pool.close() if self._pool is not None else {}).values():
                _log.error("the worker thread of %s is left behind: it did not end within %s s", name, self._stop_seconds)

    def _named(self) -> str:
        tasks = [f"the background task {task.get_name()}" for task in self._tasks]
        threads = self._pool.unfinished.values() if self._pool is not None else ()
        return ", ".join([*tasks, *(f"the worker thread of {name}" for name in threads)])


async def _outlive(work: Coroutine[Any, Any, Any]) -> Any:
    """Await *work*, and turn ``sys.exit`` in it into a failure: out of a task it would tear down the loop with everything on it."""
    try:
        return await work
    except SystemExit as error:
        reason = f"sys.exit({error.code!r}) ends nothing in the background; ask for the end: Shutdown.request({error.code!r})"
        raise RuntimeError(reason) from error


class BackgroundMethods(BeanPostProcessor):
    """Makes a call of an ``@Async`` method start a task and return it."""

    def __init__(self, executor: TaskExecutor) -> None:
        self._executor = executor

    def handles(self, definition: BeanDefinition) -> bool:
        """Tell whether the bean's class has an ``@Async`` method."""
        kind = get_origin(definition.provides) or definition.provides
        return isinstance(kind, type) and bool(labelled_methods(kind, AsyncLabel))

    def process(self, bean: Any, definition: BeanDefinition) -> Any:
        """Put the starting functions over the methods of *bean*.

        Raises:
            DefinitionError: its class has ``__slots__``, so nothing can be put over its methods.
        """
        for name in labelled_methods(type(bean), AsyncLabel):
            background = partial(self._start, getattr(bean, name), f"{definition.name}.{name}")
            try:
                object.__setattr__(bean, name, background)  # a frozen dataclass lets nobody else
            except AttributeError as error:
                reason = f"the class of an @Async method must let its instances have attributes: {error}"
                raise DefinitionError(f"'{definition.name}'", str(definition.origin), reason) from error
        return bean

    def _start(self, method: Callable[..., Any], name: str, *args: Any, **by_name: Any) -> Submitted:
        return self._executor.submit(self._executor.call(method, *args, **by_name), name)
