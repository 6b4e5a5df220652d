"""Engines by their names."""

import pytest

from pyboot.boot.discovery.entrypoints import EntryPoint
from pyboot.cluster.engines import installed
from pyboot.cluster.engines.local.engine import LocalEngine
from pyboot.cluster.errors import EngineExtraError, UnknownEngineError


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two engines of others, one of which lacks its package."""
    found = (
        EntryPoint("own", "pyboot.cluster.engines.local.engine:LocalEngine", installed.GROUP),
        EntryPoint("poor", "nowhere_to_be_found.engine:Engine", installed.GROUP),
    )
    monkeypatch.setattr(installed, "installed", lambda group: found)


def test_local_is_always_there() -> None:
    """No entry point says so."""
    assert installed.engine_class("local") is LocalEngine
    assert "local" in installed.engine_names()


def test_engines_are_found_by_entry_points(entries: None) -> None:
    """A package that is missing is named, a slip has its nearest name."""
    assert ["local", "own", "poor"] == installed.engine_names()
    assert installed.engine_class("own") is LocalEngine
    with pytest.raises(EngineExtraError, match="'poor' of the cluster needs the package 'nowhere_to_be_found'"):
        installed.engine_class("poor")
    with pytest.raises(UnknownEngineError) as raised:
        installed.engine_class("onw")
    assert "Did you mean 'own'?" == raised.value.action
