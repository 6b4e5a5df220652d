"""The `pyboot` script and `python -m pyboot.cli`: a short way for `pyboot run APP`, the full command line for the rest."""

import os
import sys


def main() -> None:
    """Run the command line; the process ends with 0, 1 (it failed), 2 (wrong usage) or 130 (interrupted)."""
    arguments = sys.argv[1:]
    try:
        if not _ran_directly(arguments):
            from .main import app  # typer and rich take longer to import than an application takes to start

            if "_PYBOOT_COMPLETE" in os.environ:  # a shell asks, by the script of `pyboot completion`
                from typer.completion import get_completion_inspect_parameters

                get_completion_inspect_parameters()  # lets typer know the shells
            app(arguments, prog_name="pyboot")
    except KeyboardInterrupt:
        sys.exit(130)


def _ran_directly(arguments: list[str]) -> bool:
    """Run `pyboot run APP …` at once; False where there is anything else to it (help, a typing error, another command)."""
    if arguments[:1] != ["run"]:
        return False
    from pyboot.cli.commands.run import RunRequest, run_application  # needed by this one command only

    request = RunRequest.parse(arguments[1:])
    if request is None:
        return False
    run_application(request)
    return True


if __name__ == "__main__":
    main()
