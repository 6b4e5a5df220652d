"""Entry points, read from the files of the installed distributions."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyboot.boot.discovery import entrypoints
from pyboot.boot.discovery.entrypoints import EntryPoint, installed, version_of


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the import path that is the only one with distributions."""
    caches = (entrypoints.installed, entrypoints.version_of, entrypoints._all, entrypoints._distributions)
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "gone"), str(tmp_path / "later")])
    for entry in caches:
        entry.cache_clear()
    yield tmp_path
    for entry in caches:
        entry.cache_clear()


def distribution(folder: Path, name: str, text: str | None) -> None:
    """Install a distribution with these entry points."""
    (folder / f"{name}.dist-info").mkdir(parents=True)
    if text is not None:
        (folder / f"{name}.dist-info/entry_points.txt").write_text(text)


def test_entry_points_of_a_group_are_found_and_sorted(site: Path) -> None:
    """Other groups and distributions without any are passed over."""
    distribution(site, "plain-1.0", None)
    distribution(site, "other-1.0", "[console_scripts]\nother = other:main\n")
    distribution(site, "demo-2.0", "[console_scripts]\nx = y:z\n\n[pyboot.demo]\nb = mod.b:B [extra]\na=mod.a:A\n[pyboot.more]\nc = m:C\n")

    assert (EntryPoint("a", "mod.a:A", "pyboot.demo"), EntryPoint("b", "mod.b:B [extra]", "pyboot.demo")) == installed("pyboot.demo")
    assert [("mod.a", "A"), ("mod.b", "B")] == [(entry.module, entry.attribute) for entry in installed("pyboot.demo")]


def test_of_two_versions_the_first_on_the_path_counts(site: Path) -> None:
    """As for the modules themselves."""
    distribution(site, "demo-2.0", "[pyboot.demo]\na = new:A\n")
    distribution(site / "later", "Demo-1.0", "[pyboot.demo]\na = old:A\n")

    assert ["new:A"] == [entry.value for entry in installed("pyboot.demo")]
    assert ("2.0", None) == (version_of("demo"), version_of("nobody"))


def test_what_is_named_is_loaded() -> None:
    """``None`` where it is not there."""
    assert Path is EntryPoint("p", "pathlib:Path", "g").load()
    assert EntryPoint("p", "pathlib:Nothing", "g").load() is None
