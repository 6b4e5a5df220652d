"""The analyses of the management room's errors for a failed start; found through the entry point ``pyboot.failure_analyzers``."""

from collections.abc import Mapping

from pyboot.boot import FailureAnalysis
from pyboot.boot.diagnostics.analysis import Analyzer

from .errors import ActuatorError


def _actuator(error: ActuatorError) -> FailureAnalysis:
    return FailureAnalysis(str(error), error.action, error.code)


ANALYZERS: Mapping[type[BaseException], Analyzer] = {ActuatorError: _actuator}
