"""ServiceManager: systemd, as the process that it has started sees it: sockets that it opened, and news that it wants to hear.

Sources: ``sd_listen_fds(3)`` and ``sd_notify(3)``. Only the supervisor speaks with it; workers do not inherit its variables.
"""

import os
import socket
import time
from collections.abc import Mapping
from typing import Final, final

__all__ = ["ServiceManager"]

_FIRST_DESCRIPTOR: Final = 3


@final
class ServiceManager:
    """The service manager; without one it gives no sockets, and hears nothing."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Read what it has left in *environment*."""
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._pid = environment.get("LISTEN_PID", "")
        self._count = environment.get("LISTEN_FDS", "")
        watchdog = environment.get("WATCHDOG_USEC", "")
        is_meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_seconds = int(watchdog) / 1e6 if watchdog.isdecimal() and is_meant else 0.0
        """How long it waits for a sign of life; 0 where it does not."""

    @property
    def misdirected(self) -> str | None:
        """The process that its sockets are meant for, where that is another one: a shell or a wrapper stands between."""
        return self._pid if self._count and self._pid != str(os.getpid()) else None

    @property
    def complaint(self) -> str | None:
        """What to tell a person of sockets that are meant for another process."""
        if self.misdirected is None:
            return None
        return (
            f"the sockets of the service manager are for process {self.misdirected}, which is not this one: "
            "it must start pyboot itself, without a shell or another program between them"
        )

    def sockets(self) -> list[socket.socket]:
        """Return the sockets that it has opened; no child of this process inherits them.

        Raises:
            SystemExit: a descriptor that it tells of is no socket, but a pipe for example, or is closed.
        """
        if not self._count.isdecimal() or self.misdirected is not None:
            return []
        given = []
        for descriptor in range(_FIRST_DESCRIPTOR, _FIRST_DESCRIPTOR + int(self._count)):
            try:
                os.set_inheritable(descriptor, False)
                given.append(socket.socket(fileno=descriptor))
            except OSError as error:
                raise SystemExit(
                    f"pyboot: the service manager tells of {self._count} sockets (LISTEN_FDS), and descriptor {descriptor} is none "
                    f"({error.strerror}): pass it sockets alone, those of ListenStream= and ListenDatagram="
                ) from None
        return given

    def tell(self, *news: str) -> None:
        """Tell it *news*, such as ``READY=1``, in one datagram; one that does not listen is not waited for."""
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            try:
                sock.setblocking(False)
                sock.sendto("\n".join(news).encode(), address)
            except OSError:  # it is gone, or is not reading: a service goes on all the same
                return

    def reloading(self) -> None:
        """Tell it that a roll has begun; the time has to be in the same datagram."""
        self.tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")
