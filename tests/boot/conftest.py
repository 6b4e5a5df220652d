"""The container is tested alone: what happens to be installed beside it does not configure itself into these tests."""

import pytest

from pyboot.boot.discovery import autoconfigure


@pytest.fixture(autouse=True)
def without_installed_auto_configurations(monkeypatch: pytest.MonkeyPatch) -> None:
    """No entry point is seen, unless a test brings its own."""
    monkeypatch.setattr(autoconfigure, "installed", lambda group: ())
