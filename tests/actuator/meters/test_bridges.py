"""The meters as prometheus-client and OpenTelemetry tell them."""

import sys
from typing import Any

import opentelemetry.metrics
import prometheus_client
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client.parser import text_string_to_metric_families as read_text

from pyboot.actuator.meters.bridges import MissingExtraError, OpenTelemetryBridge, PrometheusBridge
from pyboot.actuator.meters.exposition import Exposition
from pyboot.actuator.meters.registry import MeterRegistry
from pyboot.boot import start
from pyboot.boot.errors import LifecycleError
from tests.actuator.management_client import application


@pytest.fixture
def registry() -> MeterRegistry:
    """One of each."""
    registry = MeterRegistry()
    registry.counter("orders.placed", {"kind": "book"}, description="Orders.").increment(2)
    registry.timer("work", bounds=[0.5]).record(0.25)
    registry.summary("size", unit="bytes").record(7)
    registry.gauge("waiting", lambda: 3)
    return registry


def numbers(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """What the text says, by series; the library writes when a counter was made, too."""
    found = {(each.name, tuple(sorted(each.labels.items()))): each.value for family in read_text(text) for each in family.samples}
    return {key: value for key, value in found.items() if not key[0].endswith("_created")}


def test_prometheus_client_tells_what_our_own_text_does(registry: MeterRegistry) -> None:
    """Series for series; and nothing when the bridge is closed."""
    target = prometheus_client.CollectorRegistry()
    bridge = PrometheusBridge(registry, prometheus_client, target)

    theirs = numbers(prometheus_client.generate_latest(target).decode())
    assert numbers("".join(Exposition().parts(registry.collect()))) == theirs
    assert 2 == theirs["orders_placed_total", (("kind", "book"),)]
    bridge.close()
    assert b"" == prometheus_client.generate_latest(target)


def told(reader: InMemoryMetricReader) -> dict[str, dict[tuple[tuple[str, Any], ...], Any]]:
    """What the SDK has gathered, by name and attributes."""
    data: Any = reader.get_metrics_data()
    if data is None:
        return {}
    metrics = [metric for resource in data.resource_metrics for scope in resource.scope_metrics for metric in scope.metrics]
    return {metric.name: {tuple(point.attributes.items()): point.value for point in metric.data.data_points} for metric in metrics}


def test_opentelemetry_gathers_them(registry: MeterRegistry) -> None:
    """Each as an instrument that it asks; one that comes later too, and none when the bridge is closed."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    bridge = OpenTelemetryBridge(registry, opentelemetry.metrics, provider)
    registry.counter("later").increment()

    found = told(reader)
    assert {(("kind", "book"),): 2} == found["orders.placed"]
    assert ({(): 1}, {(): 0.25}, {(): 0.25}) == (found["work.count"], found["work.sum"], found["work.max"])
    assert {(): 7} == found["size.sum"]
    assert {(): 3.0} == found["waiting"]
    assert {(): 1} == found["later"]
    bridge.close()
    assert {} == told(reader)
    provider.shutdown()


async def test_settings_open_a_bridge_until_the_application_ends() -> None:
    """Into the library's default registry."""
    properties = {"management.server.port": -1, "management.metrics.bridges": "prometheus"}
    async with start(application(), properties=properties):
        assert b"process_uptime_seconds " in prometheus_client.generate_latest()
    assert b"process_uptime_seconds " not in prometheus_client.generate_latest()


async def test_a_bridge_whose_library_is_missing_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the name of the extra."""
    monkeypatch.setitem(sys.modules, "opentelemetry.metrics", None)
    properties = {"management.server.port": -1, "management.metrics.bridges": "opentelemetry"}
    with pytest.raises(LifecycleError) as caught:
        async with start(application(), properties=properties):
            pass

    cause = caught.value.__cause__
    assert isinstance(cause, MissingExtraError)
    assert "pip install pyboot-framework[opentelemetry]" in cause.action
