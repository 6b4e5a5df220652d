"""Whether a process is one of several."""

from typing import Any

import pytest

from pyboot.actuator.workers import given


def test_a_process_is_alone_until_somebody_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever started it does."""
    monkeypatch.setattr(given, "_siblings", None)
    assert given.siblings() is None
    others: Any = object()
    given.use_siblings(others)
    assert given.siblings() is others
