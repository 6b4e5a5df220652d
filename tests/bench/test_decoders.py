"""Claim: whichever decoder cuts the frames, a server is beside Netty with its decoder of the same name, and well ahead with some.

The aim is 1.5 times Netty's rate everywhere. It is reached where finding a frame's end is the work (delimiters, JSON), and where
frames are short and go out through an encoder; the others are held where they are, about the same as Netty. Where a frame is
found by arithmetic and echoed as it is, what is left of either server is the call of the user's handler and its write:
interpreted here, inlined there, and half of all the time that a frame takes.
"""

import pytest

from .conftest import Measure, times

pytestmark = pytest.mark.bench

WANTED = {
    "framed16": 2.0,
    "framed1k": 1.1,
    "fixed16": 0.95,
    "fixed1k": 0.8,
    "line16": 0.85,
    "line1k": 1.0,
    "delimiter16": 0.95,
    "delimiter1k": 3.0,
    "varint16": 0.95,
    "varint1k": 0.75,
    "json16": 0.95,
    "json1k": 2.0,
}


@pytest.mark.parametrize(("work", "wanted"), WANTED.items())
def test_compiled(measure: Measure, work: str, wanted: float) -> None:
    """Frames of 16 bytes and of 1 KiB, echoed by a plain handler."""
    ratio = times(measure(work, "pyboot", "netty"), "pyboot", "netty")

    assert ratio.middle >= wanted
