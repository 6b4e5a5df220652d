"""The cluster's half of the report of a failed start."""

from pyboot.boot.diagnostics.analysis import analyze
from pyboot.boot.errors import LifecycleError
from pyboot.cluster.errors import EngineRefusedError
from pyboot.cluster.failures import ANALYZERS


def test_every_refusal_is_found_by_its_base() -> None:
    """Also as the cause of a start that failed."""
    try:
        raise LifecycleError("cluster_node", 0, "it failed") from EngineRefusedError("redis", "10.0.0.5:6379", "WRONGPASS")
    except LifecycleError as error:
        analysis = analyze(error, ANALYZERS)

    assert analysis is not None
    assert "The engine 'redis' of the cluster at 10.0.0.5:6379 refuses us: WRONGPASS" == analysis.description
    assert ("PB-C004", True) == (analysis.code, "password" in analysis.action)
