"""The errors of the cluster tell what was seen, and what to do."""

import inspect

import pytest

from pyboot.cluster import errors
from pyboot.cluster.errors import ClusterError

EXAMPLES = [
    errors.UnknownEngineError("redsi", ["local", "redis"], ["redis"]),
    errors.UnknownEngineError("kafka", ["local"]),
    errors.EngineExtraError("redis", "hiredis"),
    errors.EngineUnreachableError("redis", "10.0.0.5:6379", "connection refused"),
    errors.EngineRefusedError("redis", "10.0.0.5:6379", "WRONGPASS"),
    errors.EngineTooOldError("redis", "10.0.0.5:6379", "5.0.1", "6.2"),
    errors.SharedPrefixError("pb:", "shop", "billing", "billing-1"),
    errors.EngineLostError("redis", "connection reset"),
    errors.TooLargeMessageError(2_000_000, 1_048_576),
    errors.UnserializableMessageError("set", "it has no serializer"),
    errors.GroupNameClashError("room", "ChatServer", "OtherServer"),
    errors.EngineBundleError("redis", ["web"]),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_every_fact_is_told(error: ClusterError) -> None:
    """In the text or in the cure; with a code of its own."""
    told = f"{error} {error.action}"
    assert [] == [fact for fact in error.args if isinstance(fact, str | int) and str(fact) not in told]
    assert error.code.startswith("PB-C")
    assert type(error).code != ClusterError.code


def test_every_error_has_an_example_here() -> None:
    """One more is written down."""
    classes = {cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, ClusterError)}
    assert {ClusterError} == classes - {type(error) for error in EXAMPLES}


def test_the_base_has_a_cure_as_well() -> None:
    """For whoever derives from it."""
    assert "cluster" in ClusterError().action
