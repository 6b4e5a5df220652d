"""Handover: what a supervisor leaves to the one that takes its place, in the same process, when it executes itself anew (``SIGUSR2``).

The process keeps its id, its children and the descriptors that are inheritable, so that the sockets never close, the workers see no end of
their channels, and whoever started the process notices nothing. Everything else goes on from a text in one variable. From the last look at
the signals until the new supervisor hears them they are blocked: none is lost, and none ends a process that has no handlers yet.
"""

import json
import os
import signal
import sys
from collections.abc import Iterable
from typing import Any, Final, Protocol, final

from .channel import Channel
from .process import ProcessState, WorkerProcess
from .signals import HEARD

__all__ = ["VARIABLE", "AdoptedChild", "execute_anew", "restored_process", "saved_process"]

VARIABLE: Final = "_PYBOOT_SUPERVISE"


@final
class AdoptedChild:
    """A child of this process that was started before it was executed anew: what `subprocess.Popen` is for the others."""

    def __init__(self, pid: int) -> None:
        """Take the id of a child that nobody has waited for yet."""
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, as `subprocess` has it; ``None`` while it lives."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without a word."""
        self.send_signal(signal.SIGKILL)


def saved_process(process: WorkerProcess) -> dict[str, Any]:
    """Return what has to be known of a worker to go on with it."""
    return {
        "pid": process.pid,
        "channel": process.channel.fileno(),
        "slot": process.slot,
        "generation": process.generation,
        "state": process.state.value,
        "began": process.began,
        "is_heard": process.is_heard,
        "adopted": sorted(process.adopted),
    }


def restored_process(saved: dict[str, Any], now: float) -> WorkerProcess:
    """Return the worker that was *saved*."""
    channel = Channel.inherited(saved["channel"])
    channel.set_blocking(False)
    process = WorkerProcess(AdoptedChild(saved["pid"]), channel, slot=saved["slot"], generation=saved["generation"], now=now)
    process.state, process.began = ProcessState(saved["state"]), saved["began"]
    process.is_heard, process.adopted = saved["is_heard"], set(saved["adopted"])
    return process


class Saved(Protocol):
    """Whatever keeps a descriptor."""

    def fileno(self) -> int:
        """Return it."""


def execute_anew(state: dict[str, Any], kept: Iterable[Saved]) -> None:
    """Execute this program anew with *state* and the descriptors that are *kept*; returns only where that fails, by OSError."""
    descriptors = [each.fileno() for each in kept]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    try:
        for descriptor in descriptors:
            os.set_inheritable(descriptor, True)
        os.environ[VARIABLE] = json.dumps(state)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  # this program
    finally:
        os.environ.pop(VARIABLE, None)
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
