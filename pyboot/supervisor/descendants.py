"""Descendants: the processes that a process has started, and theirs; what Linux tells in ``/proc``, and nothing elsewhere."""

import os
import signal
from collections.abc import Container, Iterator

__all__ = ["descendants_of", "kill_with_descendants", "reap_orphans"]


def descendants_of(pid: int) -> list[int]:
    """Return the processes below *pid*, parents first."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found[1:]


def kill_with_descendants(pid: int) -> None:
    """Kill a process and what it has started: workers of a pool, say, which have inherited its sockets.

    It goes before its children, whose end it could take for a reason to start others.
    """
    for each in [pid, *descendants_of(pid)]:
        try:
            os.kill(each, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # it has ended by itself, or has become somebody else's
            continue


def reap_orphans(own: Container[int]) -> None:
    """Wait for the children that have ended and are not *own* ones, whose ends somebody else waits for.

    Process 1 of a container inherits whoever its descendants leave behind; a program that a shell has become, what the shell had started.
    """
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in own:  # one of our own has ended just now: its signal comes, and then the others' turn
            return
        os.waitpid(ended.si_pid, 0)


def _parents() -> Iterator[tuple[int, int]]:
    """Iterate over the living processes, each with its parent."""
    try:
        names = os.listdir("/proc")
    except OSError:
        return
    for name in filter(str.isdecimal, names):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if fields[0] != "Z":
            yield int(name), int(fields[1])
