"""Spare: a process that has imported the framework in advance and waits for its turn, so that a reload pays for the application alone.

It is no fork: nothing of the application has run in it, no thread, no loop. It imports what the worker before has used of pyboot, with
what that needs; where a file of that has changed itself, it begins anew.
"""

import contextlib
import os
import sys
from collections.abc import Iterable
from importlib import import_module

from pyboot.supervisor.channel import Message
from pyboot.supervisor.command import VARIABLE
from pyboot.supervisor.worker import Worker

__all__ = ["framework_modules", "wait_for_turn"]


def framework_modules() -> list[str]:
    """Return the modules of pyboot that this process has imported."""
    return sorted(name for name in sys.modules if name.startswith("pyboot."))


def wait_for_turn(worker: Worker) -> None:
    """Import in advance, and return when it is this process's turn; it ends here where the reloader is gone."""
    while (message := worker.next_message()).kind != "go":
        _import(message.fields["modules"] if message.kind == "import" else ())
    if _is_stale(message):
        worker.leave_to_successor()
        os.environ[VARIABLE] = str(worker.identity._replace(is_spare=False))
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  # this program


def _import(modules: Iterable[str]) -> None:
    for name in modules:
        with contextlib.suppress(Exception):  # whoever needs it is told
            import_module(name)


def _is_stale(turn: Message) -> bool:
    changed = {os.path.realpath(file) for file in turn.fields["files"]}
    return any(os.path.realpath(file) in changed for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None)))
