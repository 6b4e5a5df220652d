"""`pyboot run`: start an application. Parses the usual command line by hand, because importing a parser costs more than starting."""

import gc
import re
from collections.abc import Iterable
from typing import NamedTuple, Self

from pyboot.cli.target import change_to_project

_SETTING = re.compile(r"--[A-Za-z][\w-]*(\.[\w\-\[\]]+)+(=.*)?", re.DOTALL)


HERE = "."
"""The application of who names none: the one of the working directory."""


def split_at_end(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return what stands before a bare ``--``, and it with what follows: arguments for the application, which are no options."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:end], arguments[end:]


class RunRequest(NamedTuple):
    """An application to start, and the arguments that its environment reads."""

    target: str
    arguments: tuple[str, ...] = ()

    @classmethod
    def of(cls, target: str, *, port: int | None, profile: str | None, debug: bool, settings: Iterable[str]) -> Self:
        """Turn the options of the command into settings of the application; *settings* stand last and win."""
        options = [
            *([f"--netty.port={port}"] if port is not None else []),
            *([f"--pyboot.profiles.active={profile}"] if profile else []),
            *(["--debug"] if debug else []),
        ]
        return cls(target, (*options, *settings))

    @classmethod
    def parse(cls, arguments: list[str]) -> Self | None:
        """Read `[APP] [--port=N] [--profile=P] [--debug] [--a.b=c …] [-- …]`.

        None for anything else, which the full command line explains.
        """
        arguments, own = split_at_end(arguments)
        targets, settings, options = [], [], {}
        for argument in arguments:
            name, _, value = argument.partition("=")
            if not argument.startswith("-"):
                targets.append(argument)
            elif cls.is_setting(argument):
                settings.append(argument)
            elif argument == "--debug" or (name in ("--port", "--profile") and value):
                options[name] = value
            else:
                return None
        port = options.get("--port")
        if len(targets) > 1 or (port is not None and not port.isdecimal()):
            return None
        return cls.of(
            targets[0] if targets else HERE,
            port=None if port is None else int(port),
            profile=options.get("--profile"),
            debug="--debug" in options,
            settings=[*settings, *own],
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
    gc.disable()  # nearly all that an import makes stays: looking for garbage among it would be a tenth of the start
    from pyboot.boot import resolve_application, run  # the container, once it is sure that something is started

    target = change_to_project(request.target)

    def application() -> type:
        try:
            return resolve_application(target)
        finally:
            gc.freeze()  # and it need never be looked at again
            gc.enable()

    run(application, request.arguments)
