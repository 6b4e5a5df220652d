"""The settings below ``random.``, which have a new value each time they are read."""

import os
import re
import uuid

from pyboot.boot.config.tree import Leaf
from pyboot.boot.errors import PlaceholderError
from pyboot.boot.model.origin import Origin

_RANGE = r"random\.(?P<kind>int|long)(?:[(\[](?P<first>-?\d{1,19})(?:,\s*(?P<second>-?\d{1,19}))?[)\]])?"
_LIMITS = {"int": 2**31, "long": 2**63}


def random_value(key: str) -> Leaf:
    """Return a fresh value for ``random.value``, ``random.uuid``, ``random.int``, ``random.int(10)`` or ``random.int[1,9]``.

    A range ends before its upper bound. The values come from the system's secure source.

    Raises:
        PlaceholderError: *key* is none of these.
    """
    return Leaf.of(_draw(key), Origin("random"))


def _draw(key: str) -> str:
    if key == "random.value":
        return os.urandom(16).hex()
    if key == "random.uuid":
        return str(uuid.uuid4())
    match = re.fullmatch(_RANGE, key)
    if match is None:
        raise PlaceholderError(key, "known are random.value, random.uuid, random.int, random.long, random.int(10), random.int[1,9]")
    if match["first"] is None:
        return str(_below(_LIMITS[match["kind"]]))
    low, high = (0, int(match["first"])) if match["second"] is None else (int(match["first"]), int(match["second"]))
    if high <= low:
        raise PlaceholderError(key, f"the range from {low} to {high} is empty")
    return str(low + _below(high - low))


def _below(limit: int) -> int:
    """Return a number below *limit*, drawn from 128 random bits: its bias is beyond measuring."""
    return int.from_bytes(os.urandom(16)) % limit
