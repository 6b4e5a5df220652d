"""The application that a command works on: finds it, and checks it as a whole without starting it."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyboot.boot import Blueprint
    from pyboot.boot.config.secrets import Secrets
    from pyboot.boot.discovery.report import ConditionReport


def change_to_project(target: str) -> str:
    """Return what names the application from here on: a project's folder becomes the working directory, where its settings stand."""
    if target and Path(target).is_dir() and not Path(target, "__init__.py").exists():
        os.chdir(target)
        return "."
    return target


def inspect_application(
    target: str,
    arguments: Sequence[str],
    report: "ConditionReport | None" = None,
    secrets: "Secrets | None" = None,
    *,
    refuses: bool = True,
) -> "Blueprint":
    """Return the application *target* with the settings that the command line *arguments* gives; no bean is made.

    The conditions' answers go into *report* and what is secret into *secrets*, of an application that is wrong as well. What the
    modules print while they are imported goes to standard error, so that a listing stays one document. Unless it *refuses*, what is wrong
    with the graph is only noted there.

    Raises:
        SystemExit: with code 1, after the report of what is wrong with it has been printed.
    """
    from pyboot.boot import prepare, resolve_application  # the container, once it is sure that it is needed
    from pyboot.boot.config.load import Given
    from pyboot.boot.config.secrets import Secrets
    from pyboot.boot.graph.validate import check, survey

    known = secrets or Secrets()
    with failures_reported(known.masked, with_trace="--debug" in arguments), redirect_stdout(sys.stderr):
        application = resolve_application(change_to_project(target))
        return prepare(application, Given(arguments=arguments, secrets=known), report=report, judge=check if refuses else survey)


@contextmanager
def failures_reported(masked: Callable[[str], str], *, with_trace: bool = False) -> Iterator[None]:
    """Report what the block raises as a failed start does, and end with its code; *masked* takes the secrets out."""
    try:
        yield
    except Exception as error:
        from pyboot.boot.diagnostics.failure import report_failure  # needed by what went wrong only

        raise SystemExit(report_failure(error, with_trace=with_trace, masked=masked)) from error
