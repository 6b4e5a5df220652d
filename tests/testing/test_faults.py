"""Figures of faults are checked where they are made."""

import pytest

from pyboot.testing import DatagramFaults, StreamFaults


def test_negative_figures_and_shares_above_one_are_refused() -> None:
    """With the name of the field."""
    with pytest.raises(ValueError, match="delay=-1"):
        StreamFaults(delay=-1)
    with pytest.raises(ValueError, match=r"loss=1\.5"):
        DatagramFaults(loss=1.5)
