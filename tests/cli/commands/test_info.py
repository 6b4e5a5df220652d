"""`pyboot info`."""

import platform

import pytest

from pyboot.cli.commands import info
from pyboot.components.netty import core_info


def fact(name: str) -> str:
    """What `pyboot info` says of *name*."""
    (line,) = [line for line in info.describe().splitlines() if line.startswith(f"{name}  ")]
    return line.removeprefix(name).strip()


def test_it_tells_which_core_runs_and_why() -> None:
    """The first question about speed."""
    core = core_info()

    assert f"{core.form}: {core.reason}" == fact("network core")


def test_it_tells_the_python() -> None:
    """The second."""
    assert platform.python_version() in fact("python")


def test_what_is_not_installed_is_said_to_be_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not left out."""
    monkeypatch.setattr(info, "_DISTRIBUTIONS", ("no-such-distribution",))

    assert "not installed" == fact("no-such-distribution")


def test_programs_get_the_same_by_name() -> None:
    """Every fact is a text."""
    assert platform.python_version() in info.facts()["python"]
    assert all(isinstance(value, str) for value in info.facts().values())
