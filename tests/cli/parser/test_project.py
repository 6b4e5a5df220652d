"""The commands that make a project or change one, as they are called."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pyboot.cli.main import app

pyboot = CliRunner()


def test_a_project_needs_a_name_where_nobody_can_be_asked() -> None:
    """That is wrong usage."""
    asked = pyboot.invoke(app, ["new", "--defaults"])

    assert 2 == asked.exit_code
    assert "a project needs a name" in asked.output


def test_upgrading_what_no_template_made_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 1, in two parts."""
    monkeypatch.chdir(tmp_path)

    asked = pyboot.invoke(app, ["upgrade"])

    assert 1 == asked.exit_code
    assert "Action:" in asked.stderr


def test_a_starter_is_added_told_and_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As text and as JSON."""
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text('[project]\nname = "x"\n')

    listed = pyboot.invoke(app, ["add", "--list", "--json"])
    dry = pyboot.invoke(app, ["add", "test", "--dry-run", "--json"])
    done, again = pyboot.invoke(app, ["add", "test"]), pyboot.invoke(app, ["add", "test"])

    assert "pyboot-starter-test" in [row["name"] for row in json.loads(listed.stdout)]
    assert (False, "[dependency-groups] dev") == (json.loads(dry.stdout)["written"], json.loads(dry.stdout)["place"])
    assert "Changed pyproject.toml" in done.stdout
    assert "is there already" in again.stdout


def test_adding_needs_a_starter_and_a_project(tmp_path: Path) -> None:
    """Without a name it is wrong usage; without a project it is refused."""
    assert 2 == pyboot.invoke(app, ["add"]).exit_code
    refused = pyboot.invoke(app, ["add", "test", "--in", str(tmp_path)])
    assert 1 == refused.exit_code
    assert "has no pyproject.toml" in refused.stderr
