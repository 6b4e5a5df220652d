"""The load generator: `load.c`, built on demand, or the slower `slow_load.py` where there is no C compiler."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

from .cache import build_once, run_tool
from .errors import LoadError
from .machine import pinned
from .work import Work

SOURCE = Path(__file__).with_name("load.c")
SLOW = Path(__file__).with_name("slow_load.py")
HOLD_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Sample:
    """The counts of one run of the load generator inside its window.

    `server_cpu` and `load_cpu` are the shares of a core that the server (0: the system does not tell) and the load
    generator used: near 1 the latter was the limit.
    """

    qps: float
    gbps: float
    p50_us: float
    p90_us: float
    p99_us: float
    p999_us: float
    count: int
    seconds: float
    server_cpu: float
    load_cpu: float


@dataclass(frozen=True, slots=True)
class LoadGenerator:
    """The command that drives a server, and the core that it runs on."""

    command: tuple[str, ...]
    core: int | None
    note: str = ""
    patience_seconds: float = 10.0  # for the last answers after the window

    @classmethod
    def build(cls, core: int | None) -> "LoadGenerator":
        """Compile `load.c`, once; without a compiler take the Python one, and say so in `note`."""
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if compiler is None or not sys.platform.startswith("linux"):
            return cls.slow(core, "no C compiler found" if compiler is None else "load.c needs epoll")
        try:
            folder = build_once("load", SOURCE.read_bytes(), lambda to: run_tool(compiler, "-O2", "-o", to / "load", SOURCE))
        except subprocess.SubprocessError as error:
            return cls.slow(core, f"load.c cannot be built: {error}")
        return cls((str(folder / "load"),), core)

    @classmethod
    def slow(cls, core: int | None, reason: str) -> "LoadGenerator":
        """Return the generator in Python, which a fast server outruns; its note tells the *reason*."""
        return cls((sys.executable, str(SLOW)), core, f"load generated in Python ({reason}): fast servers will look alike")

    def run(self, work: Work, port: int, seconds: float, warm_seconds: float, server_pid: int = 0) -> Sample:
        """Load the server at *port* and return what was counted; raise `LoadError` if one byte was wrong."""
        limit = seconds + warm_seconds + self.patience_seconds + 30  # it ends by itself, unless a connect is never answered
        command = self._arguments(work, port, seconds, warm_seconds, server_pid)
        with pinned(self.core):
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)  # noqa: S603  # our own program
            except subprocess.TimeoutExpired as error:
                raise LoadError(1, f"the load generator did not end within {limit:.0f} s") from error
        if done.returncode:
            raise LoadError(done.returncode, done.stderr.strip() or f"ended with code {done.returncode}")
        return Sample(**json.loads(done.stdout))

    @contextmanager
    def hold(self, work: Work, port: int) -> Iterator[int]:
        """Keep the work's connections open inside the block; raise `LoadError` if one is refused, wrong or lost."""
        with pinned(self.core):
            process = subprocess.Popen(  # noqa: S603  # our own program
                self._arguments(work, port, HOLD_SECONDS, 0, 0), stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True
            )
        with process:
            assert process.stdout is not None
            line = process.stdout.readline()
            if line:
                yield int(json.loads(line)["held"])
            _, errors = process.communicate()
        if process.returncode or not line:
            raise LoadError(process.returncode, errors.strip())

    def _arguments(self, work: Work, port: int, seconds: float, warm_seconds: float, server_pid: int) -> list[str]:
        figures = (port, work.connections, work.depth, work.size, seconds, warm_seconds, self.patience_seconds, server_pid)
        return [*self.command, work.load, "127.0.0.1", *(str(figure) for figure in figures)]
