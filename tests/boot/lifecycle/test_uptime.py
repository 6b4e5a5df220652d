"""How long the process has been running."""

from pathlib import Path

import pytest

from pyboot.boot.lifecycle import uptime


def test_the_time_goes_on() -> None:
    """It is above zero, and never goes back."""
    first = uptime.process_seconds()

    assert 0 < first <= uptime.process_seconds()


def test_a_system_that_does_not_tell_gives_the_time_since_the_import(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no ``/proc`` everywhere."""

    def read_text(self: Path, encoding: str) -> str:
        raise FileNotFoundError(self)

    monkeypatch.setattr(Path, "read_text", read_text)

    assert 0 < uptime.process_seconds()
