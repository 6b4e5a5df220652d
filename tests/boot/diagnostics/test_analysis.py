"""The search for the analyzer that knows a failure."""

import logging

import pytest

from pyboot.boot.diagnostics.analysis import Analyzer, FailureAnalysis, analyze, causes


class OwnError(Exception): ...


class NearerError(OwnError): ...


def said(text: str) -> Analyzer:
    """An analyzer that says *text*."""
    return lambda error: FailureAnalysis(text, "")


def raised_from(error: Exception, cause: Exception) -> Exception:
    """*error*, raised from *cause*."""
    error.__cause__ = cause
    return error


def test_who_wraps_an_error_is_asked_before_it() -> None:
    """It knows what was being done; the system's own error does not."""
    error = raised_from(RuntimeError("outer"), OwnError("inner"))
    found = analyze(error, {RuntimeError: said("outer"), OwnError: said("inner")})

    assert found is not None
    assert "outer" == found.description


def test_a_general_analysis_yields_to_that_of_a_cause() -> None:
    """That a constructor raised says less than what it raised; but more than nothing."""
    error = raised_from(RuntimeError("outer"), OwnError("inner"))
    general: dict[type[BaseException], Analyzer] = {RuntimeError: lambda error: FailureAnalysis("general", "", is_general=True)}

    found = [analyze(error, general | {OwnError: said("inner")}), analyze(error, general)]

    assert ["inner", "general"] == [entry.description for entry in found if entry is not None]


def test_a_base_class_will_do_and_the_nearest_wins() -> None:
    """As with handlers of exceptions."""
    near = analyze(NearerError(), {Exception: said("any"), OwnError: said("own")})

    assert near is not None
    assert "own" == near.description


def test_an_analyzer_may_have_nothing_to_say() -> None:
    """Then the next one is asked."""
    error = raised_from(RuntimeError(), OSError())
    found = analyze(error, {OSError: lambda error: None, RuntimeError: said("outer")})

    assert found is not None
    assert "outer" == found.description
    assert analyze(ValueError(), {}) is None


def test_a_group_of_one_is_looked_into() -> None:
    """It says nothing itself."""
    inner = ValueError("inner")

    assert inner in list(causes(ExceptionGroup("group", [inner])))


def test_a_failing_analyzer_does_not_hide_the_failure(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the others are asked."""

    def fail(error: Exception) -> FailureAnalysis:
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR):
        assert analyze(OwnError(), {OwnError: fail}) is None

    assert 1 == len(caplog.messages)
