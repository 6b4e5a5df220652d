"""Finds the process that listens on a port, and its command, in /proc where the system has one and allows the look."""

from collections.abc import Iterator
from pathlib import Path

from pyboot.boot.record import Record

_LISTENS = "0A"  # the state TCP_LISTEN, as /proc/net/tcp writes it
_LONGEST_COMMAND = 120


class Listener(Record):
    """A process that holds a listening socket; *command* is cut where it is long."""

    process: int
    command: str

    def __str__(self) -> str:
        return f"process {self.process}: {self.command}"


def listener_on(port: int, proc: Path = Path("/proc")) -> Listener | None:
    """Return who listens on the TCP *port*; None where nobody does, or where it cannot be found out."""
    sockets = {f"socket:[{inode}]" for inode in _listening(port, proc)}
    for folder in proc.glob("[0-9]*") if sockets else ():
        if not sockets.isdisjoint(_open_files(folder)):
            words = "\0".join(_lines(folder / "cmdline")).split("\0")
            command = " ".join(word for word in words if word)[:_LONGEST_COMMAND]
            return Listener(int(folder.name), command or "a command that cannot be read")
    return None


def _listening(port: int, proc: Path) -> Iterator[str]:
    """Iterate over the inodes of the sockets that listen on *port*, of both address families."""
    for table in ("tcp", "tcp6"):
        for line in _lines(proc / "net" / table)[1:]:
            fields = line.split()
            if fields[3] == _LISTENS and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _open_files(folder: Path) -> Iterator[str]:
    """Iterate over the files and sockets that the descriptors of a process point to; none of a process of another user."""
    try:
        for link in (folder / "fd").iterdir():
            yield str(link.readlink())
    except OSError:
        return


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(errors="replace").splitlines()
    except OSError:  # no such system, or not ours to read
        return []
