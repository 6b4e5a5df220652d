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


def test_the_innermost_cause_is_asked_first() -> None:
    """It is nearest to what is wrong."""
    error = raised_from(RuntimeError("outer"), OwnError("inner"))
    found = analyze(error, {RuntimeError: said("outer"), OwnError: said("inner")})

    assert found is not None
    assert "inner" == found.description


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
