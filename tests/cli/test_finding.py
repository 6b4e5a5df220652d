"""Findings: what a check writes."""

from pathlib import Path

import pytest

from pyboot.cli.finding import Finding, Level, sarif


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with one settings file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "application.yaml").touch()
    return tmp_path


@pytest.mark.usefixtures("place")
def test_the_place_is_the_first_file_that_is_there() -> None:
    """An address looks like one, and is none."""
    found = Finding(Level.ERROR, "PB-E103", "127.0.0.1:80 is no port\n    Origin: application.yaml:7")

    assert ("application.yaml", 7) == found.place
    assert None is Finding(Level.ERROR, "PB-E103", "nowhere.py:3").place


@pytest.mark.usefixtures("place")
def test_it_is_written_for_people() -> None:
    """The level and the rule, what it is, and what to do."""
    assert "error PB-E103\n    one\n\n    two\n    -> Do it." == str(Finding(Level.ERROR, "PB-E103", "one\n\ntwo", "Do it."))


@pytest.mark.usefixtures("place")
def test_it_is_written_for_programs() -> None:
    """Every fact by name."""
    assert {
        "level": "warning",
        "rule": "log",
        "text": "application.yaml:7: odd",
        "action": "",
        "file": "application.yaml",
        "line": 7,
    } == Finding(Level.WARNING, "log", "application.yaml:7: odd").facts()


@pytest.mark.usefixtures("place")
def test_sarif_names_each_rule_once_and_each_line() -> None:
    """The form that code hosts read."""
    found = [Finding(Level.ERROR, "PB-E103", "application.yaml:7: odd", "Mend it."), Finding(Level.WARNING, "PB-E103", "elsewhere")]
    (run,) = sarif(found, "1.2")["runs"]

    assert {"name": "pyboot check", "version": "1.2", "rules": [{"id": "PB-E103"}]} == run["tool"]["driver"]
    assert {
        "ruleId": "PB-E103",
        "level": "error",
        "message": {"text": "application.yaml:7: odd\n\nMend it."},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": "application.yaml"}, "region": {"startLine": 7}}}],
    } == run["results"][0]
    assert [] == run["results"][1]["locations"]
