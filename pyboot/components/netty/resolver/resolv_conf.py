"""ResolvConf: which name servers are asked, and how, as ``/etc/resolv.conf`` says it.

Source: resolv.conf(5) of glibc, whose limits these are.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, final

__all__ = ["ResolvConf"]

_PATH: Final = Path("/etc/resolv.conf")
_MAX_BYTES: Final = 64 * 1024
_MAX_SERVERS: Final = 3
_MAX_SEARCH: Final = 32
_MAX: Final = {"ndots": 15, "timeout": 30, "attempts": 5}


@final
@dataclass(frozen=True, slots=True)
class ResolvConf:
    """The settings of a resolver.

    Args:
        nameservers: addresses, asked in this order; this machine where there is none.
        search: domains that are put behind short names, in this order.
        ndots: with so many dots a name is tried as it is before the domains are.
        timeout_seconds: for an answer of one server.
        attempts: how often all servers are asked.
        rotate: whether each question begins with the next server.
    """

    nameservers: tuple[str, ...] = ("127.0.0.1",)
    search: tuple[str, ...] = ()
    ndots: int = 1
    timeout_seconds: float = 5.0
    attempts: int = 2
    rotate: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what *text* says; lines that nobody knows are left out, as glibc does, and numbers are cut to what is allowed."""
        servers: list[str] = []
        search: tuple[str, ...] = ()
        numbers = {"ndots": 1, "timeout": 5, "attempts": 2}
        rotate = False
        for line in text.splitlines():
            words = line.split("#")[0].split(";")[0].split()
            match words:
                case ["nameserver", address, *_] if _is_address(address) and len(servers) < _MAX_SERVERS:
                    servers.append(address)
                case ["domain" | "search", *domains] if domains:  # the last of them is the one that counts
                    search = tuple(each for each in domains if each.strip("."))[:_MAX_SEARCH]
                case ["options", *options]:
                    for option in options:
                        name, _, value = option.partition(":")
                        if name in numbers and value.isascii() and value.isdigit():
                            numbers[name] = min(int(value), _MAX[name])
                    rotate = rotate or "rotate" in options
                case _:
                    pass
        ndots, timeout, attempts = numbers.values()
        return cls(tuple(servers) or ("127.0.0.1",), search, ndots, float(max(timeout, 1)), max(attempts, 1), rotate)

    @classmethod
    def read(cls, path: Path = _PATH) -> Self:
        """Return what the file at *path* says, its first 64 KiB; the defaults where there is none."""
        try:
            with path.open("rb") as file:
                return cls.parse(file.read(_MAX_BYTES).decode("utf-8", "replace"))
        except OSError:
            return cls()


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
