"""HostsFile: names that this machine gives to addresses itself, before any server is asked. Source: hosts(5)."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, final

__all__ = ["HostsFile"]

_PATH: Final = Path("/etc/hosts")
_MAX_BYTES: Final = 1024 * 1024


@final
class HostsFile:
    """The file of hosts at *path*; it is read when it is first asked, and again when it has changed.

    Args:
        path: /etc/hosts by default; one that is not there has no names.
        refresh_seconds: how often it is looked whether it has changed.
        clock: seconds that go on, for tests.

    Its first MiB is read: a file of a hundred thousand names is a list of blocked ones, whose rest is a matter for a name server.
    """

    def __init__(self, path: Path = _PATH, refresh_seconds: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._refresh = refresh_seconds
        self._clock = clock
        self._looked: float | None = None
        self._stamp: tuple[int, int] | None = None
        self._addresses: dict[str, list[str]] = {}

    def addresses(self, host: str) -> list[str]:
        """The addresses of *host*, in the order of the file; none where it does not name it."""
        now = self._clock()
        if self._looked is None or now - self._looked >= self._refresh:
            self._looked = now
            self._read_if_changed()
        return list(self._addresses.get(host.lower().removesuffix("."), ()))

    def _read_if_changed(self) -> None:
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp == self._stamp:
                return
            with self._path.open("rb") as file:
                text = file.read(_MAX_BYTES).decode("utf-8", "replace")
        except OSError:
            self._stamp, self._addresses = None, {}
            return
        self._stamp, self._addresses = stamp, _parse(text)


def _parse(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        address, *names = line.split("#")[0].split() or [""]
        try:
            shown = str(ipaddress.ip_address(address))
        except ValueError:
            continue
        for name in names:
            known = found.setdefault(name.lower().removesuffix("."), [])
            if shown not in known:
                known.append(shown)
    return found
