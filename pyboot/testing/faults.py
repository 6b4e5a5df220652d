"""The faults of a fault proxy: plain figures, checked when they are made. No I/O here."""

import random
import secrets
from dataclasses import dataclass, fields

__all__ = ["DatagramFaults", "StreamFaults", "chance_of", "new_seed"]


def new_seed() -> int:
    """Return a seed for a run that has none."""
    return secrets.randbits(32)


def chance_of(*seed: object) -> random.Random:
    """Return a generator that draws the same for the same *seed*."""
    return random.Random(repr(seed))  # noqa: S311  # nothing is kept secret by it


def _check(faults: object) -> None:
    for field in fields(faults):  # type: ignore[arg-type]  # a dataclass, as both below are
        value = getattr(faults, field.name)
        if value is not None and (value < 0 or (field.name in ("loss", "duplicate", "reorder") and value > 1)):
            raise ValueError(f"{field.name}={value!r}: allowed is 0 or more, and at most 1 for a share")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFaults:
    """The faults of one direction of one connection; by default none.

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

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatagramFaults:
    """The faults of the datagrams of one direction; by default none.

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
