"""Stacks: where the threads of workers stand, which their interpreters write at a signal, without a word about whose they are."""

import signal
from collections.abc import Iterable
from functools import partial
from typing import Final

from .log import SupervisorLog
from .loop import Loop
from .process import ProcessState, WorkerProcess

__all__ = ["ask_for_stacks"]

_APART_SECONDS: Final = 0.1  # each writes line by line, and two at once would mix theirs


def ask_for_stacks(processes: Iterable[WorkerProcess], loop: Loop, log: SupervisorLog) -> None:
    """Ask *processes* for their stacks, one after the other, each announced by a line of the log."""
    for turn, process in enumerate(processes):
        loop.later(turn * _APART_SECONDS, partial(_ask, process, log))


def _ask(process: WorkerProcess, log: SupervisorLog) -> None:
    if process.state is not ProcessState.GONE:
        log.info(f"SIGQUIT: worker {process.slot}, process {process.pid}, stands here:")
        process.signal(signal.SIGQUIT)
