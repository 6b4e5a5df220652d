"""The commands that make a project or change one, as they are called."""

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
