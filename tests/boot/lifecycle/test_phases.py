"""Phases: started upwards, stopped downwards, with deadlines and without leftovers."""

import asyncio

import pytest

from pyboot.boot import ApplicationContext, Component, Import, Lazy, Lifecycle, Phase, PyBootApplication, prepare, start
from pyboot.boot.errors import LifecycleError
from pyboot.boot.lifecycle.phases import Phases


async def refreshed(*targets: object) -> ApplicationContext:
    """The context of an application that imports *targets*."""

    @Import(*targets)
    @PyBootApplication
    class App: ...

    blueprint = prepare(App)
    await blueprint.context.refresh(blueprint.graph)
    return blueprint.context


def member(name: str, at: int, log: list[str], *, fails: bool = False, hangs: bool = False) -> type:
    """A bean class that writes down its start and stop."""

    async def start(self: object) -> None:
        if fails:
            raise OSError(f"{name} is stuck")
        if hangs:
            await asyncio.Event().wait()
        log.append(f"+{name}")

    async def stop(self: object) -> None:
        if hangs:
            await asyncio.Event().wait()
        log.append(f"-{name}")

    return Component(type(name, (), {"phase": at, "start": start, "stop": stop}))


async def test_lower_phases_start_first_and_stop_last() -> None:
    """Whatever the order of definition."""
    log: list[str] = []
    targets = [member("Drain", Phase.DRAIN, log), member("Server", Phase.SERVERS, log), member("Metrics", -5, log), member("Plain", 0, log)]
    phases = Phases(await refreshed(*targets))
    await phases.start()
    assert ("metrics", "plain", "server", "drain") == phases.running
    await phases.stop()

    assert ["+Metrics", "+Plain", "+Server", "+Drain", "-Drain", "-Server", "-Plain", "-Metrics"] == log


async def test_what_a_bean_needs_starts_before_it_whatever_its_phase() -> None:
    """Also through a bean that is no lifecycle bean."""
    log: list[str] = []
    pool = member("Pool", Phase.LAST, log)

    @Component
    class Middle:
        def __init__(self, pool: object) -> None: ...

    Middle.__init__.__annotations__["pool"] = pool

    class Early(member("Server", 0, log)):  # type: ignore[misc]  # a class made by a function
        def __init__(self, middle: Middle) -> None: ...

    phases = Phases(await refreshed(Component(Early), Middle, pool))
    await phases.start()

    assert ["+Pool", "+Server"] == log


async def test_a_failing_start_stops_what_had_started() -> None:
    """And names the bean and its phase."""
    log: list[str] = []
    phases = Phases(await refreshed(member("One", 1, log), member("Two", 2, log, fails=True), member("Three", 3, log)))
    with pytest.raises(LifecycleError, match=r"'two' \(phase 2\) could not start: OSError: Two is stuck"):
        await phases.start()

    assert ["+One", "-One"] == log
    assert () == phases.running


async def test_a_slow_start_is_broken_off_and_named() -> None:
    """With the setting that says how long it may take."""
    phases = Phases(await refreshed(member("Slow", 0, [], hangs=True)), start_seconds=0.01)
    with pytest.raises(LifecycleError, match=r"'slow'.*not up within 0\.01 s \(pyboot\.lifecycle\.start-timeout\)"):
        await phases.start()


async def test_a_failing_or_slow_stop_keeps_nobody_from_stopping() -> None:
    """All failures are told together, each with its bean."""
    log: list[str] = []

    @Component
    class Failing:
        phase = 3

        async def start(self) -> None: ...

        async def stop(self) -> None:
            raise OSError("stuck")

    @Component
    class Hanging:
        phase = 2

        async def start(self) -> None: ...

        async def stop(self) -> None:
            await asyncio.Event().wait()

    phases = Phases(await refreshed(member("One", 1, log), Hanging, Failing), stop_seconds=0.01)
    await phases.start()
    with pytest.raises(ExceptionGroup) as raised:
        await phases.stop()

    assert ["+One", "-One"] == log
    assert ["stuck", "the bean 'hanging' (phase 2) did not stop within 0.01 s (pyboot.lifecycle.timeout-per-shutdown-phase)"] == [
        str(error) for error in raised.value.exceptions
    ]


async def test_a_member_that_is_no_bean_goes_by_its_phase() -> None:
    """As the scheduler does."""
    log: list[str] = []
    phases = Phases(await refreshed(member("One", 1, log), member("Three", 3, log)))
    phases.include("two", member("Two", 2, log)())
    await phases.start()

    assert ["+One", "+Two", "+Three"] == log


async def test_a_bean_that_has_nothing_to_do_keeps_no_application_alive() -> None:
    """A group of servers without a server, for example."""
    idle = member("Idle", 0, [])
    idle.keeps_alive = False  # type: ignore[attr-defined]  # an optional mark
    quiet, busy = Phases(await refreshed(idle)), Phases(await refreshed(idle, member("Busy", 0, [])))
    await quiet.start()
    await busy.start()

    assert (False, True) == (quiet.keeps_alive, busy.keeps_alive)


def test_a_bean_is_a_lifecycle_bean_by_its_methods() -> None:
    """Nothing has to be inherited."""
    assert isinstance(member("One", 1, [])(), Lifecycle)
    assert not isinstance(object(), Lifecycle)


def lazy_member(name: str, log: list[str], up: asyncio.Event, *, fails: bool = False) -> type:
    """A lazy bean class that sets *up* when it starts."""
    made = member(name, 0, log, fails=fails)
    plain = made.start

    async def start(self: object) -> None:
        up.set()
        await plain(self)

    made.start = start
    return Lazy(made)


async def test_a_lazy_bean_made_after_the_start_is_started_and_stopped_first() -> None:
    """Also when it was made in another thread."""
    log: list[str] = []
    ups = [asyncio.Event(), asyncio.Event()]
    here, there = lazy_member("Here", log, ups[0]), lazy_member("There", log, ups[1])
    phases = Phases(context := await refreshed(member("Eager", 5, log), here, there))
    await phases.start()

    context.get(here)
    await ups[0].wait()
    await asyncio.to_thread(context.get, there)
    await ups[1].wait()
    await phases.stop()

    assert ["+Eager", "+Here", "+There", "-There", "-Here", "-Eager"] == log


async def test_a_lazy_bean_that_cannot_start_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever asked for it has gone on; it is not stopped."""
    log: list[str] = []
    broken = lazy_member("Broken", log, up := asyncio.Event(), fails=True)
    phases = Phases(context := await refreshed(broken))
    await phases.start()

    context.get(broken)
    await up.wait()
    await phases.stop()

    assert ["The bean 'broken' (phase 0) could not start: OSError: Broken is stuck"] == caplog.messages
    assert [] == log


async def test_a_lazy_bean_made_during_the_stop_is_not_started() -> None:
    """What never starts need not be stopped."""
    log: list[str] = []
    late = lazy_member("Late", log, asyncio.Event())
    phases = Phases(context := await refreshed(late))
    await phases.start()
    await phases.stop()
    context.get(late)
    await asyncio.sleep(0)

    assert [] == log


async def test_a_lazy_bean_made_in_the_moment_of_the_stop_is_not_started() -> None:
    """Its news was still under way to the loop."""
    log: list[str] = []
    late = lazy_member("Late", log, asyncio.Event())
    phases = Phases(context := await refreshed(member("Eager", 5, log), late))
    await phases.start()
    context.get(late)
    await phases.stop()
    for _ in range(5):
        await asyncio.sleep(0)

    assert ["+Eager", "-Eager"] == log


async def test_a_lazy_bean_without_a_life_is_only_made(caplog: pytest.LogCaptureFixture) -> None:
    """There is nothing to start."""

    @Lazy
    @Component
    class Plain: ...

    log: list[str] = []
    behind = lazy_member("Behind", log, up := asyncio.Event())
    phases = Phases(context := await refreshed(Plain, behind))
    await phases.start()
    context.get(Plain)
    context.get(behind)
    await asyncio.wait_for(up.wait(), 20)

    assert ("behind",) == phases.running
    await phases.stop()
    assert [] == caplog.messages
    assert ["+Behind", "-Behind"] == log


def starting(log: list[str], began: asyncio.Event, goes_on: asyncio.Event, *, swallows: bool = False) -> type:
    """A lazy bean class whose start sets *began* and waits for *goes_on*; one that *swallows* waits on when it is cancelled."""

    @Lazy
    @Component
    class Slow:
        phase = 0

        async def start(self) -> None:
            began.set()
            while not goes_on.is_set():
                try:
                    await goes_on.wait()
                except asyncio.CancelledError:
                    log.append("cancelled")
                    if not swallows:
                        raise
            log.append("+Slow")

        async def stop(self) -> None:
            log.append("-Slow")

    return Slow


async def test_the_stop_waits_for_the_start_of_a_lazy_bean_and_stops_it() -> None:
    """What was made behind it is started and stopped too, for it was there before the stop."""
    log: list[str] = []
    began, goes_on = asyncio.Event(), asyncio.Event()
    slow, behind, last = (
        starting(log, began, goes_on),
        lazy_member("Behind", log, asyncio.Event()),
        lazy_member("Last", log, asyncio.Event()),
    )
    phases = Phases(context := await refreshed(slow, behind, last))
    await phases.start()
    context.get(slow)
    await began.wait()
    context.get(behind)
    context.get(last)
    await asyncio.sleep(0)

    stopping = asyncio.create_task(phases.stop())
    await asyncio.sleep(0)
    assert [] == log
    goes_on.set()
    await stopping

    assert ["+Slow", "+Behind", "+Last", "-Last", "-Behind", "-Slow"] == log


async def test_a_lazy_bean_that_does_not_come_up_keeps_no_stop() -> None:
    """Its start is cancelled after as long as a stop may take; it is not stopped, and what was made behind it does not start."""
    log: list[str] = []
    began = asyncio.Event()
    slow, behind = starting(log, began, asyncio.Event()), lazy_member("Behind", log, asyncio.Event())
    phases = Phases(context := await refreshed(member("Eager", 5, log), slow, behind), stop_seconds=0.01)
    await phases.start()
    context.get(slow)
    await began.wait()
    context.get(behind)
    await phases.stop()

    assert ["+Eager", "cancelled", "-Eager"] == log


async def test_a_start_of_a_lazy_bean_that_heeds_no_cancel_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says so, and the others are stopped."""
    monkeypatch.setattr("pyboot.boot.lifecycle.phases.PATIENCE_SECONDS", 0.01)
    log: list[str] = []
    began, goes_on = asyncio.Event(), asyncio.Event()
    slow = starting(log, began, goes_on, swallows=True)
    phases = Phases(context := await refreshed(member("Eager", 5, log), slow), stop_seconds=0.01)
    await phases.start()
    context.get(slow)
    await began.wait()
    await phases.stop()

    assert ("+Eager", "cancelled", "-Eager") == (log[0], log[1], log[-1])
    assert "the start of lazy beans is left behind: it did not heed its cancel" in caplog.messages
    goes_on.set()
    await asyncio.wait({task for task in asyncio.all_tasks() if task.get_name() == "start of lazy beans"})


async def test_a_plain_start_and_stop_are_called_as_well() -> None:
    """What does not wait need not be asynchronous."""
    log: list[str] = []

    @Component
    class Plain:
        phase = 0

        def start(self) -> None:
            log.append("up")

        def stop(self) -> None:
            log.append("down")

    @Import(Plain)
    @PyBootApplication
    class App: ...

    async with start(App):
        assert ["up"] == log

    assert ["up", "down"] == log
