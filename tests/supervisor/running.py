"""A real application under a supervisor: a project in a folder, its log line by line, and clients that count what becomes of them."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from pyboot.supervisor.descendants import kill_with_descendants

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30.0
APPLICATION = """
import os, pathlib, time
from pyboot.boot import PyBootApplication, PreDestroy
from pyboot.netty import ChannelHandler, ChannelHandlerBean, NettyServer

if pathlib.Path("broken").exists():
    raise RuntimeError("this version is broken")

@PyBootApplication
class App: ...

@NettyServer(port=0)
class GreetServer:
    pipeline = ["line", "string"]

@ChannelHandlerBean()
class GreetHandler(ChannelHandler):
    def channel_read(self, ctx, message):
        if message == "block":
            time.sleep(120)
        ctx.write_and_flush(f"{os.getpid()}\\n")
"""


class Running:
    """`pyboot run` of an application in *folder*; ends with the block, and leaves no process behind."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        program: str = APPLICATION,
        before: Sequence[str] = (),
        descriptors: Sequence[int] = (),
        arguments: Sequence[str] = ("-m", "pyboot.cli", "run", "hello", "--pyboot.main.banner-mode=off"),
    ) -> None:
        """Run *program*, by the *arguments* of the interpreter; the command *before* starts it, and gets the *descriptors*."""
        self.folder = folder
        (folder / "hello.py").write_text(program)
        command = [*before, sys.executable, *arguments, *options]
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{':'.join(path for path in sys.path if path)}", "PWD": str(folder)}
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            pass_fds=descriptors,
        )
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip())
                self._changed.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        kill_with_descendants(self.process.pid)  # below a wrapper as well
        for pid in self.supervisors():  # or where the wrapper has ended
            kill_with_descendants(pid)
        for pid in self.workers():
            _kill(pid)
        self.process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()

    def wait(self, pattern: str, times: int = 1) -> list[re.Match[str]]:
        """Wait until so many lines match."""
        found: list[re.Match[str]] = []

        def is_there() -> bool:
            found[:] = [match for line in self.lines if (match := re.search(pattern, line))]
            return len(found) >= times

        with self._changed:
            assert self._changed.wait_for(is_there, PATIENCE_SECONDS), "\n".join([f"no {pattern}:", *self.lines])
        return found

    def ready(self, workers: int) -> None:
        """Wait until so many workers are ready."""
        self.wait(r"worker \d+: ready", workers)

    @property
    def port(self) -> int:
        """The port of the first server."""
        return int(self.wait(r"listening on [\d.]+:(\d+)")[0][1])

    def workers(self) -> list[int]:
        """The living workers."""
        pids = [int(match[1]) for line in self.lines if (match := re.search(r"ready .* process (\d+)", line))]
        return [pid for pid in pids if is_alive(pid)]

    def supervisors(self) -> list[int]:
        """The living processes that have logged as supervisors, and are in the folder of the test: numbers are given anew."""
        pids = {int(match[1]) for line in self.lines if (match := re.search(r" (\d+) --- pyboot\.supervisor", line))}
        return [pid for pid in pids if is_alive(pid) and _folder_of(pid) == self.folder.resolve()]

    def signal(self, number: int) -> None:
        """Send a signal to the supervisor."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait for the end; the exit code."""
        code = self.process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        return code


def _folder_of(pid: int) -> Path | None:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:  # it has ended meanwhile
        return None


def _kill(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return


def is_alive(pid: int) -> bool:
    """Whether the process runs: a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(holds: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Look until it holds: what another process does tells nobody."""
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, "it does not become true"
        threading.Event().wait(0.02)


def elapse(seconds: float) -> None:
    """Let time pass that a test is about: that of a stopped process, or between two signals."""
    until = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > until)


def ask(port: int, text: str = "hello", seconds: float = 10.0) -> int:
    """Connect, ask, and return the process that answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as client:
        client.sendall(f"{text}\n".encode())
        return int(client.makefile().readline())


class Load:
    """Clients that connect, ask and close, one after the other, until the block ends."""

    def __init__(self, port: int, clients: int = 6) -> None:
        self.port = port
        self.results: Counter[str] = Counter()
        self.longest_seconds = 0.0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(clients)]

    def _run(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            try:
                ask(self.port)
                self.results["answered"] += 1
            except (OSError, ValueError) as error:
                self.results[type(error).__name__] += 1
            self.longest_seconds = max(self.longest_seconds, time.monotonic() - began)
            self._over.wait(0.01)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
