"""The analyses of the bridge's errors for the report of a failed start; found through the entry point ``pyboot.failure_analyzers``."""

from collections.abc import Mapping

from pyboot.boot import FailureAnalysis
from pyboot.boot.diagnostics.analysis import Analyzer

from .errors import AssemblyError


def _assembly(error: AssemblyError) -> FailureAnalysis:
    return FailureAnalysis(str(error), error.action, error.code)


ANALYZERS: Mapping[type[BaseException], Analyzer] = {AssemblyError: _assembly}
