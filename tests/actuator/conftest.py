"""Siblings for the tests of several workers."""

import pytest

from pyboot.actuator.workers import given
from tests.actuator.workers.siblings import Siblings


@pytest.fixture
def siblings(monkeypatch: pytest.MonkeyPatch) -> Siblings:
    """Of this process."""
    found = Siblings()
    monkeypatch.setattr(given, "_siblings", found)
    return found
