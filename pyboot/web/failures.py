"""The analyses of the web room's errors for the report of a failed start; found through the entry point ``pyboot.failure_analyzers``."""

from collections.abc import Mapping

from pyboot.boot import FailureAnalysis
from pyboot.boot.diagnostics.analysis import Analyzer

from .errors import WebError


def _web(error: WebError) -> FailureAnalysis:
    return FailureAnalysis(str(error), error.action, error.code)


ANALYZERS: Mapping[type[BaseException], Analyzer] = {WebError: _web}
