"""Meters of every form in an application that runs, as both libraries tell them whom settings name."""

from collections.abc import Iterator
from typing import Any

import prometheus_client
import pytest
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from pyboot.actuator import Counted, Counter, DistributionSummary, Gauge, Timed, Timer
from pyboot.boot import Bean, Configuration, Service, start
from tests.actuator.management_client import application


@Configuration
class Meters:
    """One bean of each kind."""

    @Bean
    def placed(self) -> Counter:
        """Count."""
        return Counter("orders.placed", {"kind": "book"})

    @Bean
    def waiting(self) -> Gauge:
        """Tell."""
        return Gauge("orders.waiting", lambda: 4)

    @Bean
    def took(self) -> Timer:
        """Time, with a histogram."""
        return Timer("orders.took", bounds=[0.1, 1])

    @Bean
    def size(self) -> DistributionSummary:
        """Sum up, with a histogram."""
        return DistributionSummary("orders.size", unit="bytes", bounds=[10, 100])


@Service
class Shop:
    """Records to them, and has labelled methods."""

    def __init__(self, placed: Counter, took: Timer, size: DistributionSummary) -> None:
        """Take the beans."""
        self._meters = placed, took, size

    @Timed("shop.sell", histogram=True)
    async def sell(self) -> None:
        """Record one of each."""
        placed, took, size = self._meters
        placed.increment()
        took.record(0.5)
        size.record(50)

    @Counted
    def look(self) -> None:
        """Fail."""
        raise KeyError


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemoryMetricReader]:
    """The SDK of OpenTelemetry, as an application sets it up; for this test alone."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: provider)
    yield reader
    provider.shutdown()


async def test_beans_and_labelled_methods_are_told_by_both(reader: InMemoryMetricReader) -> None:
    """What was recorded, once each; and nothing more when the application has ended."""
    properties = {"management.server.port": -1, "management.metrics.bridges": ["prometheus", "opentelemetry"]}
    async with start(application(Meters, Shop), properties=properties) as context:
        shop = context.get(Shop)
        await shop.sell()
        with pytest.raises(KeyError):
            shop.look()
        text = prometheus_client.generate_latest().decode()
        data: Any = reader.get_metrics_data()
    for line in (
        'orders_placed_total{kind="book"} 1.0',
        "orders_waiting 4.0",
        'orders_took_seconds_bucket{le="0.1"} 0.0',
        'orders_took_seconds_bucket{le="1.0"} 1.0',
        'orders_size_bytes_bucket{le="100.0"} 1.0',
        "orders_size_bytes_sum 50.0",
        'shop_sell_seconds_count{class="Shop",exception="none",method="sell"} 1.0',
        'shop_sell_seconds_bucket{class="Shop",exception="none",le="+Inf",method="sell"} 1.0',
        'method_counted_total{class="Shop",exception="KeyError",method="look",result="failure"} 1.0',
    ):
        assert line in text.splitlines()
    found = [metric for resource in data.resource_metrics for scope in resource.scope_metrics for metric in scope.metrics]
    told = {metric.name: [(dict(point.attributes), point.value) for point in metric.data.data_points] for metric in found}
    assert [({"kind": "book"}, 1)] == told["orders.placed"]
    assert [({}, 4)] == told["orders.waiting"]
    assert [({}, 0.5)] == told["orders.took.sum"]
    assert [({}, 50)] == told["orders.size.max"]
    assert [({"class": "Shop", "method": "sell", "exception": "none"}, 1)] == told["shop.sell.count"]
    assert ({"class": "Shop", "method": "look", "result": "failure", "exception": "KeyError"}, 1) in told["method.counted"]
    assert "orders" not in prometheus_client.generate_latest().decode()
