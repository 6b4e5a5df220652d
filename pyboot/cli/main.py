"""The full command line; the code of a command is imported when the command is called."""

import json
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from .errors import CommandError
from .target import inspect_application

if TYPE_CHECKING:
    from pyboot.boot import Blueprint
    from pyboot.boot.config.secrets import Secrets
    from pyboot.boot.discovery.report import ConditionReport

app = typer.Typer(
    help="Create, run and look into pyboot applications.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a failed start is reported in words; a traceback stays a plain traceback
)

config = typer.Typer(help="The settings that an application knows.", no_args_is_help=True)
app.add_typer(config, name="config")

_SETTINGS_FOLLOW = {"allow_extra_args": True, "ignore_unknown_options": True}

Application = Annotated[
    str,
    typer.Argument(metavar="[APP]", help="Package, module, module:Class or folder; the working directory if left out.", show_default=False),
]
Profile = Annotated[str | None, typer.Option(help="Profiles to switch on, comma-separated. [setting pyboot.profiles.active]")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]


class Drawing(StrEnum):
    """The forms in which a graph is written."""

    MERMAID = "mermaid"
    DOT = "dot"


_RUN_HELP = """Start an application and serve until Ctrl-C or SIGTERM.

APP is a package (app), a module (app.server), a class (app.server:App) or a folder that holds one. Left out, it is the application of
the working directory: what pyproject.toml names, [tool.pyboot] app = "app", or its one package that has an application.

Any setting can follow as --name=value, for example --netty.servers.greet.port=9001. What follows a bare -- is left to the application, as
its arguments. `python -m app` takes all of it, too."""


class _ApplicationCommand(TyperCommand):
    """A command whose application may be left out: no setting, and nothing behind a bare ``--``, is taken for it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # Any: click's context, whose home differs between versions of typer
        """Parse the options and APP; the settings, and what follows a bare ``--``, stand in the context's arguments."""
        from .commands.run import RunRequest, split_at_end  # needed by the commands of an application only

        given, own = split_at_end(args)
        rest = super().parse_args(ctx, [argument for argument in given if not RunRequest.is_setting(argument)])
        if ctx.params.get("application", "").startswith("-"):  # an unknown option
            ctx.args.insert(0, ctx.params["application"])
        ctx.args = [*ctx.args, *filter(RunRequest.is_setting, given), *own]
        return rest


@app.command(cls=_ApplicationCommand, help=_RUN_HELP, context_settings=_SETTINGS_FOLLOW)
def run(
    context: typer.Context,
    application: Application = ".",
    port: Annotated[int | None, typer.Option(help="Listen on this port; 0 takes a free one. [setting netty.port]")] = None,
    profile: Profile = None,
    debug: Annotated[bool, typer.Option("--debug", help="Say why each bean is there, and show stack traces.")] = False,
) -> None:
    """Start an application; the text of `--help` stands above."""
    from .commands.run import RunRequest, run_application  # needed by this one command only

    run_application(RunRequest.of(application, port=port, profile=profile, debug=debug, settings=_settings(context)))


@app.command(cls=_ApplicationCommand, context_settings=_SETTINGS_FOLLOW)
def beans(context: typer.Context, application: Application = ".", profile: Profile = None, as_json: AsJson = False) -> None:
    """Tell every bean of an application: why it is there, what it needs and who needs it. Nothing is started."""
    from .commands import beans as command  # imports the container

    blueprint = _blueprint(context, application, profile)
    typer.echo(_json(command.facts(blueprint)) if as_json else command.text(blueprint))


@app.command(cls=_ApplicationCommand, context_settings=_SETTINGS_FOLLOW)
def conditions(context: typer.Context, application: Application = ".", profile: Profile = None, as_json: AsJson = False) -> None:
    """Tell what the conditions of an application decided, and why, even if it is wrong otherwise. Nothing is started."""
    from pyboot.boot.config.secrets import Secrets  # imports the container
    from pyboot.boot.discovery.report import ConditionReport

    from .commands import conditions as command

    report, secrets = ConditionReport(), Secrets()
    try:
        _blueprint(context, application, profile, report, secrets)
    finally:  # a bean that is missing may be one that a condition left out
        masked = secrets.masked
        typer.echo(_json(command.facts(report, masked)) if as_json else masked(str(report)))


@app.command(cls=_ApplicationCommand, context_settings=_SETTINGS_FOLLOW)
def env(context: typer.Context, application: Application = ".", profile: Profile = None, as_json: AsJson = False) -> None:
    """Tell every setting in effect and where it was written; secrets are masked. Nothing is started."""
    from .commands import env as command  # imports the container

    blueprint = _blueprint(context, application, profile)
    typer.echo(_json(command.facts(blueprint)) if as_json else command.text(blueprint))


@app.command(cls=_ApplicationCommand, context_settings=_SETTINGS_FOLLOW)
def graph(
    context: typer.Context,
    application: Application = ".",
    profile: Profile = None,
    form: Annotated[Drawing, typer.Option("--format", help="What is to draw it.")] = Drawing.MERMAID,
) -> None:
    """Write who needs whom as a text that Mermaid or Graphviz draws. Nothing is started."""
    from .commands.graph import drawn  # imports the container

    typer.echo(drawn(_blueprint(context, application, profile), form))


@app.command(context_settings=_SETTINGS_FOLLOW)
def codecs(
    context: typer.Context,
    application: Annotated[
        str | None, typer.Argument(metavar="[APP]", help="As in `pyboot run`, with its own codecs; all that is installed if left out.")
    ] = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Tell every codec and handler that a pipeline may name: what it does, what goes in and comes out, its options and defaults."""
    from .commands.codecs import facts, known, text  # imports the network library

    found = known(None if application is None else _blueprint(context, application, profile))
    typer.echo(_json(facts(found)) if as_json else text(found))


@config.command()
def schema(
    application: Annotated[
        str | None, typer.Argument(metavar="[APP]", help="As in `pyboot run`; all that is installed if left out.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of standard output.")] = None,
) -> None:
    """Write the JSON Schema of all known settings: with it an editor completes and checks application.yaml."""
    from .commands import config as command  # imports the container

    file = None if output is None else output.absolute()  # looking at a project moves into its folder
    text = command.schema(command.application_without_beans() if application is None else inspect_application(application, ()))
    typer.echo(text if file is None else command.write_schema(text, file))


@app.command()
def new(
    name: Annotated[str | None, typer.Argument(help="Name of the project and of its folder: lower-case letters, digits, dashes.")] = None,
    folder: Annotated[Path, typer.Option("--in", help="Where to put the project's folder.")] = Path(),
    kind: Annotated[str | None, typer.Option(help="What it is; --list tells the kinds.")] = None,
    description: Annotated[str | None, typer.Option(help="What the project does, in a sentence.")] = None,
    data: Annotated[list[str] | None, typer.Option(metavar="NAME=ANSWER", help="Answer a question; may be given again.")] = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="Ask nothing, even on a terminal.")] = False,
    choices: Annotated[bool, typer.Option("--list", help="Show the kinds and the questions, and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a project that already runs and already passes its own tests. On a terminal, it asks what is not said."""
    from .commands import new as command  # imports copier, a third of a second, when it renders
    from .template import read_answers

    if choices:
        typer.echo(command.list_questions(as_json=as_json))
        return
    ask = not defaults and not as_json and command.somebody_sits_there()
    if name is None and not ask:
        raise typer.BadParameter("a project needs a name: pyboot new chat-server")

    def make() -> None:
        named = command.checked_name(name or _asked("Name of the project", "greeter"))
        answers = read_answers(data or (), kind=kind, description=description)
        made = command.new_project(named, folder, answers, ask=ask)
        typer.echo(_json(made.facts()) if as_json else str(made))

    _reporting(make)


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
    from .commands.upgrade import upgrade_project  # imports copier when it merges
    from .template import read_answers

    def change() -> None:
        result = upgrade_project(project.resolve(), origin=origin and origin.resolve(), answers=read_answers(data or ()), dry=dry_run)
        typer.echo(_json(result.facts()) if as_json else result.patch if dry_run and result.patch else str(result))
        _end_unless(not result.conflicts)

    _reporting(change)


@app.command()
def info() -> None:
    """Tell the versions, the event loop and which core of the network library runs, compiled or pure."""
    from pyboot.cli.commands.info import describe  # imports the network library

    typer.echo(describe())


@app.command()
def bench(
    work: Annotated[str, typer.Option(help="Works, comma-separated; all when left out.")] = "",
    peers: Annotated[str, typer.Option(help="Servers, comma-separated; pyboot@DIR is pyboot of another checkout, all is everyone.")] = "",
    base: Annotated[str, typer.Option(help="The server of the ratios. [default: the usual one of each work]")] = "",
    seconds: Annotated[float, typer.Option(min=0.05, help="Length of a round.")] = 1.0,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds, each with every server in turn.")] = 7,
    json: Annotated[Path | None, typer.Option(help="Write every sample to this file; - is standard output.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Draw the bars into this file.")] = None,
    choices: Annotated[bool, typer.Option("--list", help="Show what can be named, and end.")] = False,
) -> None:
    """Measure pyboot and others side by side; every byte is checked."""
    from .commands.bench import BenchRequest, list_choices, run_bench  # imports rich's tables

    works, servers = ([name for name in text.split(",") if name] for text in (work, peers))
    if choices:
        _reporting(lambda: typer.echo(list_choices()))
    else:
        _reporting(lambda: _end_unless(run_bench(BenchRequest(works, servers, base, seconds, rounds, json, svg))))


def _settings(context: typer.Context) -> list[str]:
    """Return the settings that follow an application on the command line, and what is left to it behind a bare ``--``."""
    from .commands.run import RunRequest, split_at_end  # needed by the commands that take settings

    given, _ = split_at_end(context.args)
    stray = [argument for argument in given if not RunRequest.is_setting(argument)]
    if stray:
        raise typer.BadParameter(
            f"{stray[0].partition('=')[0]!r} is neither an option nor a setting; a setting looks like --netty.port=9001", ctx=context
        )
    return context.args


def _blueprint(
    context: typer.Context,
    application: str,
    profile: str | None,
    report: "ConditionReport | None" = None,
    secrets: "Secrets | None" = None,
) -> "Blueprint":
    """Return the application, checked and not started; what is wrong with it is reported, and the process ends with code 1."""
    from .commands.run import RunRequest  # as above

    request = RunRequest.of(application, port=None, profile=profile, debug=False, settings=_settings(context))
    return inspect_application(request.target, request.arguments, report, secrets)


def _asked(question: str, default: str) -> str:
    """Return what a person answers; an interrupt ends the process as elsewhere, not with the code of a failure."""
    try:
        return str(typer.prompt(question, default=default))
    except typer.Abort:
        raise KeyboardInterrupt from None


def _json(facts: Any) -> str:  # Any: whatever JSON can say
    return json.dumps(facts, indent=2)


def _end_unless(well: bool) -> None:
    """Leave with exit code 1 where a command has already said what went wrong."""
    if not well:
        sys.exit(1)


def _reporting(command: Callable[[], None]) -> None:
    """Run *command*; print what it refuses in two parts and leave with exit code 1."""
    try:
        command()
    except CommandError as error:
        typer.echo(f"\n{error}\n", err=True)
        sys.exit(1)
