"""The settings of the cluster."""

import pytest
from pydantic import ValidationError

from pyboot.cluster.properties import ClusterProperties


def test_the_defaults_are_those_of_the_design() -> None:
    """A third of the lease between two renewals, and the prefix of the application."""
    properties = ClusterProperties()
    assert ("local", 10, 5, 3.0) == (
        properties.engine, properties.lease.total_seconds(), properties.engine_timeout.total_seconds(), properties.refresh_seconds,
    )  # fmt: skip
    assert (10_000, 8 * 1024 * 1024, 5) == (properties.queue.messages, properties.queue.size, properties.queue.age.total_seconds())
    assert ("replace", 1024, 5, "accept", "wait") == (
        properties.sessions.policy, properties.sessions.buckets, properties.presence.linger.total_seconds(), properties.on_engine_loss,
        properties.start_policy,
    )  # fmt: skip
    assert "pb:shop:" == properties.prefix_for("shop")
    assert "pb:all:" == ClusterProperties(application="all").prefix_for("shop")
    assert "mine" == ClusterProperties(prefix="mine").prefix_for("shop")
    assert 1 == ClusterProperties.model_validate({"lease": 3, "engine_timeout": 2}).refresh_seconds


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"lease": 5}, "must be shorter than lease"),
        ({"lease": 0}, "above zero"),
        ({"name": "a b"}, "pattern"),
        ({"queue": {"messages": -1}}, "greater than or equal to 0"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, object], told: str) -> None:
    """With what was allowed."""
    with pytest.raises(ValidationError, match=told):
        ClusterProperties.model_validate(settings)
