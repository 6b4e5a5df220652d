"""Given carriers: what carries the frames of this process: its own hub, or what somebody has put in its place, as a worker's host does."""

from collections.abc import Callable

from .hub import Carrier, LocalHub

__all__ = ["carrier", "use_carrier"]

_make: Callable[[str], Carrier] = LocalHub.named


def carrier(prefix: str) -> Carrier:
    """Return what carries the frames of the applications that use *prefix*."""
    return _make(prefix)


def use_carrier(make: Callable[[str], Carrier] | None) -> None:
    """Let *make* give the carriers of this process from here on; None: the process has its own hub."""
    global _make  # of the process, as its supervisor is
    _make = LocalHub.named if make is None else make
