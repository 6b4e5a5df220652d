"""The full command line."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pyboot.cli.main import app

pyboot = CliRunner()


@pytest.mark.parametrize("command", [["--help"], ["run", "--help"], ["new", "--help"], ["info", "--help"]], ids=" ".join)
def test_help_is_given(command: list[str]) -> None:
    """Each command explains itself and ends with 0."""
    asked = pyboot.invoke(app, command)

    assert 0 == asked.exit_code
    assert "Usage:" in asked.output


def test_the_commands_are_listed() -> None:
    """Without a command, the help is shown; that is wrong usage."""
    asked = pyboot.invoke(app, [])

    assert 2 == asked.exit_code
    assert [] == [name for name in ("run", "new", "info") if name not in asked.output]


@pytest.mark.parametrize("command", [["walk"], ["run"], ["run", "app", "--prot=1"], ["run", "app", "--port=x"], ["new"]], ids=" ".join)
def test_wrong_usage_ends_with_2(command: list[str]) -> None:
    """As in every other command line."""
    assert 2 == pyboot.invoke(app, command).exit_code


def test_what_a_command_refuses_ends_with_1(tmp_path: Path) -> None:
    """In two parts, on the error stream, without a stack trace."""
    refused = pyboot.invoke(app, ["new", "Chat", "--in", str(tmp_path)])

    assert 1 == refused.exit_code
    assert "Description:\n\n'Chat' cannot name a project." in refused.stderr
    assert "Action:" in refused.stderr
    assert "Traceback" not in refused.output


def test_new_says_what_to_do_next(tmp_path: Path) -> None:
    """The commands that run and test what was made."""
    made = pyboot.invoke(app, ["new", "chat", "--in", str(tmp_path)])

    assert 0 == made.exit_code
    assert "uv run pyboot run app" in made.stdout


def test_importing_it_imports_no_command() -> None:
    """A command's code is read when the command is called."""
    program = (
        "import sys, pyboot.cli.main; print(sorted(n for n in sys.modules if n.startswith(('pyboot.cli.commands', 'copier', 'pydantic'))))"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)

    assert "[]\n" == ended.stdout
