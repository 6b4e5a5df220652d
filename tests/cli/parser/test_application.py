"""The commands that run an application or look into it, as they are called."""

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from pyboot.cli.main import app

pyboot = CliRunner()

type Write = Callable[[str], str]

SOURCE = "from pyboot.boot import Component, PyBootApplication\n\n@PyBootApplication\nclass App: ...\n"
LACKING = SOURCE + "\nclass Clock: ...\n\n@Component\nclass Sender:\n    def __init__(self, clock: Clock) -> None: ...\n"


@pytest.mark.parametrize(("options", "form"), [("", "App"), ("--json", "{"), ("--format=json", "{"), ("--format sarif", "{")])
def test_a_check_ends_with_0_where_nothing_is_wrong(written: Write, options: str, form: str) -> None:
    """In each form."""
    ended = pyboot.invoke(app, ["check", written(SOURCE), *options.split()])

    assert 0 == ended.exit_code
    assert ended.stdout.startswith(form)
    assert form == "App" or json.loads(ended.stdout)


def test_a_check_ends_with_1_where_something_is(written: Write) -> None:
    """A warning alone is enough where it is strict."""
    right, wrong = written(SOURCE), written(LACKING)

    ends = [["check", wrong], ["check", right, "--x.y=1"], ["check", right, "--x.y=1", "--strict"]]

    assert [1, 0, 1] == [pyboot.invoke(app, end).exit_code for end in ends]


def test_a_shell_takes_the_options_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """As settings, for the application of the working directory where none is named."""
    from pyboot.cli.commands import shell

    opened: list[tuple[str, tuple[str, ...]]] = []
    monkeypatch.setattr(shell, "open_shell", lambda target, arguments: opened.append((target, arguments)))

    for command in ("shell --port 0 --a.b=c --profile dev", "shell app:App"):
        assert 0 == pyboot.invoke(app, command.split()).exit_code

    assert [(".", ("--netty.port=0", "--pyboot.profiles.active=dev", "--a.b=c")), ("app:App", ())] == opened


@pytest.mark.parametrize(
    ("options", "reason"), [("--reload --workers 2", "one process is reloaded"), ("--reload-dir /no/such/folder", "does not exist")]
)
def test_a_reload_that_cannot_be_is_wrong_usage(options: str, reason: str) -> None:
    """Several workers are rolled by a signal, and a folder has to be there."""
    ended = pyboot.invoke(app, ["run", "app", *options.split()], env={"COLUMNS": "200", "TERM": "dumb"})

    assert 2 == ended.exit_code
    assert reason in ended.output
