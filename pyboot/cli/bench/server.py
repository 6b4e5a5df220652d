"""A peer's process: started on its core, asked for its port, watched, ended."""

import os
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import PeerFailedError
from .machine import pinned

START_SECONDS = 20.0
STOP_SECONDS = 5.0


class Server:
    """A running peer. It prints `SERVING port detail` when it listens, and ends when its standard input does."""

    def __init__(self, peer: str, command: list[str], environment: dict[str, str], core: int | None) -> None:
        """Start *command* on *core* and wait until it serves; raise `PeerFailedError` if it does not."""
        self.peer = peer
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # stop() closes it; a pipe would fill and stop a chatty peer
        with pinned(core):
            self._process = subprocess.Popen(  # noqa: S603  # a program of the peers' folder
                command, env=environment, stdin=subprocess.PIPE, stdout=self._log, stderr=subprocess.STDOUT
            )
        try:
            self.port, self.detail = self._await_port()
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process: by closing its input, after five seconds by killing it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def failed(self, what: str) -> PeerFailedError:
        """Return the error that says *what* this peer did wrong, with the end of its output."""
        return PeerFailedError(self.peer, what, self._output()[-2000:])

    @property
    def resident_bytes(self) -> int:
        """Memory of the process that is in RAM and its own, or 0 where the system does not tell."""
        rollup = Path(f"/proc/{self._process.pid}/smaps_rollup")
        if not rollup.exists():
            return 0
        fields = (line.split() for line in rollup.read_text().splitlines()[1:])
        return sum(int(field[1]) << 10 for field in fields if field[0] in {"Private_Clean:", "Private_Dirty:"})

    @property
    def pid(self) -> int:
        """The process, for whoever watches it."""
        return self._process.pid

    def _await_port(self) -> tuple[int, str]:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            ended = self._process.poll() is not None
            for line in self._output().splitlines(keepends=True):
                if line.startswith("SERVING ") and line.endswith("\n"):
                    _, port, detail = line.split(maxsplit=2)
                    return int(port), detail.strip()
            if ended:
                raise PeerFailedError(self.peer, "ended before it served", self._output()[-2000:])
            time.sleep(0.01)
        raise PeerFailedError(self.peer, f"did not serve within {START_SECONDS:.0f} s", self._output()[-2000:])

    def _output(self) -> str:
        return os.pread(self._log.fileno(), 1 << 20, 0).decode(errors="replace")
