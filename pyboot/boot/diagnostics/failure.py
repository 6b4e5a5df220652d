"""The end of a failed start: the analysis is found, printed, and turned into an exit code."""

import sys
import traceback

from pyboot.boot.discovery.entrypoints import installed

from .analysis import analyze
from .analyzers import GROUP, all_analyzers
from .report import render, unknown


def report_failure(error: BaseException, *, with_trace: bool) -> int:
    """Print the report of *error* to standard error, its stack trace before it where asked; return the exit code.

    The code is the ``exit_code`` of the exception, if it has one, else 1.
    """
    if with_trace:
        traceback.print_exception(error)
    analysis = analyze(error, all_analyzers(installed(GROUP))) or unknown(error)
    print(render(analysis), file=sys.stderr)
    code = getattr(error, "exit_code", 1)
    return code if isinstance(code, int) and code else 1
