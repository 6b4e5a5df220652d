"""The commands that run an application or look into it; none but `run` and `shell` starts it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pyboot.cli.target import change_to_project, inspect_application

from .arguments import (
    SETTINGS_FOLLOW,
    Application,
    ApplicationCommand,
    AsJson,
    Profile,
    arguments,
    as_json_text,
    blueprint,
    end_unless,
    reporting,
    settings,
)

app = typer.Typer()

config = typer.Typer(help="The settings that an application knows.", no_args_is_help=True)
app.add_typer(config, name="config")


class Drawing(StrEnum):
    """The forms in which a graph is written."""

    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"


class Report(StrEnum):
    """The forms in which a check is written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class Skipped(StrEnum):
    """The parts that a check may leave out, since they are of the machine that the application will run on."""

    PORTS = "ports"
    CERTIFICATES = "certificates"


_RUN_HELP = """Start an application and serve until Ctrl-C or SIGTERM.

APP is a package (app), a module (app.server), a class (app.server:App) or a folder that holds one. Left out, it is the application of
the working directory: what pyproject.toml names, [tool.pyboot] app = "app", or its one package that has an application.

Any setting can follow as --name=value, for example --netty.servers.greet.port=9001. What follows a bare -- is left to the application, as
its arguments. `python -m app` takes all of it, too."""


@app.command(cls=ApplicationCommand, help=_RUN_HELP, context_settings=SETTINGS_FOLLOW)
def run(
    context: typer.Context,
    application: Application = ".",
    port: Annotated[int | None, typer.Option(help="Listen on this port; 0 takes a free one. [setting netty.port]")] = None,
    profile: Profile = None,
    workers: Annotated[
        str | None, typer.Option(help="Run so many processes, or auto: one for each processor. [setting pyboot.workers.count]")
    ] = None,
    pid_file: Annotated[
        str | None, typer.Option(help="Write the id of the supervisor's process there. [setting pyboot.workers.pid-file]")
    ] = None,
    reload: Annotated[bool, typer.Option("--reload", help="Start the application anew when its code or its settings change.")] = False,
    reload_dir: Annotated[
        list[Path] | None,
        typer.Option(help="The same, when any file below this folder changes; may be given again.", exists=True, file_okay=False),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Say why each bean is there, and show stack traces.")] = False,
) -> None:
    """Start an application; the text of `--help` stands above."""
    from pyboot.cli.commands.run import RunRequest, is_count, run_application  # needed by this one command only

    if workers is not None and not is_count(workers):
        raise typer.BadParameter(f"{workers!r} is no number of processes, from 1 on, and not auto", ctx=context, param_hint="--workers")
    if workers is not None and (reload or reload_dir):
        raise typer.BadParameter(
            "one process is reloaded; for several, send SIGHUP to their supervisor", ctx=context, param_hint="--workers"
        )
    request = RunRequest.of(
        application,
        port=port,
        profile=profile,
        debug=debug,
        settings=settings(context),
        workers=workers,
        pid_file=pid_file,
        reloads=reload,
        folders=map(str, reload_dir or ()),
    )
    run_application(request)


@app.command(cls=ApplicationCommand, context_settings=SETTINGS_FOLLOW)
def shell(
    context: typer.Context,
    application: Application = ".",
    port: Annotated[int | None, typer.Option(help="Listen on this port; 0 takes a free one. [setting netty.port]")] = None,
    profile: Profile = None,
    debug: Annotated[bool, typer.Option("--debug", help="Say why each bean is there, and show stack traces.")] = False,
) -> None:
    """Start an application and prompt for Python beside it: `context`, `get(Type)`, and `await` without a function around it."""
    from pyboot.cli.commands.run import RunRequest
    from pyboot.cli.commands.shell import open_shell  # needed by this one command only

    request = RunRequest.of(application, port=port, profile=profile, debug=debug, settings=settings(context))
    open_shell(change_to_project(request.target), request.arguments)


@app.command(cls=ApplicationCommand, context_settings=SETTINGS_FOLLOW)
def check(
    context: typer.Context,
    application: Application = ".",
    profile: Profile = None,
    form: Annotated[Report, typer.Option("--format", help="How to write what is wrong; SARIF is for code hosts.")] = Report.TEXT,
    as_json: AsJson = False,
    skip: Annotated[list[Skipped] | None, typer.Option(help="What is of another machine; may be given again.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 for warnings, too.")] = False,
) -> None:
    """Check everything of a start but making and binding: settings, graph, pipelines, certificates, ports. Ends with 1 for errors."""
    from pyboot.cli.commands.check import check as checked  # imports the container

    found = checked(application, arguments(context, profile), skip or ())
    typer.echo(found.written(Report.JSON if as_json else form))
    end_unless(found.is_passed(strict=strict))


@app.command(cls=ApplicationCommand, context_settings=SETTINGS_FOLLOW)
def beans(context: typer.Context, application: Application = ".", profile: Profile = None, as_json: AsJson = False) -> None:
    """Tell every bean of an application: why it is there, what it needs and who needs it. Nothing is started."""
    from pyboot.cli.commands import beans as command  # imports the container

    found = blueprint(context, application, profile)
    typer.echo(as_json_text(command.facts(found)) if as_json else command.text(found))


@app.command(cls=ApplicationCommand, context_settings=SETTINGS_FOLLOW)
def conditions(context: typer.Context, application: Application = ".", profile: Profile = None, as_json: AsJson = False) -> None:
    """Tell what the conditions of an application decided, and why, even if it is wrong otherwise. Nothing is started."""
    from pyboot.boot.config.secrets import Secrets  # imports the container
    from pyboot.boot.discovery.report import ConditionReport
    from pyboot.cli.commands import conditions as command

    report, secrets = ConditionReport(), Secrets()
    try:
        blueprint(context, application, profile, report, secrets)
    finally:  # a bean that is missing may be one that a condition left out
        masked = secrets.masked
        typer.echo(as_json_text(command.facts(report, masked)) if as_json else masked(str(report)))


@app.command(cls=ApplicationCommand, context_settings=SETTINGS_FOLLOW)
def env(
    context: typer.Context,
    application: Application = ".",
    profile: Profile = None,
    diff: Annotated[tuple[str, str] | None, typer.Option(metavar="A B", help="Tell only what differs between these two profiles.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell every setting in effect and where it was written; secrets are masked. Nothing is started."""
    from pyboot.cli.commands import env as command  # imports the container

    if diff is None:
        found = blueprint(context, application, profile)
        typer.echo(as_json_text(command.facts(found)) if as_json else command.text(found))
        return
    named = change_to_project(application)
    one, other = (blueprint(context, named, ",".join(filter(None, (profile, name)))) for name in diff)
    typer.echo(as_json_text(command.difference(one, other)) if as_json else command.difference_text(one, other))


@app.command(cls=ApplicationCommand, context_settings=SETTINGS_FOLLOW)
def graph(
    context: typer.Context,
    application: Application = ".",
    profile: Profile = None,
    form: Annotated[Drawing, typer.Option("--format", help="What is to draw it; SVG needs Graphviz.")] = Drawing.MERMAID,
    as_json: AsJson = False,
) -> None:
    """Write who needs whom, as a text that Mermaid or Graphviz draws, or as a picture. Nothing is started."""
    from pyboot.cli.commands import graph as command  # imports the container

    found = blueprint(context, application, profile)
    reporting(lambda: typer.echo(as_json_text(command.facts(found)) if as_json else command.drawn(found, form)))


@app.command(cls=ApplicationCommand, context_settings=SETTINGS_FOLLOW)
def pipelines(context: typer.Context, application: Application = ".", profile: Profile = None, as_json: AsJson = False) -> None:
    """Tell what stands in the pipeline of each server and client, and what goes into each handler and comes out. Nothing is started."""
    from pyboot.cli.commands import pipelines as command  # imports the container and the network library

    found = command.found(blueprint(context, application, profile))
    typer.echo(as_json_text(command.facts(found)) if as_json else command.text(found))


@app.command(cls=ApplicationCommand, context_settings=SETTINGS_FOLLOW)
def why(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="NAME", help="A bean or its class, a setting, a handler or a codec.")],
    application: Application = ".",
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Tell all that is known of a bean, a setting or a handler, even if the application is wrong otherwise. Nothing is started."""
    from pyboot.cli.commands import why as command  # imports the container

    found = blueprint(context, application, profile, refuses=False)

    def tell() -> None:
        answer = command.why(found, subject)
        typer.echo(as_json_text(answer._asdict()) if as_json else str(answer))

    reporting(tell)


@app.command(context_settings=SETTINGS_FOLLOW)
def codecs(
    context: typer.Context,
    application: Annotated[
        str | None, typer.Argument(metavar="[APP]", help="As in `pyboot run`, with its own codecs; all that is installed if left out.")
    ] = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Tell every codec and handler that a pipeline may name: what it does, what goes in and comes out, its options and defaults."""
    from pyboot.cli.commands.codecs import facts, known, text  # imports the network library

    found = known(None if application is None else blueprint(context, application, profile))
    typer.echo(as_json_text(facts(found)) if as_json else text(found))


@config.command()
def schema(
    application: Annotated[
        str | None, typer.Argument(metavar="[APP]", help="As in `pyboot run`; all that is installed if left out.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of standard output.")] = None,
) -> None:
    """Write the JSON Schema of all known settings: with it an editor completes and checks application.yaml."""
    from pyboot.cli.commands import config as command  # imports the container

    file = None if output is None else output.absolute()  # looking at a project moves into its folder
    text = command.schema(command.application_without_beans() if application is None else inspect_application(application, ()))
    typer.echo(text if file is None else command.write_schema(text, file))
