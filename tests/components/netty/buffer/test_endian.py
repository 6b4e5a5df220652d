"""Byte orders, by whatever name."""

from enum import Enum

import pytest

from pyboot.components.netty.buffer.endian import Endian, byte_order


class Foreign(Enum):
    """The enum of another library, as `pyboot.commons.utils.bytes` has one."""

    LITTLE_ENDIAN = "LITTLE_ENDIAN"


def test_every_name_of_an_order_is_understood() -> None:
    """Ours, Python's, and the published family's."""
    assert ["big", "little", "big", "little", "little"] == [
        byte_order(order) for order in (Endian.BIG_ENDIAN, Endian.LITTLE_ENDIAN, "big", "little", Foreign.LITTLE_ENDIAN)
    ]


def test_what_is_no_order_is_refused() -> None:
    """With what is one."""
    with pytest.raises(ValueError, match=r"byte order 'middle': allowed is Endian.BIG_ENDIAN"):
        byte_order("middle")  # type: ignore[arg-type]  # that is the point
