"""The main loop: runs the coroutine of an application, and ends in time, whatever is left on the loop.

``asyncio.Runner`` cancels the tasks that are left and waits for them, for asynchronous generators and for the threads of
``to_thread``, however long that takes. Here each of these has a deadline, is named after a second, and is left behind in the end.

``SystemExit`` and ``KeyboardInterrupt`` leave ``run_until_complete`` at once when a callback or a task raises them, with the
application still up. They are taken for a request to stop: the main task is cancelled, the loop goes on until it has ended in order,
and then the exception is raised. Whatever asks once more meanwhile is noted and changes nothing.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from pyboot.boot.container.teardown import PATIENCE_SECONDS, wait_for

from .threads import LoopThreads

_log = logging.getLogger(__name__)


def run_on[T](loop: asyncio.AbstractEventLoop, main: Coroutine[Any, Any, T], seconds: float) -> T:
    """Run *main* on *loop*, close the loop, and return what *main* returns.

    As ``asyncio.Runner`` does; but what is left on the loop (tasks, asynchronous generators, threads of ``asyncio.to_thread``) is waited
    for *seconds* at most, named, and then left behind.
    """
    threads = LoopThreads()
    asyncio.set_event_loop(loop)
    try:
        loop.set_default_executor(threads)
        try:
            return _run_to_the_end(loop, main)
        finally:
            loop.run_until_complete(_clear(threads, seconds))
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _run_to_the_end[T](loop: asyncio.AbstractEventLoop, serving: Coroutine[Any, Any, T]) -> T:
    """Run *serving*; a ``SystemExit`` out of a callback of the loop stops it in order and is raised after that.

    Whatever asks once more meanwhile, as every connection may whose end calls ``sys.exit``, asks for what is under way already.
    """
    work = loop.create_task(serving)
    asked: BaseException | None = None
    while not work.done():
        try:
            loop.run_until_complete(work)
        except (SystemExit, KeyboardInterrupt) as again:
            if asked is not None:
                _log.info("asked to end once more by %r: the end is under way", again)
            elif not work.done():
                asked = again
                work.cancel()
        except BaseException:  # of the work: raised below
            if not work.done():
                raise
    if asked is not None and (work.cancelled() or work.exception() is None):
        raise asked
    error = work.exception()
    if error is not None:
        raise error  # a future's second result() would raise it without its traceback
    return work.result()


async def _clear(threads: LoopThreads, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    await _end_tasks(tasks, seconds)
    generators = loop.create_task(loop.shutdown_asyncgens(), name="the end of asynchronous generators")
    await wait_for({generators}, lambda: f"waiting for {generators.get_name()}", seconds)
    await _end_tasks(asyncio.all_tasks() - tasks - {asyncio.current_task()}, PATIENCE_SECONDS)
    unfinished = threads.unfinished
    await wait_for(map(asyncio.wrap_future, unfinished), lambda: f"waiting for the threads of {', '.join(unfinished.values())}", seconds)
    for name in threads.close().values():
        _log.error("the thread of %s is left behind: it did not end within %s s", name, seconds)


async def _end_tasks(tasks: set[asyncio.Task[Any]], seconds: float) -> None:
    """Cancel *tasks* and wait for them, only a moment if all of them have been cancelled before."""
    if all(task.cancelling() for task in tasks):
        seconds = min(seconds, PATIENCE_SECONDS)
    for task in tasks:
        task.cancel()
    await wait_for(tasks, lambda: f"waiting for {', '.join(_shown(task) for task in tasks if not task.done())}", seconds)
    for task in tasks:
        if not task.done():
            _log.error("%s is left behind: it did not heed its cancel", _shown(task))
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # it has been told
        elif not task.cancelled() and (error := task.exception()) is not None:
            _log.error("%s failed at the end of its loop", _shown(task), exc_info=error)


def _shown(task: asyncio.Task[Any]) -> str:
    return f"the task {task.get_name()} of {getattr(task.get_coro(), '__qualname__', 'a coroutine')}"
