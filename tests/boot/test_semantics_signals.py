"""Signals to an application that is a process of its own: one wish to stop, and a second that does not wait."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALONE = {"PYBOOT_AUTOCONFIGURE_ENABLED": "false"}

SERVER = """
from pyboot.boot import Component, PyBootApplication, Service

@PyBootApplication
class App: ...

@Service
class Greeter:
    def greet(self) -> str:
        return "hello"

@Component
class Server:
    phase = 5

    def __init__(self, greeter: Greeter) -> None:
        self.greeter = greeter

    async def start(self) -> None:
        print("up:", self.greeter.greet(), flush=True)

    async def stop(self) -> None:
        print("down", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_signal_ends_a_running_application_in_order(tmp_path: Path, number: signal.Signals, loop: str) -> None:
    """The process stops its beans and exits with 0, on either loop."""
    (tmp_path / "served.py").write_text(SERVER)
    command = [sys.executable, "-c", f"from served import App; from pyboot.boot import run; run(App, ['--pyboot.main.loop={loop}'])"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env={"PYTHONPATH": f"{ROOT}:{tmp_path}", **ALONE}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert "up: hello\n" == process.stdout.readline()
        assert process.stderr is not None
        while "Started App in" not in process.stderr.readline():
            pass
        process.send_signal(number)
        out, err = process.communicate(timeout=10)

    assert "down\n" == out
    assert f"{number.name}: stopping" in err
    assert 0 == process.returncode


@pytest.mark.slow
def test_a_repeat_while_the_process_ends_does_not_change_its_exit_code(tmp_path: Path) -> None:
    """A wrapper may pass on what the process has had already."""
    (tmp_path / "served.py").write_text(SERVER)
    command = [sys.executable, "-c", "from served import App; from pyboot.boot import run; run(App)"]
    environment = {"PYTHONPATH": f"{ROOT}:{tmp_path}", **ALONE}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while "Started App in" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGTERM)
        while "down" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)

    assert 0 == process.returncode


HANGING = """
import asyncio
from pyboot.boot import Component, PyBootApplication, run

class Part:
    def __init__(self) -> None: ...
    async def start(self) -> None: print("up", type(self).__name__, flush=True)
    async def stop(self) -> None: print("down", type(self).__name__, flush=True)

@Component
class First(Part):
    phase = 1

@Component
class Hanging(Part):
    phase = 2
    async def {verb}(self) -> None:
        print("hangs", flush=True)
        await asyncio.Event().wait()

@PyBootApplication
class App: ...

run(App, ["--pyboot.main.banner-mode=off", "--pyboot.main.loop=asyncio"])
"""


def signalled(folder: Path, verb: str, after: str, count: int) -> tuple[int, str]:
    """Run an application whose second part hangs, send SIGTERM, *count* times each after the line *after*, and see how it ends."""
    script = folder / "hanging.py"
    script.write_text(HANGING.format(verb=verb))
    environment = {"PYTHONPATH": str(ROOT), **ALONE}
    with subprocess.Popen(
        [sys.executable, str(script)], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = process.stdout.readline()
        while after not in said:
            said += process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        if count == 2:
            while "hangs" not in said:
                said += process.stdout.readline()
        rest = _rest_of(process, signals=count - 1)
    return process.returncode, said + rest


def _rest_of(process: subprocess.Popen[str], signals: int) -> str:
    """What *process* says until it ends; it is signalled again and again where *signals* says so, since a prompt repeat is ignored."""
    for _ in range(100 * signals):
        process.send_signal(signal.SIGTERM)
        try:
            return process.communicate(timeout=0.1)[0]
        except subprocess.TimeoutExpired:
            continue
    return process.communicate(timeout=10)[0]


@pytest.mark.slow
def test_a_signal_during_the_start_undoes_it(tmp_path: Path) -> None:
    """What had started is stopped; the exit code tells the signal."""
    assert (143, "up First\nhangs\ndown First\n") == signalled(tmp_path, "start", after="hangs", count=1)


@pytest.mark.slow
def test_a_second_signal_does_not_wait_for_the_stop(tmp_path: Path) -> None:
    """The process ends at once."""
    code, said = signalled(tmp_path, "stop", after="up Hanging", count=2)

    assert (143, "up First\nup Hanging\nhangs\n") == (code, said)


EARLY = """
import time
from pyboot.boot import (
    ApplicationRunner, ApplicationStartedEvent, Component, ConditionalOnProperty, EventListener, PreDestroy, PyBootApplication, run
)

def block(where):
    print(where, flush=True)
    if where == {where!r}:
        time.sleep({seconds})

@Component
class First:
    phase = 1
    @PreDestroy
    def destroy(self) -> None: print("destroyed", flush=True)
    async def start(self) -> None: print("up", flush=True)
    async def stop(self) -> None: print("down", flush=True)

@Component
class Blocking:
    def __init__(self, first: First) -> None: block("making")
    @EventListener
    def on(self, event: ApplicationStartedEvent) -> None: block("telling")

@ConditionalOnProperty("job")
@Component
class Job(ApplicationRunner):
    def run(self, arguments) -> None: print("ran", flush=True)

@PyBootApplication
class App: ...

def application():
    block("importing")
    return App

run(application, ["--pyboot.main.banner-mode=off", "--pyboot.main.loop={loop}", "--job={job}"])
"""


def ended_early(
    folder: Path, *, where: str, seconds: float, signals: int = 1, loop: str = "asyncio", job: str = "off"
) -> tuple[int, str, str]:
    """Run an application that blocks its thread for *seconds* at *where*, signal it there, and see how it ends."""
    script = folder / "early.py"
    script.write_text(EARLY.format(where=where, seconds=seconds, loop=loop, job=job))
    environment = {"PYTHONPATH": str(ROOT), **ALONE}
    with subprocess.Popen(
        [sys.executable, str(script)], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = ""
        while where not in said:
            said += process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        if signals > 1:
            said += _rest_of(process, signals - 1)
            return process.returncode, said, ""
        rest, errors = process.communicate(timeout=10)
    return process.returncode, said + rest, errors


@pytest.mark.slow
def test_a_signal_before_the_first_bean_ends_the_process_without_a_word(tmp_path: Path) -> None:
    """There is nothing to undo; a process with the number 1, in a container, would not even notice without a handler."""
    assert (143, "importing\n", "") == ended_early(tmp_path, where="importing", seconds=30)


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_signal_while_a_constructor_blocks_is_heeded_after_it(tmp_path: Path, loop: str) -> None:
    """What has been made is destroyed; whether anything was started depends on the moment, and then it is stopped."""
    code, said, _ = ended_early(tmp_path, where="making", seconds=0.3, loop=loop)

    assert code in (0, 143)
    assert said in ("importing\nmaking\ndestroyed\n", "importing\nmaking\nup\ndown\ndestroyed\n")


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_second_signal_does_not_wait_for_a_constructor(tmp_path: Path, loop: str) -> None:
    """A later one, that is: a prompt repeat is the same wish."""
    code, said, _ = ended_early(tmp_path, where="making", seconds=30, signals=2, loop=loop)

    assert (143, "importing\nmaking\n") == (code, said)


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize(("job", "expected"), [("off", 0), ("on", 143)])
def test_a_signal_once_everything_is_up_is_an_orderly_stop_unless_work_is_left_out(
    tmp_path: Path, loop: str, job: str, expected: int
) -> None:
    """A server that listens was asked to stop; a job that has not run was broken off."""
    code, said, _ = ended_early(tmp_path, where="telling", seconds=0.3, loop=loop, job=job)

    assert (expected, "importing\nmaking\nup\ntelling\ndown\ndestroyed\n") == (code, said)
