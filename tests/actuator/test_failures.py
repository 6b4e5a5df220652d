"""The management room's half of the report of a failed start."""

from pyboot.actuator.errors import ManagementPortError
from pyboot.actuator.failures import ANALYZERS
from pyboot.boot.diagnostics.analysis import analyze


def test_every_refusal_is_found_by_its_base() -> None:
    """Description, action and code are the error's own."""
    analysis = analyze(ManagementPortError("the port is in use."), ANALYZERS)

    assert analysis is not None
    assert ("The management server cannot listen: the port is in use.", "PB-A003") == (analysis.description, analysis.code)
    assert "--management.server.port" in analysis.action
