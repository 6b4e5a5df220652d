"""What is built once."""

from pathlib import Path

import pytest

from pyboot.cli.bench.cache import build_once, cache_folder


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache that ends with the test."""
    monkeypatch.setenv("PYBOOT_BENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_same_source_is_built_once() -> None:
    """The second time the folder is there."""
    folders = [
        build_once("thing", "source", lambda to: (to / "made").touch()),
        build_once("thing", "source", lambda to: pytest.fail("built twice")),
    ]

    assert (folders[0], True) == (folders[1], (folders[0] / "made").exists())


def test_another_source_is_another_folder() -> None:
    """A changed source never runs what was built from the old one."""
    assert build_once("thing", "old", lambda to: None) != build_once("thing", "new", lambda to: None)


def test_a_failed_build_leaves_nothing(own_cache: Path) -> None:
    """Half a build is not found the next time."""

    def fail(to: Path) -> None:
        (to / "half").touch()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        build_once("thing", "source", fail)

    assert [] == list(own_cache.iterdir())


def test_the_cache_is_where_caches_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a wish of the user it follows XDG_CACHE_HOME."""
    monkeypatch.delenv("PYBOOT_BENCH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")

    assert Path("/somewhere/pyboot/bench") == cache_folder()
