"""The commands about this installation and this machine."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .arguments import AsJson, as_json_text, end_unless, reporting

app = typer.Typer()


class Way(StrEnum):
    """The directions that a fault proxy may spoil."""

    BOTH = "both"
    SERVER = "server"
    CLIENT = "client"


class Shell(StrEnum):
    """The shells that a script is written for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@app.command()
def info(as_json: AsJson = False) -> None:
    """Tell the versions, the event loop and which core of the network library runs, compiled or pure."""
    from pyboot.cli.commands.info import describe, facts  # imports the network library

    typer.echo(as_json_text(facts()) if as_json else describe())


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look at this installation and this machine for what makes applications slow, or fail. Ends with 1 where something is wrong."""
    from pyboot.cli.commands import doctor as command  # imports the network library

    findings = command.examine()
    typer.echo(as_json_text(command.facts(findings)) if as_json else command.text(findings))
    end_unless(command.is_well(findings))


@app.command()
def completion(shell: Annotated[Shell, typer.Argument(help="The shell that is to complete.", show_default=False)]) -> None:
    """Write the script with which a shell completes commands and options."""
    from pyboot.cli.commands.completion import script  # needed by this one command only

    typer.echo(script(shell))


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
    from pyboot.cli.commands.bench import BenchRequest, list_choices, run_bench  # imports rich's tables

    works, servers = ([name for name in text.split(",") if name] for text in (work, peers))
    if choices:
        reporting(lambda: typer.echo(list_choices()))
    else:
        reporting(lambda: end_unless(run_bench(BenchRequest(works, servers, base, seconds, rounds, json, svg))))


@app.command("fault-proxy")
def fault_proxy(
    target: Annotated[str, typer.Argument(metavar="HOST:PORT", help="The server that is passed on to.", show_default=False)],
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where clients connect; port 0 takes a free one.")] = "127.0.0.1:0",
    way: Annotated[Way, typer.Option(help="What is spoiled: what goes to the server, to the client, or both.")] = Way.BOTH,
    seed: Annotated[int | None, typer.Option(help="What chance is drawn from. [default: another one each time]")] = None,
    udp: Annotated[bool, typer.Option("--udp", help="Datagrams instead of connections.")] = False,
    delay: Annotated[float | None, typer.Option(min=0, metavar="SECONDS", help="How long everything is under way.")] = None,
    jitter: Annotated[float | None, typer.Option(min=0, metavar="SECONDS", help="Up to so much longer.")] = None,
    bandwidth: Annotated[int | None, typer.Option(min=1, metavar="BYTES", help="Bytes a second.")] = None,
    slices: Annotated[int | None, typer.Option(min=1, metavar="BYTES", help="Pieces of one to so many bytes.")] = None,
    cut_after: Annotated[int | None, typer.Option(min=0, metavar="BYTES", help="Then both sides see an orderly end.")] = None,
    reset_after: Annotated[int | None, typer.Option(min=0, metavar="BYTES", help="Then both sides see a reset.")] = None,
    half_close_after: Annotated[int | None, typer.Option(min=0, metavar="BYTES", help="Then this direction ends.")] = None,
    black_hole_after: Annotated[int | None, typer.Option(min=0, metavar="BYTES", help="Then everything is swallowed.")] = None,
    corrupt_at: Annotated[int | None, typer.Option(min=0, metavar="BYTES", help="The byte with this number is turned over.")] = None,
    loss: Annotated[float | None, typer.Option(min=0, max=1, metavar="SHARE", help="Datagrams that are lost.")] = None,
    duplicate: Annotated[float | None, typer.Option(min=0, max=1, metavar="SHARE", help="Datagrams that come twice.")] = None,
    reorder: Annotated[float | None, typer.Option(min=0, max=1, metavar="SHARE", help="Datagrams that come behind the next one.")] = None,
) -> None:
    """Stand between clients and a server, and do to them what networks do: delay, cut, reset, swallow, corrupt, lose, reorder."""
    from pyboot.cli.commands.fault_proxy import run_fault_proxy  # imports asyncio

    faults = {
        "delay": delay,
        "jitter": jitter,
        "bandwidth": bandwidth,
        "slices": slices,
        "cut_after": cut_after,
        "reset_after": reset_after,
        "half_close_after": half_close_after,
        "black_hole_after": black_hole_after,
        "corrupt_at": corrupt_at,
        "loss": loss,
        "duplicate": duplicate,
        "reorder": reorder,
    }
    try:
        run_fault_proxy(target, listen, way, seed, udp=udp, **faults)
    except (ValueError, OSError) as error:
        typer.echo(f"fault-proxy: {error}", err=True)
        raise typer.Exit(2) from None


Socket = Annotated[
    str | None,
    typer.Option(help="The path of its socket. [setting management.server.socket; variable MANAGEMENT_SERVER_SOCKET]"),
]


@app.command()
def ctl(
    endpoint: Annotated[str, typer.Argument(help="health, channels, loggers/app, …; all that there are when left out.")] = "",
    parameters: Annotated[list[str] | None, typer.Argument(help="name=value, as the endpoint takes them.", show_default=False)] = None,
    socket: Socket = None,
    write: Annotated[bool, typer.Option("--write", help="Change something: set a level, roll the workers.")] = False,
    delete: Annotated[bool, typer.Option("--delete", help="End something: close a connection.")] = False,
) -> None:
    """Ask a running application through the Unix socket of its management server, which only its user can open."""
    from pyboot.cli.commands import ctl as command  # needed by this one command only

    if write and delete:
        raise typer.BadParameter("one of the two", param_hint="--write, --delete")

    def ask() -> None:
        given = command.parameters(parameters or ())
        method = "POST" if write else "DELETE" if delete else "GET"
        client = command.ManagementClient(socket)
        told = client.ask(endpoint, method, given)
        if not endpoint:
            told = "\n".join(command.names(told))
        if told is not None:
            typer.echo(told if isinstance(told, str) else as_json_text(told))
        if client.is_down:
            raise typer.Exit(1)

    reporting(ask)


@app.command()
def top(
    socket: Socket = None,
    once: Annotated[bool, typer.Option("--once", help="Show it once, and end; so it is where standard output is no terminal.")] = False,
) -> None:
    """Show workers, servers and the busiest connections of a running application, again each second until Ctrl-C."""
    from pyboot.cli.commands.ctl import ManagementClient  # needed by this one command only
    from pyboot.cli.commands.top import watch

    reporting(lambda: watch(ManagementClient(socket), once=once))
