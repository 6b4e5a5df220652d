"""What the commands have in common."""

import pytest
import typer
from typer.testing import CliRunner

from pyboot.cli.errors import CommandError
from pyboot.cli.main import app as whole
from pyboot.cli.parser.arguments import SETTINGS_FOLLOW, Application, ApplicationCommand, Profile, arguments, end_unless, reporting

pyboot = CliRunner()

app = typer.Typer()


@app.command(cls=ApplicationCommand, context_settings=SETTINGS_FOLLOW)
def look(context: typer.Context, application: Application = ".", profile: Profile = None) -> None:
    """Look."""
    typer.echo([application, *arguments(context, profile)])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", "['.']"),
        ("app", "['app']"),
        ("--a.b=c app --d.e", "['app', '--a.b=c', '--d.e']"),
        ("--profile=dev app --a.b=c", "['app', '--pyboot.profiles.active=dev', '--a.b=c']"),
        ("-- --x y", "['.', '--', '--x', 'y']"),
    ],
)
def test_settings_follow_an_application(given: str, expected: str) -> None:
    """In any order; what follows a bare -- is the application's."""
    assert f"{expected}\n" == pyboot.invoke(app, given.split()).stdout


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("beans --jsn", "did you mean --json?"),
        ("check --formt=json", "did you mean --format?"),
        ("env --zz", "a setting looks like"),
        ("new --knd=line", "--kind"),
        ("grph", "Did you mean 'graph'?"),
    ],
)
def test_what_nobody_knows_is_told_with_what_it_resembles(given: str, meant: str) -> None:
    """Options and commands, and the process ends with 2."""
    asked = pyboot.invoke(whole, given.split())

    assert 2 == asked.exit_code
    assert meant in " ".join(asked.output.replace("│", "").split())


def test_what_a_command_refuses_is_told_without_a_stack_trace(capsys: pytest.CaptureFixture[str]) -> None:
    """In two parts, on the error stream."""

    def refuse() -> None:
        raise CommandError("It is so.", "Let it be.")

    with pytest.raises(SystemExit) as ended:
        reporting(refuse)

    assert 1 == ended.value.code
    assert ("", "\nDescription:\n\nIt is so.\n\nAction:\n\nLet it be.\n\n") == capsys.readouterr()


def test_a_command_that_has_told_what_is_wrong_ends_with_1() -> None:
    """And one that went well goes on."""
    end_unless(True)
    with pytest.raises(SystemExit) as ended:
        end_unless(False)

    assert 1 == ended.value.code
