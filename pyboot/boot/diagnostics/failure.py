"""The report of a failed start: finds the analysis, prints it, and turns it into an exit code."""

import errno
import sys
import traceback
from collections.abc import Callable

from pyboot.boot.discovery.entrypoints import installed

from .analysis import FailureAnalysis, analyze, causes
from .analyzers import GROUP, all_analyzers
from .listener import listener_on
from .report import render, unknown


def report_failure(error: BaseException, *, with_trace: bool, masked: Callable[[str], str] = str) -> int:
    """Print the report of *error* to standard error, its stack trace before it where asked; return the exit code.

    *masked* takes the secrets out of what is printed.

    The code is the ``exit_code`` of the exception or of the nearest of its causes that has one, else 1.
    """
    if with_trace:
        print(masked("".join(traceback.format_exception(error))), end="", file=sys.stderr)
    analysis = analyze(error, all_analyzers(installed(GROUP))) or unknown(error)
    print(masked(render(_with_listener(analysis, error))), file=sys.stderr)
    codes = (getattr(cause, "exit_code", None) for cause in causes(error))
    return next((code for code in codes if isinstance(code, int) and code), 1)


def _with_listener(analysis: FailureAnalysis, error: BaseException) -> FailureAnalysis:
    """Return *analysis* with the process that holds the port, if *error* or a cause of it says that a port is in use, and which."""
    for cause in causes(error):
        number, port = getattr(cause, "errno", None) or getattr(cause, "number", None), getattr(cause, "port", None)
        if number == errno.EADDRINUSE and isinstance(port, int):
            listener = listener_on(port)
            if listener is not None:
                return analysis.altered(description=f"{analysis.description}\n\n    held by {listener}")
    return analysis
