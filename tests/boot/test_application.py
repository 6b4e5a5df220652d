"""Applications from start to end: embedded in a test, and as a process of their own."""

import asyncio
from typing import Annotated

import pytest

from pyboot.boot import (
    ApplicationContext,
    ApplicationDrainingEvent,
    ApplicationFailedEvent,
    ApplicationReadyEvent,
    ApplicationStartedEvent,
    Component,
    ContextClosedEvent,
    ContextRefreshedEvent,
    EventListener,
    Import,
    PyBootApplication,
    Service,
    StartupTimeline,
    Value,
    start,
)
from pyboot.boot.errors import LifecycleError


async def test_an_application_is_up_inside_the_block_and_down_after_it() -> None:
    """Beans are made, started and stopped around the block."""
    log: list[str] = []

    @Component
    class Server:
        phase = 0

        async def start(self) -> None:
            log.append("start")

        async def stop(self) -> None:
            log.append("stop")

    @Import(Server)
    @PyBootApplication
    class App: ...

    async with start(App) as context:
        log.append(type(context.get(Server)).__name__)

    assert ["start", "Server", "stop"] == log
    assert not context.is_open


async def test_given_properties_and_arguments_reach_the_beans() -> None:
    """The properties of a test win over the command line."""

    @Service
    class Greeter:
        def __init__(self, who: Annotated[str, Value("${who}")], times: Annotated[int, Value("${times:1}")]) -> None:
            self.greeting = f"{who} x{times}"

    @Import(Greeter)
    @PyBootApplication
    class App: ...

    async with start(App, properties={"who": "ada"}, args=["--who=bob", "--times=3"]) as context:
        assert "ada x3" == context.get(Greeter).greeting


async def test_events_come_in_the_order_of_an_applications_life() -> None:
    """Refreshed, started, ready; closed before anything is stopped."""
    log: list[str] = []

    @Component
    class Watcher:
        @EventListener(ContextRefreshedEvent, ApplicationStartedEvent, ApplicationReadyEvent, ApplicationDrainingEvent, ContextClosedEvent)
        def watch(self, event: object) -> None:
            log.append(type(event).__name__)

    @Import(Watcher)
    @PyBootApplication
    class App: ...

    async with start(App):
        log.append("block")

    begin = ["ContextRefreshedEvent", "ApplicationStartedEvent", "ApplicationReadyEvent"]
    assert [*begin, "block", "ApplicationDrainingEvent", "ContextClosedEvent"] == log


async def test_the_time_of_a_start_has_its_settings_and_definitions_in_it() -> None:
    """As the line in the log has: what was done before the first bean is part of the start."""
    told: list[float] = []

    @Component
    class Watcher:
        @EventListener
        def started(self, event: ApplicationStartedEvent) -> None:
            told.append(event.seconds)

        @EventListener
        def ready(self, event: ApplicationReadyEvent) -> None:
            told.append(event.seconds)

    @Import(Watcher)
    @PyBootApplication
    class App: ...

    async with start(App) as context:
        steps = list(context.get(StartupTimeline).steps)

    started, ready = told
    beans = next(place for place, step in enumerate(steps) if step.name == "beans")
    prepared = max(step.began_seconds + step.seconds for step in steps[:beans])
    assert prepared + steps[beans].seconds <= started <= ready


async def test_a_failing_start_leaves_nothing_running() -> None:
    """What had started is stopped, and what was made is destroyed, before the error is raised."""
    log: list[str] = []

    @Component
    class First:
        phase = 1

        async def start(self) -> None:
            log.append("first up")

        async def stop(self) -> None:
            log.append("first down")

        @EventListener
        def on_failure(self, event: ApplicationFailedEvent) -> None:
            log.append(type(event.error).__name__)

        def close(self) -> None:
            log.append("first closed")

    @Component
    class Second:
        phase = 2

        async def start(self) -> None:
            raise OSError("no luck")

        async def stop(self) -> None:
            log.append("second down")

    @Import(First, Second)
    @PyBootApplication
    class App: ...

    with pytest.raises(LifecycleError, match=r"'second'.*no luck"):
        async with start(App):
            raise AssertionError("not reached")

    assert ["first up", "first down", "LifecycleError", "first closed"] == log


async def test_the_context_can_be_injected() -> None:
    """A bean may ask for the context itself."""

    @Component
    class Asker:
        def __init__(self, context: ApplicationContext) -> None:
            self.context = context

    @Import(Asker)
    @PyBootApplication
    class App: ...

    async with start(App) as context:
        assert context is context.get(Asker).context


async def test_a_cancelled_start_is_undone() -> None:
    """Cancelling the block's beginning stops what had started."""
    log: list[str] = []
    reached = asyncio.Event()

    @Component
    class Quick:
        phase = 1

        async def start(self) -> None:
            log.append("quick up")

        async def stop(self) -> None:
            log.append("quick down")

    @Component
    class Slow:
        phase = 2

        async def start(self) -> None:
            reached.set()
            await asyncio.Event().wait()

        async def stop(self) -> None:
            log.append("never")

    @Import(Quick, Slow)
    @PyBootApplication
    class App: ...

    async def embed() -> None:
        async with start(App):
            log.append("never")

    task = asyncio.ensure_future(embed())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert ["quick up", "quick down"] == log
