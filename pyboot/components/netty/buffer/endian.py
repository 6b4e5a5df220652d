"""Endian: the order of the bytes of a number."""

from __future__ import annotations

from enum import Enum
from typing import Any, Literal

__all__ = ["ByteOrder", "Endian", "byte_order"]


class Endian(Enum):
    """Big-endian, the network's order, has the highest byte first. The published family's name for it."""

    BIG_ENDIAN = "BIG_ENDIAN"
    LITTLE_ENDIAN = "LITTLE_ENDIAN"


# Also any other enum whose value says so, as the one of `pyboot.commons.utils.bytes` does.
type ByteOrder = Endian | Literal["big", "little"] | Enum

_ORDERS: dict[Any, Literal["big", "little"]] = {
    Endian.BIG_ENDIAN: "big",
    Endian.LITTLE_ENDIAN: "little",
    "BIG_ENDIAN": "big",
    "LITTLE_ENDIAN": "little",
    "big": "big",
    "little": "little",
}


def byte_order(order: ByteOrder) -> Literal["big", "little"]:
    """Python's word for *order*; raises ValueError for anything else."""
    found = _ORDERS.get(order) or _ORDERS.get(getattr(order, "value", None))
    if found is None:
        raise ValueError(f"byte order {order!r}: allowed is Endian.BIG_ENDIAN, Endian.LITTLE_ENDIAN, 'big' or 'little'")
    return found
