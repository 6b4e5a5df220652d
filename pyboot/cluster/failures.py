"""The analyses of the cluster's errors for the report of a failed start; found through the entry point ``pyboot.failure_analyzers``."""

from collections.abc import Mapping

from pyboot.boot import FailureAnalysis
from pyboot.boot.diagnostics.analysis import Analyzer

from .errors import ClusterError


def _cluster(error: ClusterError) -> FailureAnalysis:
    return FailureAnalysis(str(error), error.action, error.code)


ANALYZERS: Mapping[type[BaseException], Analyzer] = {ClusterError: _cluster}
