"""The report as a person reads it."""

from pyboot.boot.diagnostics.analysis import FailureAnalysis
from pyboot.boot.diagnostics.report import render, unknown


def test_the_report_has_a_title_and_two_paragraphs() -> None:
    """And the code under which the failure is explained."""
    assert (
        "\n***************************\nAPPLICATION FAILED TO START\n***************************\n\n"
        "Description:\n\nIt broke.\n\nAction:\n\nMend it.\n\nSee: PB-E000 in the catalogue of errors\n"
    ) == render(FailureAnalysis("It broke.", "Mend it.", "PB-E000"))


def test_an_unknown_failure_names_the_line_that_raised_it() -> None:
    """The last line outside the framework."""
    try:
        raise ZeroDivisionError("by hand")
    except ZeroDivisionError as error:
        analysis = unknown(error)

    assert analysis.description.startswith("ZeroDivisionError: by hand\n\n    at ")
    assert "test_report.py:18, in test_an_unknown_failure" in analysis.description
