"""The two cores of a measurement: one for the server, one for the load."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cores:
    """The cores of the server and of the load; `None` where the system cannot pin a process."""

    server: int | None
    load: int | None

    @classmethod
    def choose(cls) -> "Cores":
        """Take the first and the last core that this process may use."""
        if not hasattr(os, "sched_getaffinity"):
            return cls(None, None)
        allowed = sorted(os.sched_getaffinity(0))
        return cls(allowed[0], allowed[-1])

    def __str__(self) -> str:
        """Return the sentence that stands under the table."""
        if self.server is None:
            return "processes are not pinned: this system has no sched_setaffinity"
        if self.server == self.load:
            return f"server and load share core {self.server}: there is no other, ratios count, figures do not"
        return f"server on core {self.server}, load on core {self.load}"


@contextlib.contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Let this thread, and so every process started inside, run on *core* only."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def allow_many_files() -> None:
    """Raise the limit of open files as far as it goes, for the processes started from here too."""
    if sys.platform != "win32":
        import resource  # Unix only

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def alone(say: Callable[[str], None]) -> Iterator[None]:
    """Keep other benchmarks of this user off the cores inside the block; waits for one that is running."""
    if sys.platform == "win32":
        yield
        return
    import fcntl  # Unix only

    with Path(tempfile.gettempdir(), f"pyboot-bench-{os.getuid()}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another benchmark to end: both would measure each other")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
