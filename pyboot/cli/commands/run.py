"""`pyboot run`: start an application. Parses the usual command line by hand, because importing a parser costs more than starting."""

import gc
import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Self

from pyboot.cli.target import change_to_project

if TYPE_CHECKING:
    from pyboot.boot import Blueprint
    from pyboot.boot.process import Host

_SETTING = re.compile(r"--[A-Za-z][\w-]*(\.[\w\-\[\]]+)+(=.*)?", re.DOTALL)


IN_A_WORKER = "_PYBOOT_WORKER"
"""The variable that tells a worker who it is: `pyboot.supervisor.command.VARIABLE`, which is imported where it is set only."""

AS_SUPERVISOR = "_PYBOOT_SUPERVISE"
"""The variable that makes this process a supervisor, with or without `--workers`: the state of the one that was here before, or null."""

_APART = ("--workers", "--pid-file", "--reload-dir")
"""The options whose value may be an argument of its own: each worker reads the line again, and none shall pay for a parser."""

_VALUED = ("--port", "--profile", "--workers", "--pid-file")

HERE = "."
"""The application of who names none: the one of the working directory."""


def split_at_end(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return what stands before a bare ``--``, and it with what follows: arguments for the application, which are no options."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:end], arguments[end:]


def _joined(arguments: list[str]) -> Iterator[str]:
    """Iterate over the arguments, with ``--workers 4`` as ``--workers=4``."""
    rest = iter(arguments)
    for argument in rest:
        value = next(rest, None) if argument in _APART else None
        yield argument if value is None else f"{argument}={value}"


def is_count(workers: str) -> bool:
    """Tell whether *workers* is a number of processes, or the word for as many as there are processors."""
    return workers == "auto" or (workers.isdecimal() and int(workers) > 0)


class RunRequest(NamedTuple):
    """An application to start, the arguments that its environment reads, and whether it is to have several processes, or to be reloaded."""

    target: str
    arguments: tuple[str, ...] = ()
    has_workers: bool = False
    reloads: bool = False
    folders: tuple[str, ...] = ()
    """What is watched beside the project, for a reload."""

    @classmethod
    def of(
        cls,
        target: str,
        *,
        port: int | None,
        profile: str | None,
        debug: bool,
        settings: Iterable[str],
        workers: str | None = None,
        pid_file: str | None = None,
        reloads: bool = False,
        folders: Iterable[str] = (),
    ) -> Self:
        """Turn the options of the command into settings of the application; *settings* stand last and win."""
        folders = tuple(folders)
        options = [
            *([f"--pyboot.workers.count={workers}"] if workers else []),
            *([f"--pyboot.workers.pid-file={pid_file}"] if pid_file else []),
            *([f"--netty.port={port}"] if port is not None else []),
            *([f"--pyboot.profiles.active={profile}"] if profile else []),
            *(["--debug"] if debug else []),
        ]
        return cls(target, (*options, *settings), workers is not None, reloads or bool(folders), folders)

    @classmethod
    def parse(cls, arguments: list[str]) -> Self | None:
        """Read `[APP] [--port=N] [--profile=P] [--workers=N] [--pid-file=PATH] [--reload] [--reload-dir=DIR] [--debug] [--a.b=c …] [-- …]`.

        None for anything else, which the full command line explains.
        """
        arguments, own = split_at_end(arguments)
        targets, settings, folders, options = [], [], [], {}
        for argument in _joined(arguments):
            name, _, value = argument.partition("=")
            if not argument.startswith("-"):
                targets.append(argument)
            elif cls.is_setting(argument):
                settings.append(argument)
            elif name == "--reload-dir" and os.path.isdir(value):
                folders.append(value)
            elif argument in ("--debug", "--reload") or (name in _VALUED and value):
                options[name] = value
            else:
                return None
        port, workers = options.get("--port"), options.get("--workers")
        reloads = "--reload" in options or bool(folders)
        if (
            len(targets) > 1
            or (reloads and workers)
            or (port is not None and not port.isdecimal())
            or (workers is not None and not is_count(workers))
        ):
            return None
        return cls.of(
            targets[0] if targets else HERE,
            port=None if port is None else int(port),
            profile=options.get("--profile"),
            debug="--debug" in options,
            settings=[*settings, *own],
            workers=workers,
            pid_file=options.get("--pid-file"),
            reloads=reloads,
            folders=folders,
        )

    @staticmethod
    def is_setting(argument: str) -> bool:
        """Tell whether *argument* looks like `--a.b=c` or the switch `--a.b`."""
        return _SETTING.fullmatch(argument) is not None


def run_application(request: RunRequest) -> None:
    """Start the application and serve until it is asked to stop.

    Raises:
        SystemExit: with code 1 after a failed start, whose report has been printed.
    """
    is_worker = IN_A_WORKER in os.environ
    state = os.environ.pop(AS_SUPERVISOR, "")
    if not is_worker and request.reloads:
        _reload(request)
    if not is_worker and (request.has_workers or state):
        _supervise(state)
    gc.disable()  # nearly all that an import makes stays: looking for garbage among it would be a tenth of the start
    from pyboot.boot import resolve_application, run  # the container, once it is sure that something is started

    host = _worker_host() if is_worker else _single_host()
    target = change_to_project(request.target)

    def application() -> type:
        try:
            return resolve_application(target)
        finally:
            gc.freeze()  # and it need never be looked at again
            gc.enable()

    run(application, request.arguments, host=host)


def _reload(request: RunRequest) -> NoReturn:
    _refuse_elsewhere("--reload needs")
    from importlib.util import find_spec  # development alone pays for it

    if find_spec("watchfiles") is None:
        from pyboot.cli.errors import CommandError

        missing = CommandError("`pyboot run --reload` needs watchfiles, which is not installed.", "pip install 'pyboot-framework[reload]'")
        print(f"\n{missing}\n", file=sys.stderr)
        raise SystemExit(1)
    from pyboot.supervisor.command import WorkerCommand
    from pyboot.supervisor.reloader import Reloader
    from pyboot.supervisor.streams import open_streams
    from pyboot.supervisor.watcher import Watcher

    open_streams()
    project = request.target if os.path.isdir(request.target) else HERE
    watching = [sys.executable, "-P", "-m", "pyboot.cli.watch", project, *request.folders]
    raise SystemExit(Reloader(WorkerCommand.of_this_process(reloads=True), Watcher.start(watching, os.getcwd())).run())


def _refuse_elsewhere(what: str) -> None:
    if sys.platform in ("win32", "darwin"):
        raise SystemExit(f"pyboot run: {what} Linux, since other systems lack sockets that keep the bounds of messages")


def _supervise(state: str) -> NoReturn:
    _refuse_elsewhere("several workers need")
    import json

    from pyboot.supervisor.command import WorkerCommand  # one process is the usual case, and pays nothing for others
    from pyboot.supervisor.service_manager import ServiceManager
    from pyboot.supervisor.streams import open_streams
    from pyboot.supervisor.supervisor import Supervisor

    open_streams()
    raise SystemExit(Supervisor(WorkerCommand.of_this_process(), ServiceManager(os.environ), json.loads(state or "null")).run())


def _worker_host() -> "Host":
    from pyboot.cli.worker_host import WorkerHost  # as above

    return WorkerHost.of_this_process()


def _single_host() -> "Host":
    from pyboot.boot.process import Host  # the container, as above

    folder = os.getcwd()

    class SingleHost(Host):
        """Begins anew as a supervisor, where the settings of the application ask for several processes; nothing has been made yet."""

        def on_prepared(self, blueprint: "Blueprint") -> None:
            if blueprint.settings.workers.count != 1:
                os.environ[AS_SUPERVISOR] = "null"
                os.chdir(folder)  # the command line may name things from there
                os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  # this program

    return SingleHost()
