"""The full command line; the code of a command is imported when the command is called."""

from typing import Annotated

import typer

from .parser import application, machine, project

app = typer.Typer(
    help="Create, run and look into pyboot applications.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a failed start is reported in words; a traceback stays a plain traceback
    add_completion=False,  # `pyboot completion` writes it: nothing is installed behind a user's back
)


def _tell_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version  # needed by who asks

        typer.echo(f"pyboot {version('pyboot-framework')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[bool, typer.Option("--version", help="Tell the version, and end.", is_eager=True, callback=_tell_version)] = False,
) -> None:
    """Create, run and look into pyboot applications."""


for group in (application, project, machine):
    app.add_typer(group.app)
