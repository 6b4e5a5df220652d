"""The application that a command works on."""

import sys
from pathlib import Path

import pytest

from pyboot.boot.discovery.report import ConditionReport
from pyboot.cli.target import change_to_project, inspect_application

LOUD = """
from pyboot.boot import PyBootApplication
print("imported")

@PyBootApplication
class App: ...
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory that leaves no trace on the import path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def test_a_projects_folder_is_entered_and_a_package_is_not(place: Path) -> None:
    """The settings of a project stand in its folder."""
    (place / "project").mkdir()
    (place / "package").mkdir()
    (place / "package/__init__.py").touch()

    assert "package" == change_to_project("package")
    assert "no.folder" == change_to_project("no.folder")
    assert "." == change_to_project("project")
    assert place / "project" == Path.cwd()


def test_what_modules_print_does_not_come_between(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A listing in JSON stays JSON."""
    (place / "loud_application.py").write_text(LOUD)

    blueprint = inspect_application("loud_application", ("--pyboot.application.name=loud",))

    assert "loud" == blueprint.name
    assert ("", "imported\n") == capsys.readouterr()


@pytest.mark.usefixtures("place")
def test_what_is_wrong_is_reported_as_at_a_start(capsys: pytest.CaptureFixture[str]) -> None:
    """With the exit code of a failed start."""
    with pytest.raises(SystemExit) as ended:
        inspect_application("no.such.application", ())

    assert 1 == ended.value.code
    assert "cannot be imported" in capsys.readouterr().err


INCOMPLETE = """
from pyboot.boot import Component, ConditionalOnProperty, PyBootApplication

@Component
@ConditionalOnProperty("mail.on")
class Mailer: ...

@Component
class Sender:
    def __init__(self, mailer: Mailer) -> None: ...

@PyBootApplication
class App: ...
"""


def test_what_the_conditions_said_is_known_of_a_wrong_application_too(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is missing may be what they left out."""
    (place / "incomplete_application.py").write_text(INCOMPLETE)
    report = ConditionReport()

    with pytest.raises(SystemExit):
        inspect_application("incomplete_application", (), report)

    assert "PB-E301" in capsys.readouterr().err
    assert ["mailer"] == [decision.definition.name for decision in report.withheld()]
