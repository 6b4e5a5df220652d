"""Signals of the supervisor: each becomes a byte that its loop reads, so that nothing happens between two steps of it."""

import os
import signal
import socket
from types import FrameType
from typing import Any, Final, Self, final

__all__ = ["HEARD", "SupervisorSignals", "has_terminal"]

HEARD: Final = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGCHLD,
)
_IGNORED: Final = (signal.SIGPIPE, signal.SIGWINCH)


def has_terminal() -> bool:
    """Tell whether this process has a controlling terminal, from which a person may send signals."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


@final
class SupervisorSignals:
    """Takes the signals inside the block; ``SIGCHLD`` only wakes the loop, for systems without descriptors of processes."""

    def __enter__(self) -> Self:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._before: dict[int, Any] = {}  # Any: a handler, or a constant of the signal module
        for number in HEARD + _IGNORED:
            self._before[number] = signal.signal(number, signal.SIG_IGN if number in _IGNORED else _hear)
        self._descriptor = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)  # blocked while the supervisor was executed anew
        return self

    def __exit__(self, *error: object) -> None:
        signal.set_wakeup_fd(self._descriptor)
        for number, before in self._before.items():
            signal.signal(number, before or signal.SIG_DFL)
        self._reader.close()
        self._writer.close()

    def fileno(self) -> int:
        """Return the descriptor, for selectors."""
        return self._reader.fileno()

    def received(self) -> list[signal.Signals]:
        """Return the signals that have come since the last time."""
        try:
            return [signal.Signals(number) for number in self._reader.recv(4096)]
        except BlockingIOError:
            return []


def _hear(number: int, frame: FrameType | None) -> None:
    """Do nothing: the byte in the wake-up descriptor is all."""
