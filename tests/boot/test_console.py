"""The console: nobody waits for who reads it, nothing is lost within its limits, and standard streams are there."""

import io
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import TextIO

import pytest

from pyboot.boot import console
from pyboot.boot.console import ConsoleHandler, say_and_end

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def pipe() -> Iterator[tuple[int, TextIO]]:
    """A pipe: where to read, and the stream to write to."""
    reader, writer = os.pipe()
    stream = os.fdopen(writer, "w", encoding="utf-8")
    yield reader, stream
    if not stream.closed:
        stream.close()
    try:
        os.close(reader)
    except OSError:  # the test has
        return


def record(text: str) -> logging.LogRecord:
    """A record that says *text*."""
    return logging.LogRecord("x", logging.INFO, __file__, 1, text, (), None)


def read(reader: int, lines: int) -> list[str]:
    """So many lines."""
    data = b""
    while data.count(b"\n") < lines:
        data += os.read(reader, 65_536)
    return data.decode().splitlines()


def test_a_record_is_written_at_once_where_there_is_room(pipe: tuple[int, TextIO]) -> None:
    """No thread is started."""
    reader, stream = pipe
    handler = ConsoleHandler(stream)
    handler.emit(record("one"))
    handler.emit(record("zwei ü"))

    assert ["one", "zwei ü"] == read(reader, 2)
    assert handler._writer is None


@pytest.mark.parametrize("seed", range(5))
def test_an_unread_pipe_makes_nobody_wait_and_loses_nothing(pipe: tuple[int, TextIO], seed: int) -> None:
    """Short records and long ones, from several threads, come out whole, each thread's in order, whenever somebody reads."""
    reader, stream = pipe
    handler = ConsoleHandler(stream)
    random = Random(seed)
    sizes = [[random.choice([10, 1_000, 5_000, 70_000]) for _ in range(20)] for _ in range(3)]

    def write(name: int) -> None:
        for number, size in enumerate(sizes[name]):
            handler.handle(record(f"{name}.{number} " + "x" * size))

    threads = [threading.Thread(target=write, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()

    lines = read(reader, 60)
    expected = [[f"{name}.{number} {'x' * size}" for number, size in enumerate(sizes[name])] for name in range(3)]
    assert expected == [[line for line in lines if line.startswith(f"{name}.")] for name in range(3)], seed
    handler.flush()
    handler.emit(record("and on"))
    assert ["and on"] == read(reader, 1)


def test_what_does_not_fit_is_counted(pipe: tuple[int, TextIO], monkeypatch: pytest.MonkeyPatch) -> None:
    """In its place; what comes after somebody has read is written again."""
    monkeypatch.setattr(console, "_BACKLOG_BYTES", 100_000)
    reader, stream = pipe
    handler = ConsoleHandler(stream)
    for number in range(100):
        handler.emit(record(f"{number} " + "x" * 10_000))

    data = b""
    while b"..." not in data or not data.endswith(b"\n"):
        data += os.read(reader, 65_536)
    lines = data.decode().splitlines()
    kept = len(lines) - 1
    assert [str(number) for number in range(kept)] == [line.partition(" ")[0] for line in lines[:-1]]
    assert f"... {100 - kept} log records were dropped here: nobody read this console" == lines[-1]


def test_flushing_waits_a_moment_and_no_longer(pipe: tuple[int, TextIO], monkeypatch: pytest.MonkeyPatch) -> None:
    """A process whose console nobody reads ends all the same."""
    monkeypatch.setattr(console, "_FLUSH_SECONDS", 0.01)
    reader, stream = pipe
    handler = ConsoleHandler(stream)
    handler.emit(record("x" * 200_000))
    handler.flush()
    assert handler._is_busy()

    assert ["x" * 200_000] == read(reader, 1)


def test_nobody_reads_any_more(pipe: tuple[int, TextIO], capsys: pytest.CaptureFixture[str]) -> None:
    """As the standard library's handler: the error is told, and raised to nobody."""
    reader, stream = pipe
    handler = ConsoleHandler(stream)
    os.close(reader)
    handler.emit(record("lost"))

    assert "BrokenPipeError" in capsys.readouterr().err
    stream.close()


def test_an_end_is_said_within_its_time_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks again does not begin anew: signals may come faster than anything can be said."""
    ended: list[int] = []
    said: list[str] = []
    blocked = threading.Event()

    def end(code: int) -> None:
        ended.append(code)
        raise SystemExit(code)

    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(console, "_ending", threading.Event())

    def say(logger: logging.Logger, text: str) -> None:
        said.append(text)
        blocked.wait(10)

    monkeypatch.setattr(console, "_say", say)
    for seconds in (0.01, 60):
        with pytest.raises(SystemExit):
            say_and_end(logging.getLogger("x"), "ending", 143, seconds=seconds)
    blocked.set()

    assert ([143, 143], ["ending"]) == (ended, said)


def test_text_in_memory_is_written_as_ever() -> None:
    """It has no descriptor."""
    stream = io.StringIO()
    ConsoleHandler(stream).emit(record("one"))

    assert "one\n" == stream.getvalue()


APPLICATION = """
import asyncio, logging, sys
from pathlib import Path
from pyboot.boot import Component, PyBootApplication, run

@PyBootApplication
class App: ...

@Component
class Server:
    phase = 5

    async def start(self) -> None:
        self.task = asyncio.ensure_future(self.beat())

    async def beat(self) -> None:
        for number in range(200):
            logging.getLogger("loud").warning("%d %s", number, "x" * 10_000)
            await asyncio.sleep(0)
        Path("turned").touch()

    async def stop(self) -> None:
        Path("stopped").touch()
        if len(sys.argv) > 1:
            await asyncio.Event().wait()

run(App, ["--pyboot.main.banner-mode=off"])
"""


@pytest.fixture
def unread(tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes whose output nobody reads; they end with the test."""
    (tmp_path / "loud.py").write_text(APPLICATION)
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def until(process: subprocess.Popen[bytes], path: Path) -> None:
    """Wait until *path* is there."""
    for _ in range(2_000):
        if path.exists():
            return
        try:
            process.wait(0.01)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"{path.name}: the process did not come so far")


@pytest.mark.slow
@pytest.mark.parametrize("hanging", [False, True])
def test_an_application_whose_output_nobody_reads_goes_on_and_ends(
    tmp_path: Path, unread: list[subprocess.Popen[bytes]], hanging: bool
) -> None:
    """Its loop turns, a signal ends it in order, and a second one at once."""
    command = [sys.executable, "loud.py", *(["hanging"] if hanging else [])]
    environment = {"PYTHONPATH": str(ROOT), "PYBOOT_AUTOCONFIGURE_ENABLED": "false"}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    unread.append(process)
    until(process, tmp_path / "turned")
    process.send_signal(signal.SIGTERM)
    until(process, tmp_path / "stopped")
    for _ in range(100 if hanging else 0):
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break

    assert (143 if hanging else 0) == process.wait(20)


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_an_application_without_a_standard_stream_runs(tmp_path: Path, closed: str) -> None:
    """What is opened later does not get its descriptor."""
    (tmp_path / "bare.py").write_text(
        "import os\nfrom pathlib import Path\nfrom pyboot.boot import Component, PyBootApplication, run\n"
        "@PyBootApplication\nclass App: ...\n"
        "@Component\nclass First:\n    phase = 5\n    async def stop(self) -> None: ...\n    async def start(self) -> None:\n"
        "        os.kill(os.getpid(), 15)\n"
        "        Path('links').write_text(' '.join(os.readlink(f'/proc/self/fd/{number}') for number in range(3)))\n"
        "run(App)\n"
    )
    environment = {"PYTHONPATH": str(ROOT), "PYBOOT_AUTOCONFIGURE_ENABLED": "false", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec '{sys.executable}' bare.py {closed}"], cwd=tmp_path, env=environment, capture_output=True, timeout=30
    )

    assert done.returncode in (0, 143), done.stderr  # the signal that ends it may come before the start is over
    assert b"" == done.stdout
    links = (tmp_path / "links").read_text().split()
    for number, link in enumerate(links):
        if f"{number}>" in closed or f"{number}<" in closed:
            assert "/dev/null" == link
