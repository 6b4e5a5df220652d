"""Background tasks: supervised coroutines and worker threads, none of which outlives the application."""

import asyncio
import contextvars
import inspect
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from pyboot.boot.container.callbacks import finished
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.generic import get_origin
from pyboot.boot.model.interception import BeanPostProcessor
from pyboot.boot.model.method import labelled_methods
from pyboot.boot.model.task import AsyncLabel

_log = logging.getLogger(__name__)


class TaskExecutor:
    """Runs work in the background, as a bean: coroutines on the application's loop, plain functions in worker threads.

    Args:
        threads: how many worker threads at most; they are made when they are needed.
        stop_seconds: how long the end waits for running tasks before it cancels them.
    """

    def __init__(self, threads: int = 8, stop_seconds: float | None = 10.0) -> None:
        self.limit(threads, stop_seconds)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._pool: ThreadPoolExecutor | None = None

    def limit(self, threads: int, stop_seconds: float | None) -> None:
        """Set both limits; that of the threads holds if none has been made yet."""
        self.threads = threads
        self._stop_seconds = stop_seconds

    @property
    def running(self) -> int:
        """How many tasks have not ended."""
        return len(self._tasks)

    def submit(self, work: Coroutine[Any, Any, Any], name: str) -> "asyncio.Task[Any]":
        """Start *work* and return its task, which need not be awaited: what it raises is logged under *name*."""
        task = asyncio.ensure_future(work)
        task.set_name(name)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    def call(self, function: Callable[..., Any], *args: Any, **by_name: Any) -> Coroutine[Any, Any, Any]:
        """Return a coroutine that calls *function*: a coroutine function here, wrapped or not, a plain one in a worker thread."""
        work = partial(function, *args, **by_name)
        return self._here(work) if inspect.iscoroutinefunction(inspect.unwrap(function)) else self._in_thread(work)

    async def _here(self, function: Callable[[], Any]) -> Any:
        return await finished(function())

    async def _in_thread(self, function: Callable[[], Any]) -> Any:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="pyboot-task")
        # run_in_executor does not carry context variables along by itself
        result = await asyncio.get_running_loop().run_in_executor(self._pool, contextvars.copy_context().run, function)
        return await finished(result)

    def _on_done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("the background task %s failed", task.get_name(), exc_info=error)

    async def aclose(self) -> None:
        """Wait for what runs, as long as is allowed; then cancel it. Worker threads are waited for: they cannot be cancelled."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._stop_seconds)
        for task in tuple(self._tasks):
            _log.warning("the background task %s is cancelled: it did not end within %s s", task.get_name(), self._stop_seconds)
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._pool is not None:
            await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)


class BackgroundMethods(BeanPostProcessor):
    """Makes a call of an ``@Async`` method start a task and return it."""

    def __init__(self, executor: TaskExecutor) -> None:
        self._executor = executor

    def handles(self, definition: BeanDefinition) -> bool:
        """Whether the bean's class has such a method."""
        origin = get_origin(definition.provides) or definition.provides
        return isinstance(origin, type) and bool(labelled_methods(origin, AsyncLabel))

    def process(self, bean: Any, definition: BeanDefinition) -> Any:
        """Put the starting functions over the methods of *bean*.

        Raises:
            DefinitionError: its class has ``__slots__``, so nothing can be put over its methods.
        """
        for name in labelled_methods(type(bean), AsyncLabel):
            try:
                setattr(bean, name, partial(self._start, getattr(bean, name), f"{definition.name}.{name}"))
            except AttributeError as error:
                reason = f"the class of an @Async method must let its instances have attributes: {error}"
                raise DefinitionError(f"'{definition.name}'", str(definition.origin), reason) from error
        return bean

    def _start(self, method: Callable[..., Any], name: str, *args: Any, **by_name: Any) -> "asyncio.Task[Any]":
        return self._executor.submit(self._executor.call(method, *args, **by_name), name)
