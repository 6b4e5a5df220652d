"""`pyboot shell`: what is typed runs beside the application, which stops in order behind it."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SOURCE = """
import asyncio
from pyboot.boot import Component, PyBootApplication

@PyBootApplication
class App: ...

@Component
class Clock:
    phase = 0

    def __init__(self) -> None:
        self.ticks = asyncio.Event()

    async def start(self) -> None:
        self.loop = asyncio.get_running_loop()
        print("started", flush=True)

    async def stop(self) -> None:
        print("stopped", flush=True)

    async def next(self) -> int:
        await asyncio.sleep(0)
        return 42
"""
COMMAND = [sys.executable, "-m", "pyboot.cli", "shell", "ticking"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an application that tells when it starts and stops."""
    (tmp_path / "ticking.py").write_text(SOURCE)
    return tmp_path


def typed(folder: Path, text: str, *options: str) -> tuple[int, str, str]:
    """The code, the output and the errors of a shell that gets *text* and then the end of its input."""
    ended = subprocess.run([*COMMAND, *options], cwd=folder, input=text, capture_output=True, text=True, check=False, timeout=30)
    return ended.returncode, ended.stdout.replace(">>> ", "").replace("... ", ""), ended.stderr


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_beans_are_had_and_awaited(folder: Path, loop: str) -> None:
    """On the application's loop, without a function around it, over several lines too; the end of the input stops it in order."""
    text = (
        "from ticking import Clock\nclock = get(Clock)\nawait clock.next()\nclock is context.get(Clock)\n"
        "clock.loop is asyncio.get_running_loop()\nfor at in range(2):\n    await clock.next() + at\n\n_ + 1\n"
    )

    code, told, errors = typed(folder, text, f"--pyboot.main.loop={loop}")

    assert ["started", "42", "True", "True", "42", "43", "44", "stopped"] == told.split(), errors
    assert 0 == code
    assert "beside App" in errors
    assert "context is its container" in errors


def test_what_is_raised_is_shown_and_the_prompt_goes_on(folder: Path) -> None:
    """Only what was typed stands in the trace; a cancel that nobody asked for is an exception like others."""
    text = "1 / 0\nasync def f():\n    raise asyncio.CancelledError\n\nawait f()\nx =\nprint('on')\n"

    code, told, errors = typed(folder, text)

    assert (0, ["started", "on", "stopped"]) == (code, told.split())
    assert 'Traceback (most recent call last):\n  File "<console>", line 1, in <module>\nZeroDivisionError: division by zero' in errors
    assert "CancelledError" in errors
    assert "SyntaxError" in errors
    assert "shell.py" not in errors


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("exit()\n", 0),
        ("raise SystemExit(3)\n", 3),
        ("await asyncio.sleep(0); raise SystemExit('over')\n", 1),
        ("from pyboot.boot import Shutdown\nget(Shutdown).request(4)\n", 4),
    ],
)
def test_an_exit_stops_the_application_in_order(folder: Path, text: str, expected: int) -> None:
    """With its code; what follows is not run."""
    code, told, errors = typed(folder, text + "print('no more')\n")

    assert (expected, ["started", "stopped"]) == (code, told.split()), errors


def test_an_application_that_cannot_start_is_reported(folder: Path) -> None:
    """As by `pyboot run`, and nobody is asked for anything."""
    code, told, errors = typed(folder, "print('no')\n", "--pyboot.main.banner-mode=loud")

    assert (1, "") == (code, told)
    assert "Description:" in errors


class Terminal:
    """A shell at a terminal: both ends of a pty, and what was read of it."""

    def __init__(self, folder: Path) -> None:
        import pty

        self._ours, theirs = pty.openpty()
        environment = {**os.environ, "TERM": "dumb", "INPUTRC": os.devnull}
        self.process = subprocess.Popen(
            COMMAND, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)
        self.seen = ""

    def until(self, text: str) -> None:
        """Read until *text* has come, and take what stands before it away."""
        while text not in self.seen:
            ready, _, _ = select.select([self._ours], [], [], 30)
            assert ready, self.seen
            self.seen += os.read(self._ours, 65536).decode()
        self.seen = self.seen.partition(text)[2]

    def type(self, text: str) -> None:
        """Type *text*."""
        os.write(self._ours, text.encode())

    def end(self) -> int:
        """Return the exit code, and leave nothing behind."""
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            self.process.wait()
            os.close(self._ours)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty on Windows")
def test_a_terminal_interrupts_a_line_and_ends_the_shell(folder: Path) -> None:
    """Ctrl-C ends what waits and what holds the loop, and nothing else; Ctrl-D stops the application."""
    terminal = Terminal(folder)
    try:
        terminal.until("started")
        terminal.until(">>> ")
        terminal.type("def spin():\n    while True: pass\n\n")
        terminal.until(">>> ")
        for work in ("await asyncio.Event().wait()", "spin()"):
            terminal.type(f"print('wait' + 'ing') or {work}\n")
            terminal.until("waiting\r\n")
            terminal.process.send_signal(signal.SIGINT)
            terminal.until("KeyboardInterrupt")
            terminal.until(">>> ")
        terminal.type("6 * 7\n")
        terminal.until("42\r\n")
        terminal.until(">>> ")  # before, Ctrl-D would be the terminal's own end of a line, and be lost
        terminal.type("\x04")
        terminal.until("stopped")
    finally:
        code = terminal.end()
    assert 0 == code


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty on Windows")
def test_a_signal_stops_the_application_while_a_line_is_waited_for(folder: Path) -> None:
    """The thread that reads it holds nothing up."""
    terminal = Terminal(folder)
    try:
        terminal.until(">>> ")
        terminal.process.send_signal(signal.SIGTERM)
        terminal.until("stopped")
    finally:
        code = terminal.end()
    assert 0 == code
