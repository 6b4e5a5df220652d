"""The answers of the endpoint metrics: Spring Boot's shapes."""

import pytest

from pyboot.actuator.meters.browse import metric, metric_names
from pyboot.actuator.meters.registry import MeterRegistry


@pytest.fixture
def registry() -> MeterRegistry:
    """Three counters of one name, and a timer."""
    registry = MeterRegistry()
    registry.counter("orders", {"region": "eu", "kind": "book"}, description="Orders.").increment(1)
    registry.counter("orders", {"region": "eu", "kind": "pen"}).increment(2)
    registry.counter("orders", {"region": "us", "kind": "pen"}).increment(4)
    registry.timer("work").record(0.5)
    registry.timer("work", {"slow": True}).record(2.0)
    return registry


def test_names_are_listed_in_order(registry: MeterRegistry) -> None:
    """Those that have something to tell."""
    assert {"names": ["orders", "work"]} == metric_names(registry.collect())


def test_a_meter_is_added_up_and_says_by_what_it_can_be_divided(registry: MeterRegistry) -> None:
    """A counter is a COUNT."""
    assert {
        "name": "orders",
        "description": "Orders.",
        "measurements": [{"statistic": "COUNT", "value": 7.0}],
        "availableTags": [{"tag": "kind", "values": ["book", "pen"]}, {"tag": "region", "values": ["eu", "us"]}],
    } == metric(registry.collect(), "orders")


def test_tags_lead_down(registry: MeterRegistry) -> None:
    """One that was given is no longer offered; Spring Boot Admin gives the first one twice."""
    found = metric(registry.collect(), "orders", ["kind:pen", "kind:pen"])

    assert found is not None
    assert [{"statistic": "COUNT", "value": 6.0}] == found["measurements"]
    assert [{"tag": "region", "values": ["eu", "us"]}] == found["availableTags"]


def test_a_timer_has_three_statistics(registry: MeterRegistry) -> None:
    """The largest is not added up."""
    found = metric(registry.collect(), "work")

    assert found is not None
    assert "seconds" == found["baseUnit"]
    assert [
        {"statistic": "COUNT", "value": 2.0},
        {"statistic": "TOTAL_TIME", "value": 2.5},
        {"statistic": "MAX", "value": 2.0},
    ] == found["measurements"]


@pytest.mark.parametrize("tags", [["region:as"], ["kind:pen", "kind:book"], ["colour:red"]])
def test_what_is_not_there_is_nothing(registry: MeterRegistry, tags: list[str]) -> None:
    """Neither is a name that nobody has."""
    assert metric(registry.collect(), "orders", tags) is None
    assert metric(registry.collect(), "order") is None


def test_a_tag_that_is_none_is_refused(registry: MeterRegistry) -> None:
    """Its sender is told."""
    with pytest.raises(ValueError, match="key:value"):
        metric(registry.collect(), "orders", ["kind"])
