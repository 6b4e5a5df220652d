"""The full command line; the code of a command is imported when the command is called."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from .errors import CommandError

app = typer.Typer(
    help="Create, run and look into pyboot applications.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a failed start is reported in words; a traceback stays a plain traceback
)

_RUN_HELP = """Start an application and serve until Ctrl-C or SIGTERM.

APP is a package (app), a module (app.server), a class (app.server:App) or a folder that holds one (.).

Any setting can follow as --name=value, for example --netty.servers.greet.port=9001."""


@app.command(help=_RUN_HELP, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(
    context: typer.Context,
    application: Annotated[str, typer.Argument(metavar="APP", help="Package, module, module:Class or folder.")],
    port: Annotated[int | None, typer.Option(help="Listen on this port; 0 takes a free one. [setting netty.port]")] = None,
    profile: Annotated[str | None, typer.Option(help="Profiles to switch on, comma-separated. [setting pyboot.profiles.active]")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Say why each bean is there, and show stack traces.")] = False,
) -> None:
    """Start an application; the text of `--help` stands above."""
    from pyboot.cli.commands.run import RunRequest, run_application  # imports the container

    stray = [argument for argument in context.args if not RunRequest.is_setting(argument)]
    if stray:
        raise typer.BadParameter(f"{stray[0]!r} is neither an option nor a setting; a setting looks like --netty.port=9001", ctx=context)
    run_application(RunRequest.of(application, port=port, profile=profile, debug=debug, settings=context.args))


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the project and of its folder: lower-case letters, digits, dashes.")],
    folder: Annotated[Path, typer.Option("--in", help="Where to put the project's folder.")] = Path(),
    description: Annotated[str, typer.Option(help="What the project does, in a sentence.")] = "",
) -> None:
    """Make a project that already runs and already passes its own tests."""
    from pyboot.cli.commands.new import new_project  # imports copier, a third of a second

    _reporting(lambda: typer.echo(new_project(name, folder, description)))


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
