"""The commands that make a project, or change one."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .arguments import AsJson, as_json_text, asked, end_unless, reporting

app = typer.Typer()


class Kind(StrEnum):
    """The pieces that can be generated."""

    HANDLER = "handler"
    SERVER = "server"
    CLIENT = "client"
    CONTROLLER = "controller"
    CODEC = "codec"
    COMPONENT = "component"
    CONFIGURATION = "configuration"
    STARTER = "starter"


@app.command()
def new(
    name: Annotated[str | None, typer.Argument(help="Name of the project and of its folder: lower-case letters, digits, dashes.")] = None,
    folder: Annotated[Path, typer.Option("--in", help="Where to put the project's folder.")] = Path(),
    kind: Annotated[str | None, typer.Option(help="What it is; --list tells the kinds.")] = None,
    description: Annotated[str | None, typer.Option(help="What the project does, in a sentence.")] = None,
    starters: Annotated[
        list[str] | None, typer.Option("--with", metavar="STARTER", help="Add a starter, as pyboot add does; may be given again.")
    ] = None,
    data: Annotated[list[str] | None, typer.Option(metavar="NAME=ANSWER", help="Answer a question; may be given again.")] = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="Ask nothing, even on a terminal.")] = False,
    choices: Annotated[bool, typer.Option("--list", help="Show the kinds and the questions, and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a project that already runs and already passes its own tests. On a terminal, it asks what is not said."""
    from pyboot.cli.commands import new as command  # imports copier, a third of a second, when it renders
    from pyboot.cli.template import read_answers

    if choices:
        typer.echo(command.list_questions(as_json=as_json))
        return
    ask = not defaults and not as_json and command.somebody_sits_there()
    if name is None and not ask:
        raise typer.BadParameter("a project needs a name: pyboot new chat-server")

    def make() -> None:
        named = command.checked_name(name or asked("Name of the project", "greeter"))
        answers = read_answers(data or (), kind=kind, description=description)
        made = command.new_project(named, folder, answers, starters=starters or (), ask=ask)
        typer.echo(as_json_text(made.facts()) if as_json else str(made))

    reporting(make)


@app.command()
def upgrade(
    project: Annotated[Path, typer.Argument(help="The project's folder; the working directory if left out.", show_default=False)] = Path(),
    origin: Annotated[
        Path | None,
        typer.Option("--from", metavar="PLACE", help="Where the template that made it is, if not of a release: a checkout or a wheel."),
    ] = None,
    data: Annotated[list[str] | None, typer.Option(metavar="NAME=ANSWER", help="Answer a new question; may be given again.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change, as a patch, and change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a project up to the template of this pyboot. Local edits are kept; ends with 1 where both have changed the same lines."""
    from pyboot.cli.commands.upgrade import upgrade_project  # imports copier when it merges
    from pyboot.cli.template import read_answers

    def change() -> None:
        result = upgrade_project(project.resolve(), origin=origin and origin.resolve(), answers=read_answers(data or ()), dry=dry_run)
        typer.echo(as_json_text(result.facts()) if as_json else result.patch if dry_run and result.patch else str(result))
        end_unless(not result.conflicts)

    reporting(change)


@app.command()
def generate(
    kind: Annotated[Kind, typer.Argument(help="What to write.", show_default=False)],
    name: Annotated[str, typer.Argument(help="Its name: echo, chat-room or ChatRoom.", show_default=False)],
    project: Annotated[Path, typer.Option("--in", help="The project's folder.")] = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be written, and write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a handler, server, client, codec, component, configuration or starter into a project, with its test."""
    from pyboot.cli.commands.generate import generate as command  # needed by this one command only

    def write() -> None:
        made = command(kind, name, project, is_dry=dry_run, overwrites=force)
        typer.echo(as_json_text(made.facts()) if as_json else str(made))

    reporting(write)


@app.command()
def add(
    starter: Annotated[str | None, typer.Argument(help="Its name: netty, test or pyboot-starter-netty.", show_default=False)] = None,
    project: Annotated[Path, typer.Option("--in", help="The project's folder.")] = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be added, and write nothing.")] = False,
    choices: Annotated[bool, typer.Option("--list", help="Show the starters, and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a project depend on a starter, and write the starter's example settings, as comments, into application.yaml."""
    from pyboot.cli.commands import add as command  # needed by this one command only

    if choices:
        typer.echo(as_json_text(command.facts()) if as_json else command.text())
        return
    if starter is None:
        raise typer.BadParameter("which starter? pyboot add --list tells them")

    def change() -> None:
        added = command.add(starter, project, is_dry=dry_run)
        typer.echo(as_json_text(added.facts()) if as_json else str(added))

    reporting(change)
