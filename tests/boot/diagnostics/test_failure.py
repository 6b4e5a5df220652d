"""The end of a failed start."""

import errno

import pytest

from pyboot.boot.diagnostics import failure
from pyboot.boot.diagnostics.failure import report_failure
from pyboot.boot.diagnostics.listener import Listener
from pyboot.boot.errors import LifecycleError, MissingBeanError


def test_the_report_goes_to_standard_error_without_a_stack_trace(capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 1."""
    assert 1 == report_failure(MissingBeanError("Greeter"), with_trace=False)
    printed = capsys.readouterr()

    assert "" == printed.out
    assert "required a bean of type Greeter" in printed.err
    assert "Traceback" not in printed.err


def test_an_exception_may_bring_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    """Zero and nonsense are not taken: the start has failed."""

    class CodedError(Exception):
        def __init__(self, exit_code: object) -> None:
            self.exit_code = exit_code

    assert [9, 1, 1] == [report_failure(CodedError(code), with_trace=False) for code in (9, 0, "x")]

    wrapped = LifecycleError("pump", 0, "CodedError")
    wrapped.__cause__ = CodedError(7)
    assert 7 == report_failure(wrapped, with_trace=False)


def test_the_stack_trace_comes_when_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """Before the report."""
    report_failure(ValueError("x"), with_trace=True)
    printed = capsys.readouterr().err

    assert printed.index("ValueError: x") < printed.index("APPLICATION FAILED TO START")


def test_who_holds_a_port_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever analyzer speaks, and only where a port is in use."""
    monkeypatch.setattr(failure, "listener_on", lambda port: Listener(7, f"python serve.py {port}"))
    in_use = OSError(errno.EADDRINUSE, "Address already in use")
    in_use.port = 9000  # type: ignore[attr-defined]  # facts that the raiser leaves on it
    denied = OSError(errno.EACCES, "Permission denied")
    denied.port = 80  # type: ignore[attr-defined]  # as above
    wrapper = LifecycleError("server", 0, "OSError")
    wrapper.__cause__ = in_use

    report_failure(wrapper, with_trace=False)
    assert "already in use.\n\n    held by process 7: python serve.py 9000\n" in capsys.readouterr().err

    report_failure(denied, with_trace=False)
    assert "held by" not in capsys.readouterr().err
