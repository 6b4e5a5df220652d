"""The full command line."""

import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from pyboot.cli.main import app

pyboot = CliRunner()

COMMANDS = (
    "add",
    "beans",
    "bench",
    "check",
    "codecs",
    "completion",
    "conditions",
    "config",
    "ctl",
    "doctor",
    "env",
    "fault-proxy",
    "generate",
    "graph",
    "info",
    "new",
    "pipelines",
    "run",
    "shell",
    "top",
    "upgrade",
    "why",
)
DOCS = Path(__file__).resolve().parents[2] / "docs"
GREETER = DOCS / "examples/greeter"


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS), ["config", "schema"]], ids=" ".join)
def test_help_is_given(command: list[str]) -> None:
    """Each command explains itself and ends with 0."""
    asked = pyboot.invoke(app, [*command, "--help"])

    assert 0 == asked.exit_code
    assert "Usage:" in asked.output


def test_the_commands_are_listed() -> None:
    """Without a command, the help is shown; that is wrong usage."""
    asked = pyboot.invoke(app, [])

    assert 2 == asked.exit_code
    assert [] == [name for name in COMMANDS if name not in asked.output]


WRONG = ["walk", "run --x=1", "beans --x.y=1 --z", "run app --prot=1", "run app --port=x", "env app --x", "graph app --format=x", "new"]


@pytest.mark.parametrize("command", WRONG)
def test_wrong_usage_ends_with_2(command: str) -> None:
    """As in every other command line."""
    assert 2 == pyboot.invoke(app, command.split()).exit_code


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


def ran(*arguments: str) -> str:
    """What the real command prints of the greeter."""
    command = [sys.executable, "-m", "pyboot.cli", *arguments]
    return subprocess.run(command, cwd=GREETER, capture_output=True, text=True, check=True, timeout=30).stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("beans app", "greet_handler  (GreetHandler, prototype)"),
        ("conditions app", "CONDITION REPORT"),
        ("env app --greeting.word=hi", "(command line --greeting.word)"),
        ("pipelines app", "server greet  127.0.0.1:9000"),
        ("why Greeter app", "greeter <- greet_handler"),
        ("check app", "nothing is wrong"),
        ("codecs", "Cuts bytes into lines"),
        ("codecs app --profile=dev", "Cuts bytes into lines"),
        ("env --greeting.word=hi", "(command line --greeting.word)"),
        ("graph app", "graph LR"),
        ("graph app --format dot", "digraph beans {"),
        ("config schema app", '"title": "Settings of a PyBoot application"'),
        ("config schema", '"title": "Settings of a PyBoot application"'),
    ],
)
def test_an_application_can_be_looked_into(arguments: str, expected: str) -> None:
    """Without starting it."""
    assert expected in ran(*arguments.split())


@pytest.mark.slow
@pytest.mark.parametrize("command", ["beans", "conditions", "env", "graph", "pipelines", "check", "why Greeter"])
def test_listings_come_in_json(command: str) -> None:
    """For other programs."""
    assert json.loads(ran(*command.split(), "app", "--json", "--profile=dev"))


def test_each_command_has_its_place_in_the_reference() -> None:
    """And no place is left without a command."""
    page = (DOCS / "reference/commands.md").read_text()

    assert sorted(COMMANDS) == sorted(line.split("`")[1].split()[1] for line in page.splitlines() if line.startswith("## `pyboot"))


def sections() -> dict[str, str]:
    """What the reference says of each command."""
    parts = re.split(r"^## `pyboot ([\w-]+)[^`]*`$", (DOCS / "reference/commands.md").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


SHARED = ("--help", "--profile", "--json")
"""What many commands have; the beginning of the page tells of it."""


@pytest.mark.parametrize("name", sorted({*COMMANDS} - {"config", "bench"}))
def test_the_reference_and_the_parser_know_the_same_options(name: str) -> None:
    """Each option has its place in the section of its command, and no other is told of."""
    command = get_command(app).commands[name]
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    told = set(re.findall(r"`(--[a-z][a-z-]*)(?![\w.-])", sections()[name]))

    assert [] == sorted(options - told - set(SHARED))
    assert [] == sorted(told - options)


def test_the_version_is_told() -> None:
    """That of the distribution."""
    asked = pyboot.invoke(app, ["--version"])

    assert (0, f"pyboot {version('pyboot-framework')}\n") == (asked.exit_code, asked.stdout)


@pytest.mark.slow
def test_running_imports_no_other_command() -> None:
    """Nor the parser: an application starts in less time than that takes to import."""
    program = (
        "import sys\nfrom pyboot.cli.commands import run\nrun.run_application = lambda request: None\n"
        "sys.argv = ['pyboot', 'run', 'app']\nfrom pyboot.cli.__main__ import main\nmain()\n"
        "print(sorted(n for n in sys.modules if n.startswith(('pyboot.cli', 'typer', 'rich'))))"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)

    assert "['pyboot.cli', 'pyboot.cli.__main__', 'pyboot.cli.commands', 'pyboot.cli.commands.run', 'pyboot.cli.target']\n" == ended.stdout
