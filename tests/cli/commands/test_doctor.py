"""`pyboot doctor`."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from pyboot.cli.commands import doctor
from pyboot.cli.commands.doctor import Finding, State


def only(findings: Iterable[Finding]) -> Finding:
    """The one thing that was looked at."""
    (found,) = findings
    return found


def test_everything_is_looked_at_and_told() -> None:
    """On any machine; nothing is wrong with this one."""
    findings = doctor.examine()

    assert {"python", "network core", "event loop", "namespaces", "clock", "localhost"} <= {finding.name for finding in findings}
    assert doctor.is_well(findings)
    assert all(finding["state"] in ("ok", "warning") for finding in doctor.facts(findings))
    assert len(findings) <= len(doctor.text(findings).splitlines())


def test_an_old_python_is_wrong() -> None:
    """And what is new enough is told."""
    assert State.WRONG is next(iter(doctor._python((3, 12, 9)))).state
    assert State.FINE is next(iter(doctor._python((3, 12, 10)))).state


@pytest.mark.parametrize("below", ["", "components"])
def test_a_stray_init_is_wrong(tmp_path: Path, below: str) -> None:
    """In either namespace; the file is told."""
    folder = tmp_path / "pyboot" / below
    folder.mkdir(parents=True)
    assert State.FINE is only(doctor._namespaces([str(tmp_path)])).state

    (folder / "__init__.py").touch()
    found = only(doctor._namespaces([str(tmp_path)]))

    assert (State.WRONG, str(folder / "__init__.py")) == (found.state, found.seen)
    assert not doctor.is_well([found])


def test_a_short_backlog_is_doubtful(tmp_path: Path) -> None:
    """Where the system tells."""
    limit = tmp_path / "somaxconn"
    assert [] == list(doctor._backlog(limit))

    limit.write_text("128\n")
    short = only(doctor._backlog(limit))
    limit.write_text("4096\n")

    assert (State.DOUBTFUL, State.FINE) == (short.state, only(doctor._backlog(limit)).state)
    assert "-> " in doctor.text([short])


def test_a_clock_that_is_behind_is_wrong() -> None:
    """Certificates of today are not good yet."""
    assert State.WRONG is only(doctor._clock(lambda: 0.0)).state


def test_names_that_cannot_be_found_are_told() -> None:
    """Without `localhost` hardly anything works."""

    def refuse(host: str, port: None) -> object:
        raise OSError("no such name")

    assert [State.WRONG, State.DOUBTFUL] == [finding.state for finding in doctor._names(refuse)]
