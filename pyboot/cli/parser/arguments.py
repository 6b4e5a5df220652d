"""The part that all commands share: the application and the settings that follow it, JSON, errors in two parts."""

import json
import sys
from collections.abc import Callable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from pyboot.cli.errors import CommandError
from pyboot.cli.target import inspect_application

if TYPE_CHECKING:
    from pyboot.boot import Blueprint
    from pyboot.boot.config.secrets import Secrets
    from pyboot.boot.discovery.report import ConditionReport

SETTINGS_FOLLOW = {"allow_extra_args": True, "ignore_unknown_options": True}

Application = Annotated[
    str,
    typer.Argument(metavar="[APP]", help="Package, module, module:Class or folder; the working directory if left out.", show_default=False),
]
Profile = Annotated[str | None, typer.Option(help="Profiles to switch on, comma-separated. [setting pyboot.profiles.active]")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]


class ApplicationCommand(TyperCommand):
    """A command whose application may be left out: no setting, and nothing behind a bare ``--``, is taken for it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # Any: click's context, whose home differs between versions of typer
        """Parse the options and APP; the settings, and what follows a bare ``--``, stand in the context's arguments."""
        from pyboot.cli.commands.run import RunRequest, split_at_end  # needed by the commands of an application only

        given, own = split_at_end(args)
        rest = super().parse_args(ctx, [argument for argument in given if not RunRequest.is_setting(argument)])
        taken = [str(ctx.params.get(name)) for name in ("application", "subject")]
        ctx.args[:0] = [value for value in taken if value.startswith("-")]  # unknown options
        ctx.args = [*ctx.args, *filter(RunRequest.is_setting, given), *own]
        return rest


def settings(context: typer.Context) -> list[str]:
    """Return the settings that follow an application on the command line, and what is left to it behind a bare ``--``."""
    from pyboot.cli.commands.run import RunRequest, split_at_end  # needed by the commands that take settings

    given, _ = split_at_end(context.args)
    stray = [argument for argument in given if not RunRequest.is_setting(argument)]
    if stray:
        name = stray[0].partition("=")[0]
        options = [option for parameter in context.command.params for option in parameter.opts if option.startswith("-")]
        near = get_close_matches(name, options, n=1)
        advice = f"did you mean {near[0]}?" if near else "a setting looks like --netty.port=9001"
        raise typer.BadParameter(f"{name!r} is neither an option nor a setting; {advice}", ctx=context)
    return context.args


def arguments(context: typer.Context, profile: str | None) -> tuple[str, ...]:
    """Return the command line that the environment of an application reads: its *profile*, and the settings that follow."""
    from pyboot.cli.commands.run import RunRequest  # as above

    return RunRequest.of("", port=None, profile=profile, debug=False, settings=settings(context)).arguments


def blueprint(
    context: typer.Context,
    application: str,
    profile: str | None,
    report: "ConditionReport | None" = None,
    secrets: "Secrets | None" = None,
    *,
    refuses: bool = True,
) -> "Blueprint":
    """Return the application, checked and not started; what is wrong with it is reported, and the process ends with code 1."""
    return inspect_application(application, arguments(context, profile), report, secrets, refuses=refuses)


def as_json_text(facts: Any) -> str:  # Any: whatever JSON can say
    """Return *facts* as other programs read them."""
    return json.dumps(facts, indent=2)


def asked(question: str, default: str) -> str:
    """Return what a person answers; an interrupt ends the process as elsewhere, not with the code of a failure."""
    try:
        return str(typer.prompt(question, default=default))
    except typer.Abort:
        raise KeyboardInterrupt from None


def end_unless(well: bool) -> None:
    """Leave with exit code 1 where a command has already said what went wrong."""
    if not well:
        sys.exit(1)


def reporting(command: Callable[[], None]) -> None:
    """Run *command*; print what it refuses in two parts and leave with exit code 1."""
    try:
        command()
    except CommandError as error:
        typer.echo(f"\n{error}\n", err=True)
        sys.exit(1)
