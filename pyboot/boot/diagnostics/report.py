"""The report of a failed start, as a person reads it."""

import traceback

from pyboot.boot.model.origin import short_path

from .analysis import FailureAnalysis

_TITLE = "APPLICATION FAILED TO START"


def render(analysis: FailureAnalysis) -> str:
    """Return the two paragraphs under the title, and the code under which the failure is explained."""
    rule = "*" * len(_TITLE)
    lines = ["", rule, _TITLE, rule, "", "Description:", "", analysis.description, "", "Action:", "", analysis.action]
    if analysis.code is not None:
        lines += ["", f"See: {analysis.code} in the catalogue of errors"]
    return "\n".join([*lines, ""])


def unknown(error: BaseException) -> FailureAnalysis:
    """Return the analysis of an exception that no analyzer knows: its text, and the line of user code that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/pyboot/boot/" not in frame.filename] or frames
    where = f"\n\n    at {short_path(own[-1].filename)}:{own[-1].lineno}, in {own[-1].name}" if own else ""
    return FailureAnalysis(f"{type(error).__name__}: {error}{where}", "Run with --debug for the stack trace.")
