"""Background tasks: supervised, and gone when the application is."""

import asyncio
import concurrent.futures
import contextvars
import functools
import inspect
import logging
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import pytest

from pyboot.boot import Async, Bean, Component, Configuration, EventListener, Import, PyBootApplication, TaskExecutor, start
from pyboot.boot.errors import DefinitionError


async def test_a_task_that_fails_is_logged_by_its_name(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody has to wait for it."""
    executor = TaskExecutor()

    async def fail() -> None:
        raise OSError("no")

    task = executor.submit(fail(), "mailing")
    await asyncio.wait([task])
    await executor.aclose()

    assert ["the background task mailing failed"] == caplog.messages


async def test_the_end_waits_for_what_runs_and_then_cancels(caplog: pytest.LogCaptureFixture) -> None:
    """With a deadline."""
    executor = TaskExecutor(stop_seconds=0.01)
    go = asyncio.Event()
    quick, slow = executor.submit(go.wait(), "quick"), executor.submit(asyncio.Event().wait(), "slow")
    go.set()
    await executor.aclose()

    assert quick.done()
    assert not quick.cancelled()
    assert slow.cancelled()
    assert 0 == executor.running
    assert ["the background task slow is cancelled: it did not end within 0.01 s"] == caplog.messages


async def test_a_plain_function_runs_in_a_worker_thread_with_the_callers_context() -> None:
    """Context variables go along."""
    executor = TaskExecutor()
    user: contextvars.ContextVar[str] = contextvars.ContextVar("user")
    user.set("ada")

    def work(mark: str, *, last: str) -> tuple[str, str]:
        return threading.current_thread().name[:11], user.get() + mark + last

    assert ("pyboot-task", "ada!?") == await executor.call(work, "!", last="?")
    await executor.aclose()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("pyboot-task")]


async def test_an_async_method_starts_a_task_and_returns_it() -> None:
    """A coroutine function on the loop, a plain one in a thread."""

    @Component
    class Mailer:
        @Async
        async def send(self, to: str) -> str:
            await asyncio.sleep(0)
            return f"sent to {to}"

        @Async
        def render(self) -> str:
            return threading.current_thread().name[:11]

    @Import(Mailer)
    @PyBootApplication
    class App: ...

    async with start(App) as context:
        mailer: Any = context.get(Mailer)
        task = mailer.send("ada")
        assert "mailer.send" == task.get_name()
        assert ("sent to ada", "pyboot-task") == (await task, await mailer.render())


async def test_a_coroutine_function_in_a_plain_wrapper_still_runs_on_the_loop() -> None:
    """A wrapper that forgets to say what it wraps gets a thread, and what it returns is awaited all the same."""
    executor = TaskExecutor()

    async def work() -> str:
        return threading.current_thread().name

    @functools.wraps(work)
    def wrapped() -> Coroutine[Any, Any, str]:
        return work()

    def silent() -> Coroutine[Any, Any, str]:
        return work()

    here = threading.current_thread().name
    assert [here, here] == [await executor.call(wrapped), await executor.call(silent)]
    await executor.aclose()


async def test_a_class_with_slots_cannot_have_async_methods() -> None:
    """The definition is named."""

    @Component
    class Tight:
        __slots__ = ()

        @Async
        def work(self) -> None: ...

    @Import(Tight)
    @PyBootApplication
    class App: ...

    with pytest.raises(DefinitionError, match="'tight'"):
        async with start(App):
            raise AssertionError("not reached")


async def test_nothing_is_left_running_after_the_stop(caplog: pytest.LogCaptureFixture) -> None:
    """Not even what would run for ever."""

    @Component
    class Forever:
        @Async
        async def work(self) -> None:
            await asyncio.Event().wait()

    @Import(Forever)
    @PyBootApplication
    class App: ...

    before = asyncio.all_tasks()
    with caplog.at_level(logging.CRITICAL):
        async with start(App, properties={"pyboot.task.shutdown-timeout": "1ms"}) as context:
            context.get(Forever).work()  # type: ignore[unused-coroutine]  # the container returns a task

    assert before == asyncio.all_tasks()


@dataclass(frozen=True)
class Frozen:
    word: str = "hello"

    @Async
    async def greet(self, name: str) -> str:
        return f"{self.word} {name}, {threading.current_thread() is threading.main_thread()}"


class Base: ...


class Hidden(Base):
    def __init__(self) -> None:
        self.heard: list[object] = []

    @Async
    async def greet(self, name: str) -> str:
        return f"hidden {name}"

    @EventListener(int)
    @Async
    async def on(self, event: int) -> None:
        await asyncio.sleep(0)
        self.heard.append(event)


@Configuration
class Greeting:
    @Bean
    def frozen(self) -> Frozen:
        return Frozen()

    @Bean
    def hidden(self) -> Base:
        return Hidden()


@Import(Greeting)
@PyBootApplication
class GreetingApp: ...


async def test_an_async_method_may_be_called_from_a_worker_thread() -> None:
    """It runs on the loop of the application, with the caller's context variables; the thread gets a future it can wait for."""
    async with start(GreetingApp) as context:
        bean: Any = context.get(Frozen)

        def work() -> tuple[str, bool]:
            future = bean.greet("ada")
            return future.result(), isinstance(future, concurrent.futures.Future)

        assert ("hello ada, True", True) == await asyncio.to_thread(work)


async def test_an_async_method_may_be_called_from_another_loop() -> None:
    """Who calls awaits a future of his own loop."""
    async with start(GreetingApp) as context:
        bean: Any = context.get(Frozen)

        async def elsewhere() -> str:
            answer: str = await bean.greet("ada")
            return answer

        assert "hello ada, True" == await asyncio.to_thread(asyncio.run, elsewhere())


async def test_a_cancel_from_another_loop_cancels_the_work() -> None:
    """As it does on the loop itself."""
    executor = TaskExecutor()
    executor.bind(asyncio.get_running_loop())
    started, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    future: Any = await asyncio.to_thread(executor.submit, work(), "work")
    await started.wait()
    future.cancel()
    await ended.wait()
    await executor.aclose()


def test_work_without_any_loop_is_refused() -> None:
    """And the coroutine is closed, not left over."""

    async def work() -> None: ...

    coroutine = work()
    with pytest.raises(RuntimeError, match="there is no event loop to run the background task mailing on"):
        TaskExecutor().submit(coroutine, "mailing")

    assert "CORO_CLOSED" == inspect.getcoroutinestate(coroutine)


async def test_an_async_method_behind_a_base_type_runs_in_the_background() -> None:
    """The function that makes the bean promises a base only."""
    async with start(GreetingApp) as context:
        bean: Any = context.get(Base)
        task = bean.greet("ada")

        assert isinstance(task, asyncio.Task)
        assert "hidden ada" == await task


async def test_a_listener_in_the_background_is_not_waited_for() -> None:
    """``@Async`` beside ``@EventListener``: it hears, the publisher goes on, and the end waits for it."""
    async with start(GreetingApp) as context:
        bean: Any = context.get(Base)
        await context.publish(5)
        assert [] == bean.heard

    assert [5] == bean.heard
