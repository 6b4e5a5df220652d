"""The end is the end: whatever a step of the stop does, the others have their turn, and the stop goes on in time."""

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pyboot.boot import (
    ApplicationArguments,
    ApplicationRunner,
    Async,
    Bean,
    Component,
    ContextClosedEvent,
    EventListener,
    Import,
    PreDestroy,
    PyBootApplication,
    Scheduled,
    TaskExecutor,
    start,
)
from pyboot.boot.container import breakable, teardown

ROOT = Path(__file__).resolve().parents[2]
IN_TIME = {"pyboot.lifecycle.timeout-per-shutdown-phase": "50ms", "pyboot.task.shutdown-timeout": "50ms"}
PATIENT = {"pyboot.lifecycle.timeout-per-shutdown-phase": "60s", "pyboot.task.shutdown-timeout": "60s"}


class Broken(BaseException):
    """No ``Exception``: it slips past those who catch these alone."""


class Trouble:
    """What a step does when its turn comes, in a coroutine or in a thread."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.reached = asyncio.Event()
        self.gate = threading.Event()
        self.loop = asyncio.get_running_loop()

    async def happen(self) -> None:
        """On the loop."""
        self.reached.set()
        match self.fault:
            case "raises":
                raise OSError("no")
            case "hangs":
                await asyncio.Event().wait()
            case "blocks a thread":
                await asyncio.to_thread(self.gate.wait, 60)
            case "is cancelled":
                raise asyncio.CancelledError
            case "breaks":
                raise Broken
            case "swallows every cancel":
                await self.swallow()
            case "awaits a task that does":
                await asyncio.create_task(self.swallow())

    async def swallow(self) -> None:
        """Until the test is over."""
        while not self.gate.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue

    def happen_in_thread(self) -> None:
        """In a worker thread: what can only be awaited blocks it."""
        self.loop.call_soon_threadsafe(self.reached.set)
        match self.fault:
            case "raises":
                raise OSError("no")
            case "is cancelled":
                raise asyncio.CancelledError
            case "breaks":
                raise Broken
        self.gate.wait(60)


STEPS: dict[str, Callable[[Trouble], Any]] = {}


def step(function: Callable[[Trouble], Any]) -> Callable[[Trouble], Any]:
    """Note a kind of step: a function that gives the bean which has it."""
    STEPS[function.__name__] = function
    return function


@step
def listener(trouble: Trouble) -> Any:
    """Of the event that tells of the end."""

    @Component("troubled")
    class Troubled:
        @EventListener
        async def listen(self, event: ContextClosedEvent) -> None:
            await trouble.happen()

    return Troubled


@step
def lifecycle(trouble: Trouble) -> Any:
    """A bean that runs."""

    @Component("troubled")
    class Troubled:
        phase = 0

        def start(self) -> None: ...

        async def stop(self) -> None:
            await trouble.happen()

    return Troubled


@step
def scheduled(trouble: Trouble) -> Any:
    """A coroutine that runs on a schedule."""

    @Component("troubled")
    class Troubled:
        @Scheduled(every="1h")
        async def work(self) -> None:
            try:
                trouble.reached.set()
                await asyncio.Event().wait()
            finally:
                await trouble.happen()

    return Troubled


@step
def scheduled_in_thread(trouble: Trouble) -> Any:
    """A plain method that does."""

    @Component("troubled")
    class Troubled:
        @Scheduled(every="1h")
        def work(self) -> None:
            trouble.happen_in_thread()

    return Troubled


@step
def background(trouble: Trouble) -> Any:
    """A coroutine in the background."""

    @Component("troubled")
    class Troubled:
        phase = 0

        @Async
        async def work(self) -> None:
            await trouble.happen()

        def start(self) -> None:
            self.work()  # type: ignore[unused-coroutine]  # it runs in the background

        def stop(self) -> None: ...

    return Troubled


@step
def background_in_thread(trouble: Trouble) -> Any:
    """A plain method there."""

    @Component("troubled")
    class Troubled:
        phase = 0

        @Async
        def work(self) -> None:
            trouble.happen_in_thread()

        def start(self) -> None:
            self.work()

        def stop(self) -> None: ...

    return Troubled


@step
def pre_destroy(trouble: Trouble) -> Any:
    """The last of a bean."""

    @Component("troubled")
    class Troubled:
        @PreDestroy
        async def end(self) -> None:
            await trouble.happen()

    return Troubled


@step
def generator(trouble: Trouble) -> Any:
    """What follows a ``yield``."""

    @Bean
    async def troubled() -> AsyncIterator[Trouble]:
        yield trouble
        await trouble.happen()

    return troubled


def application(troubled: Any, log: list[str]) -> type:
    """An application whose other steps note that they have had their turn."""

    class Witness:
        name = ""

        @EventListener
        async def listen(self, event: ContextClosedEvent) -> None:
            log.append(f"{self.name} told")

        def start(self) -> None: ...

        async def stop(self) -> None:
            log.append(f"{self.name} stopped")

        async def aclose(self) -> None:
            log.append(f"{self.name} closed")

    @Component
    class Early(Witness):
        phase = -1
        name = "early"

    @Component
    class Late(Witness):
        phase = 1
        name = "late"

    @Import(Early, troubled, Late)
    @PyBootApplication(scan=())
    class App: ...

    return App


ALL_TURNS = ["early told", "late told", "late stopped", "early stopped", "late closed", "early closed"]


@asynccontextmanager
async def troubled(fault: str) -> AsyncIterator[Trouble]:
    """A trouble, whose thread is let go at the end."""
    trouble = Trouble(fault)
    try:
        yield trouble
    finally:
        trouble.gate.set()


async def reached(trouble: Trouble) -> None:
    """Wait, where the trouble begins before the stop, until it has."""
    async with asyncio.timeout(20):
        await trouble.reached.wait()


BEFORE_THE_STOP = {"scheduled", "scheduled_in_thread", "background", "background_in_thread"}


FAULTS = ["raises", "hangs", "blocks a thread", "is cancelled", "breaks", "swallows every cancel", "awaits a task that does"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", STEPS)
async def test_no_fault_of_a_step_keeps_the_others_from_their_turn(kind: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor the stop from its end."""
    monkeypatch.setattr(breakable, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr("pyboot.boot.lifecycle.tasks.PATIENCE_SECONDS", 0.01)
    log: list[str] = []
    async with asyncio.timeout(20), troubled(fault) as trouble:
        try:
            async with start(application(STEPS[kind](trouble), log), properties=IN_TIME):
                if kind in BEFORE_THE_STOP:
                    await reached(trouble)
        except (ExceptionGroup, Broken):
            pass  # where who stops is told

        assert ALL_TURNS == log
        assert trouble.reached.is_set()


@pytest.mark.parametrize("cancels", [1, 2])
@pytest.mark.parametrize("kind", [kind for kind in STEPS if kind not in {"scheduled", "scheduled_in_thread"}])
async def test_a_cancel_during_the_stop_leaves_nothing_undone(kind: str, cancels: int) -> None:
    """It breaks off what is waited for, and goes on when everything has had its turn."""
    log: list[str] = []
    stopping = asyncio.Event()

    async def live(trouble: Trouble) -> None:
        async with start(application(STEPS[kind](trouble), log), properties=PATIENT):
            if kind in BEFORE_THE_STOP:
                await reached(trouble)
            stopping.set()

    async with asyncio.timeout(20), troubled("hangs") as trouble:
        task = asyncio.create_task(live(trouble))
        await stopping.wait()
        await trouble.reached.wait()
        for _ in range(50):
            await asyncio.sleep(0)
        for _ in range(cancels):
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert ALL_TURNS == log


async def test_a_deadline_or_a_failing_neighbour_around_the_start_ends_everything() -> None:
    """``asyncio.timeout`` and a ``TaskGroup`` cancel the block, and what follows is undisturbed."""
    for log in ([], []):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), start(application(Component(type("Other", (), {})), log), properties=PATIENT):
                await asyncio.Event().wait()
        assert ALL_TURNS == log
        log.clear()
        with pytest.raises(ExceptionGroup):
            await _together(application(Component(type("Other", (), {})), log))
        assert ALL_TURNS == log


async def _together(app: type) -> None:
    up = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_stay(app, up))
        group.create_task(_fail(up))


async def _stay(app: type, up: asyncio.Event) -> None:
    async with start(app, properties=PATIENT):
        up.set()
        await asyncio.Event().wait()


async def _fail(up: asyncio.Event) -> None:
    await up.wait()
    raise OSError("no")


NAMED = {
    "listener": "still telling listener.<locals>.Troubled.listen of ContextClosedEvent",
    "lifecycle": "still stopping the bean 'troubled' (phase 0)",
    "scheduled": "still waiting for the schedule of troubled.work",
    "scheduled_in_thread": "still waiting for the worker thread of scheduled_in_thread.<locals>.Troubled.work",
    "background": "still waiting for the background task troubled.work",
    "background_in_thread": "the worker thread of background_in_thread.<locals>.Troubled.work",
    "pre_destroy": "still destroying the bean 'troubled'",
    "generator": "still destroying the bean 'troubled'",
}


@pytest.mark.parametrize("kind", STEPS)
async def test_a_step_that_takes_long_is_named(kind: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """After a second; a shorter one here."""
    monkeypatch.setattr(teardown, "PATIENCE_SECONDS", 0.01)
    properties = {"pyboot.lifecycle.timeout-per-shutdown-phase": "300ms", "pyboot.task.shutdown-timeout": "300ms"}

    async with troubled("hangs") as trouble:
        try:
            async with start(application(STEPS[kind](trouble), []), properties=properties):
                if kind in BEFORE_THE_STOP:
                    await reached(trouble)
        except ExceptionGroup:
            pass

    assert any(NAMED[kind] in message for message in caplog.messages), caplog.messages


async def test_a_plain_function_that_blocks_the_loop_is_named(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody can break it off, but who waits shall know for whom."""
    monkeypatch.setattr(teardown, "PATIENCE_SECONDS", 0.01)

    @Component
    class Blocking:
        def close(self) -> None:
            while not any("blocking" in message for message in caplog.messages):
                threading.Event().wait(0.001)

    async with start(application(Blocking, [])):
        pass

    assert "still destroying the bean 'blocking'" in caplog.messages


async def test_a_task_that_does_not_heed_its_cancel_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And named."""
    monkeypatch.setattr("pyboot.boot.lifecycle.tasks.PATIENCE_SECONDS", 0.01)
    executor, gate = TaskExecutor(stop_seconds=0.01), asyncio.Event()

    async def stubborn() -> None:
        while not gate.is_set():
            try:
                await gate.wait()
            except asyncio.CancelledError:
                continue

    task: Any = executor.submit(stubborn(), "stubborn")
    await executor.aclose()

    assert "the background task stubborn is left behind: it did not heed its cancel" in caplog.messages
    gate.set()
    await task


PROGRAM = """
import asyncio, threading, time
from pyboot.boot import *

@Component
class Witness:
    def close(self): print("closed", flush=True)

{beans}

@PyBootApplication
class App: ...

run(App, ["--pyboot.main.banner-mode=off", "--pyboot.main.loop={loop}", "--pyboot.task.shutdown-timeout=100ms"])
"""


def lived(folder: Path, beans: str, loop: str = "asyncio", signalled_at: str | None = "now") -> tuple[int, str, str]:
    """Run an application of *beans*, send SIGTERM at the line *signalled_at*, and see how it ends."""
    script = folder / "program.py"
    script.write_text(PROGRAM.format(beans=beans, loop=loop))
    environment = {"PYTHONPATH": str(ROOT), "PYBOOT_AUTOCONFIGURE_ENABLED": "false"}
    with subprocess.Popen(
        [sys.executable, str(script)], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = ""
        while signalled_at is not None and signalled_at not in said:
            said += process.stdout.readline()
        if signalled_at is not None:
            process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=20)
    return process.returncode, said + rest, errors


BLOCKED = {
    "scheduled": """
@Component
class Blocked:
    @Scheduled(every="1h")
    def work(self):
        print("now", flush=True)
        time.sleep(3600)
""",
    "background": """
@Component
class Blocked:
    phase = 0
    def start(self): self.work()
    def stop(self): ...
    @Async
    def work(self):
        print("now", flush=True)
        time.sleep(3600)
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", BLOCKED)
def test_a_process_does_not_wait_for_a_blocked_worker_thread(tmp_path: Path, kind: str) -> None:
    """Neither at the stop, beyond its deadline, nor when the interpreter ends."""
    code, said, errors = lived(tmp_path, BLOCKED[kind])

    assert (0, "now\nclosed\n") == (code, said), errors
    assert "the worker thread of Blocked.work is left behind" in errors


STUBBORN = {
    "a task of its own": """
@Component
class Stubborn:
    phase = 0
    def start(self): self.task = asyncio.create_task(self.work(), name="stubborn")
    def stop(self): ...
    async def work(self):
        print("now", flush=True)  # not before: a task that is cancelled before its first step ends at once
        await swallow()
""",
    "an asynchronous generator": """
async def generate():
    try: yield
    finally: await swallow()

@Component
class Stubborn:
    phase = 0
    async def start(self):
        self.generator = generate()
        await anext(self.generator)
        print("now", flush=True)
    def stop(self): ...
""",
    "a thread of the loop": """
@Component
class Stubborn:
    phase = 0
    def start(self):
        self.work = asyncio.get_running_loop().run_in_executor(None, time.sleep, 3600)
        print("now", flush=True)
    def stop(self): ...
""",
}
SWALLOW = """
async def swallow():
    while True:
        try: await asyncio.sleep(3600)
        except asyncio.CancelledError: pass
"""


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("kind", STUBBORN)
def test_a_process_does_not_wait_for_what_heeds_no_cancel(tmp_path: Path, kind: str, loop: str) -> None:
    """Nor for threads of its loop: the log names what is left behind."""
    code, said, errors = lived(tmp_path, SWALLOW + STUBBORN[kind], loop)

    assert "now\nclosed\n" == said, errors
    assert code in (0, 143), errors  # the signal may find it at the end of its start
    assert "is left behind" in errors
    assert "Traceback" not in errors


STUBBORN_STARTS = {
    "post construct": "@PostConstruct\n    async def begin(self): print('now', flush=True); await swallow()",
    "start": "phase = 0\n    def stop(self): ...\n    async def start(self): print('now', flush=True); await swallow()",
    "listener": "@EventListener\n    async def listen(self, event: ContextRefreshedEvent): print('now', flush=True); await swallow()",
}


@pytest.mark.slow
@pytest.mark.parametrize("where", STUBBORN_STARTS)
def test_a_start_that_heeds_no_cancel_is_given_up(tmp_path: Path, where: str) -> None:
    """When a stop has been asked for, after as long as a step of the stop may take."""
    quick = "\nfrom pyboot.boot.container import breakable\nbreakable.AGAIN_SECONDS = 0.01\n"
    beans = f"{SWALLOW}{quick}@Component\nclass Stubborn:\n    {STUBBORN_STARTS[where]}\n"
    beans += "\nimport os; os.environ['PYBOOT_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE'] = '100ms'\n"

    code, said, errors = lived(tmp_path, beans)

    assert (0 if where == "listener" else 143, "now\nclosed\n") == (code, said), errors
    assert "is given up: it has swallowed 5 cancels" in errors


STARTING = {
    "constructor": "def __init__(self): block()",
    "post construct": "@PostConstruct\n    def begin(self): block()",
    "start": "phase = 0\n    def start(self): block()\n    def stop(self): print('stopped', flush=True)",
    "listener": "@EventListener\n    def on(self, event: ApplicationStartedEvent): block()",
}
JOBS = """
def block():
    print("now", flush=True)
    time.sleep(0.3)

@Component
class Server:
    phase = 100
    def start(self): print("bound", flush=True)
    def stop(self): print("unbound", flush=True)

@Component
class Job(ApplicationRunner):
    def run(self, arguments): print("job", flush=True)

@Component
class Blocking:
    {where}
"""


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("where", STARTING)
def test_a_signal_while_the_start_blocks_is_heeded_at_the_next_step(tmp_path: Path, where: str, loop: str) -> None:
    """What was begun is ended; nothing is bound and no job runs after it."""
    expected = {"start": "now\nstopped\nclosed\n", "listener": "bound\nnow\nunbound\nclosed\n"}.get(where, "now\nclosed\n")

    assert (143, expected) == lived(tmp_path, JOBS.format(where=STARTING[where]), loop)[:2]


RUNNER = """
@Component
class Job(ApplicationRunner):
    def __init__(self, shutdown: Shutdown): self.shutdown = shutdown
    {run}

@Component
class Next(ApplicationRunner):
    def run(self, arguments): print("next", flush=True)
"""
WAITS = "async def run(self, arguments):\n        print('now', flush=True)\n        {asks}\n        await asyncio.Event().wait()"
BLOCKS = "def run(self, arguments):\n        print('now', flush=True)\n        {asks}\n        time.sleep(0.3)"
RAISES = "def run(self, arguments):\n        {asks}\n        raise {error}"


@pytest.mark.slow
@pytest.mark.parametrize("job", [WAITS, BLOCKS])
def test_a_signal_in_a_runner_ends_the_application_in_order(tmp_path: Path, job: str) -> None:
    """Where it waits, or when it returns; the next runner is not called."""
    assert (143, "now\nclosed\n") == lived(tmp_path, RUNNER.format(run=job.format(asks="")))[:2]


@pytest.mark.slow
@pytest.mark.parametrize("job", [WAITS, BLOCKS, RAISES.replace("{error}", "OSError"), RAISES.replace("{error}", "SystemExit(9)")])
@pytest.mark.parametrize("code", [0, 4])
def test_the_exit_code_that_was_asked_for_is_given(tmp_path: Path, job: str, code: int) -> None:
    """Whatever the runner that has asked does then."""
    beans = RUNNER.format(run=job.format(asks=f"self.shutdown.request({code})"))
    expected = code or {RAISES.replace("{error}", "OSError"): 1, RAISES.replace("{error}", "SystemExit(9)"): 9}.get(job, 0)

    ended, said, _ = lived(tmp_path, beans, signalled_at=None)

    assert (expected, True, False) == (ended, said.endswith("closed\n"), "next" in said)


async def test_the_budget_of_the_start_does_not_count_runners() -> None:
    """Their work takes what it takes."""

    @Component
    class Job(ApplicationRunner):
        async def run(self, arguments: ApplicationArguments) -> None:
            await asyncio.sleep(0.6)

    async with start(application(Job, []), properties={"pyboot.startup.budget": "500ms"}) as context:
        assert context.is_open
