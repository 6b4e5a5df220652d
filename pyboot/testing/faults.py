"""The faults of a fault proxy: plain figures, checked when they are made. No I/O here."""

import math
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, fields

__all__ = ["DatagramFaults", "Programme", "StreamFaults", "chance_of", "faults_of", "new_seed"]

type Programme[Faults] = Faults | Callable[[int], Faults]  # for all alike, or for each by its number, from 0


def faults_of[Faults](programme: Programme[Faults], number: int) -> Faults:
    """Return the faults that *programme* has for the connection, or client, with this *number*."""
    return programme(number) if callable(programme) else programme


def new_seed() -> int:
    """Return a seed for a run that has none."""
    return secrets.randbits(32)


def chance_of(*seed: object) -> random.Random:
    """Return a generator that draws the same for the same *seed*."""
    return random.Random(repr(seed))  # noqa: S311  # nothing is kept secret by it


def _check(faults: object) -> None:
    for field in fields(faults):  # type: ignore[arg-type]  # a dataclass, as both below are
        value = getattr(faults, field.name)
        # Not `value < 0`: there is no number at all that NaN is less than.
        if value is not None and not 0 <= value <= (1 if field.name in ("loss", "duplicate", "reorder") else math.inf):
            raise ValueError(f"{field.name}={value!r}: allowed is 0 or more, and at most 1 for a share")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFaults:
    """The faults of one direction of one connection; by default none. Several go together.

    Where several limits are set, what is due first happens; bytes are counted from the beginning of the connection.

    Args:
        delay: seconds that each byte is under way.
        jitter: up to so many seconds more, drawn for each piece; the order stays.
        bandwidth: bytes a second; 0 for any number.
        slices: pieces of one to so many bytes, their length drawn; 0 leaves pieces as they come.
        cut_after: after so many bytes both sides see an orderly end.
        reset_after: after so many bytes both sides see a reset.
        half_close_after: after so many bytes this direction ends, and the other goes on.
        black_hole_after: after so many bytes everything is swallowed, the end included, and the connection stays.
        corrupt_at: the byte with this number, from 0, is turned over.
        partitioned: nothing passes, and nothing is lost: it waits until the faults are changed, as for a cable that is put in again.

    Raises ValueError for a negative figure.
    """

    delay: float = 0.0
    jitter: float = 0.0
    bandwidth: int = 0
    slices: int = 0
    cut_after: int | None = None
    reset_after: int | None = None
    half_close_after: int | None = None
    black_hole_after: int | None = None
    corrupt_at: int | None = None
    partitioned: bool = False

    def __post_init__(self) -> None:
        _check(self)

    def next_limit(self) -> tuple[float, str]:
        """Return after how many bytes which fault is due, the first where there are several; infinity and nothing where there is none."""
        limits = ("reset_after", "cut_after", "half_close_after", "black_hole_after")
        due = [(value, name) for name in limits if (value := getattr(self, name)) is not None]
        return min(due, key=lambda each: each[0], default=(math.inf, ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class DatagramFaults:
    """The faults of the datagrams of one direction of one client; by default none. Several go together.

    Args:
        loss: the share that is lost, 0 to 1.
        duplicate: the share that comes twice.
        reorder: the share that comes behind the next one; where none follows, after a twentieth of a second.
        delay: seconds that each is under way.
        jitter: up to so many seconds more, drawn for each, so that they may overtake each other.

    Raises ValueError for a figure outside of its range.
    """

    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0

    def __post_init__(self) -> None:
        _check(self)
