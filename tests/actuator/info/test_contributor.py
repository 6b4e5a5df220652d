"""InfoContributor: who tells facts says how."""

import pytest

from pyboot.actuator import InfoContributor


def test_a_contributor_tells_something() -> None:
    """One that does not cannot be made."""
    with pytest.raises(TypeError):
        InfoContributor()  # type: ignore[abstract]  # that is the point
