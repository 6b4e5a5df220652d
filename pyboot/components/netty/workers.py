"""Workers: a program with one server in several processes, under the supervisor of ``pyboot run --workers``, without a container.

Theory of operation. The program runs up to `Server.grace`, and there it is what its variables say::

    started by a person        executes `python -m pyboot.supervisor PROGRAM` in its place: the same process, nothing of the program left
    started by a supervisor    is a worker: asks for its socket, serves, and ends when it is asked to

Nothing is forked and nobody imports the program, so it needs no guard around its last lines; what it does before `grace` it does in each
process. Of the supervisor a worker imports its end of the channel, and nobody else anything.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict, final

from pyboot.components.netty.address import address_text
from pyboot.components.netty.errors import NettyError
from pyboot.components.netty.transport.given import use_source
from pyboot.components.netty.transport.signals import check_can_block, run_until_signal

if TYPE_CHECKING:
    from typing import NoReturn

    from pyboot.components.netty.bootstrap import ServerBootstrap
    from pyboot.supervisor.worker import Worker

__all__ = ["ServerWorkers", "WorkersArguments"]

_log = logging.getLogger(__name__)

IN_A_WORKER: Final = "_PYBOOT_WORKER"
"""The variable that tells a worker who it is: `pyboot.supervisor.command.VARIABLE`."""

_LEAST_SECONDS: Final = {"stalled_after": 1.0, "boot_timeout": 0.001}
_MOST_SECONDS: Final = 36500 * 86400.0  # a hundred years: no clock of the system takes much more
_SPARE_SECONDS: Final = 5.0  # between the deadline of a graceful end, which cuts connections off, and that of the process


class WorkersArguments(TypedDict, total=False):
    """The settings below ``pyboot.workers``, times in seconds; docs/howto/run-several-workers has them with their defaults."""

    accept: Literal["auto", "per-worker", "shared"]
    boot_timeout: float
    settle: float
    stalled_after: float
    drain_timeout: float
    quiet_period: float
    pre_stop_delay: float
    orphan_timeout: float
    give_up: float
    max_lifetime: float
    max_memory: int
    pid_file: str


@final
class ServerWorkers:
    """The number of processes that a server has, and the settings of their supervisor."""

    def __init__(self, count: int | Literal["auto"], settings: Mapping[str, Any]) -> None:
        """Take what `Server.workers` was told; raises TypeError and ValueError for what it cannot be."""
        unknown = sorted(settings.keys() - WorkersArguments.__annotations__.keys())
        if unknown:
            raise TypeError(f"workers() knows no {', '.join(unknown)}; allowed: {', '.join(sorted(WorkersArguments.__annotations__))}")
        if count != "auto" and (type(count) is not int or count < 1):
            raise ValueError(f"{count!r} workers, allowed is a number from 1 on, or 'auto': one for each processor")
        for name, value in settings.items():
            if name == "max_memory":
                if type(value) is not int or value < 0:
                    raise ValueError(f"max_memory of {value!r}, allowed are bytes, a whole number of 0 or more")
            elif name == "pid_file":
                if not value or not isinstance(value, str | os.PathLike):
                    raise ValueError(f"pid_file {value!r}, allowed is the path of a file")
            elif name != "accept":
                _check_seconds(name, value)
        if settings.get("accept", "auto") not in ("auto", "per-worker", "shared"):
            raise ValueError(f"accept {settings['accept']!r}, allowed is auto, per-worker or shared")
        self._settings = {**settings, "count": 0 if count == "auto" else count}
        if "pid_file" in settings:
            self._settings["pid_file"] = os.path.abspath(settings["pid_file"])

    def serve(self, bootstrap: ServerBootstrap, timeout_seconds: float) -> None:
        """Serve as a worker, or become the supervisor of workers. Blocks.

        Raises:
            NettyError: this program cannot have several processes; the text says why.
            SystemExit: with 1 where connections were cut off or the server could not be bound, with 70 where the supervisor is gone.
        """
        check_can_block()
        worker = worker_of_this_process()
        if worker is None:
            _supervise(bootstrap)
        settings = {"drain_timeout": timeout_seconds + _SPARE_SECONDS, **self._settings}
        code = _serve(worker, bootstrap, settings, timeout_seconds)
        if code:
            raise SystemExit(code)

    def check_awaited(self) -> None:
        """Raise `NettyError`: whoever awaits `bind` has a loop already, and no process of it is a worker."""
        raise NettyError("workers() is for grace(), which becomes the supervisor of other processes: leave it out in order to await bind()")


def _check_seconds(name: str, value: object) -> None:
    least = _LEAST_SECONDS.get(name, 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= _MOST_SECONDS:
        why = ": a busy loop is not a stuck one" if name == "stalled_after" else ""
        raise ValueError(f"{name} of {value!r}, allowed are seconds, {least:g} or more{why}, and a hundred years at most")


@functools.cache
def worker_of_this_process() -> Worker | None:
    """Return the worker that this process is, and hide from its children that it is one; None where a person has started it."""
    if IN_A_WORKER not in os.environ:
        return None
    from pyboot.supervisor.worker import Worker  # a worker alone pays for it

    return Worker.of_this_process()


def _supervise(bootstrap: ServerBootstrap) -> NoReturn:
    """Execute the supervisor in the place of this program."""
    if sys.platform in ("win32", "darwin"):
        raise NettyError("several workers need Linux, since other systems lack sockets that keep the bounds of messages")
    address = bootstrap.said_address
    if not isinstance(address, tuple | str):
        raise NettyError(f"{address_text(address)} is inside of one process: give several workers a port or a path")
    _check_can_start_again()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "pyboot.supervisor", sys.executable, *sys.orig_argv[1:]])  # noqa: S606  # our own program


def _check_can_start_again() -> None:
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None and processes.parent_process() is not None:
        raise NettyError('a child of multiprocessing runs the program\'s last lines: put them below `if __name__ == "__main__":`')
    program = sys.modules["__main__"]
    file = getattr(program, "__file__", None)
    if sys.flags.interactive or file == "<stdin>" or (file is None and sys.argv[:1] != ["-c"]):
        raise NettyError("several workers need a program that can be started again: save it as a file")
    if file is None or getattr(program, "__spec__", None) is not None:  # -c, -m
        return
    said = [word for word in sys.orig_argv[1:] if os.path.basename(word) == os.path.basename(file)]
    if not os.path.exists(file) or (said and not any(map(os.path.exists, said))):
        raise NettyError(
            f"several workers need a program that can be started again, and {said[-1] if said else file} is not found from {os.getcwd()}: "
            "change the folder behind workers(), in the workers, or start the program by its whole path"
        )


def _serve(worker: Worker, bootstrap: ServerBootstrap, settings: dict[str, Any], timeout_seconds: float) -> int:
    """Serve until the supervisor, or SIGTERM, asks for the end; return the exit code."""
    from pyboot.supervisor.settings import WorkerSettings  # as above

    codes: list[int] = []

    async def serve(stop: asyncio.Event) -> None:
        def end(code: int) -> None:
            codes.append(code)
            stop.set()

        try:
            server = await bootstrap.bind()
            _log.info("worker %d listening on %s", worker.identity.slot, address_text(server.local_address()))
            worker.serve(asyncio.get_running_loop(), end, drain=bootstrap.tell_draining)
            await stop.wait()
            codes.append(1 if await bootstrap.shutdown_gracefully(0.0, timeout_seconds) else 0)
        finally:
            worker.end()

    worker.begin()
    worker.tell_settings(WorkerSettings.of(settings).told())
    use_source(worker)
    try:
        run_until_signal(serve, (signal.SIGTERM,))
    except Exception:  # whatever it is: the supervisor prints it once for all workers that end for it
        if worker.failed(traceback.format_exc()):
            raise SystemExit(1) from None
        raise
    return next((code for code in codes if code), 0)
