"""The registry of meters."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

from pyboot.actuator.meters.filter import MeterFilter
from pyboot.actuator.meters.instruments import POWERS_OF_TWO, Counter, Gauge
from pyboot.actuator.meters.meter import Distribution, MeterKind, MeterSpec
from pyboot.actuator.meters.registry import MeterRegistry


def told(registry: MeterRegistry) -> dict[str, dict[tuple[tuple[str, str], ...], object]]:
    """What the registry tells, by name and tags."""
    return {family.spec.name: {sample.tags: sample.value for sample in family.samples} for family in registry.collect()}


def test_who_asks_again_gets_the_same_meter() -> None:
    """By name and tags, in whichever order."""
    registry = MeterRegistry()
    one = registry.counter("orders", {"a": 1, "b": 2})

    assert one is registry.counter("orders", {"b": "2", "a": "1"})
    assert one is not registry.counter("orders", {"a": 1})


def test_a_name_has_one_kind_and_one_unit() -> None:
    """The second of another is refused, with both."""
    registry = MeterRegistry()
    registry.counter("orders", unit="bytes")

    with pytest.raises(ValueError, match="orders is a counter in bytes, and cannot be a timer in seconds too"):
        registry.timer("orders")
    with pytest.raises(ValueError, match="orders is a counter in bytes, and cannot be a counter in no unit too"):
        registry.counter("orders", {"x": 1})


def test_common_tags_are_added_and_give_way() -> None:
    """A meter's own tag of that name wins; observed ones have them too."""
    registry = MeterRegistry(common={"region": "eu", "stage": "prod"})
    registry.counter("orders", {"stage": "test"}).increment()
    registry.observe(MeterSpec("seen", MeterKind.GAUGE), lambda: [({}, 1)])

    assert {(("region", "eu"), ("stage", "test")): 1} == told(registry)["orders"]
    assert {(("region", "eu"), ("stage", "prod")): 1} == told(registry)["seen"]


def test_meters_that_were_made_elsewhere_are_kept() -> None:
    """As beans are; two of one name and tags are refused."""
    registry = MeterRegistry(common={"region": "eu"})
    orders = Counter("orders", {"kind": "book"})
    registry.add(orders)
    orders.increment()

    assert {(("kind", "book"), ("region", "eu")): 1} == told(registry)["orders"]
    with pytest.raises(ValueError, match="already"):
        registry.add(Counter("orders", {"kind": "book"}))


def test_tags_without_end_are_stopped_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """The program goes on with meters that nobody sees, and how many is told."""
    registry = MeterRegistry(max_series=2)
    for number in range(5):
        registry.counter("by.address", {"address": number}).increment()

    assert 2 == len(told(registry)["by.address"])
    assert {(("name", "by.address"),): 3} == told(registry)["meters.refused"]
    assert ["pyboot.actuator.meters"] == [record.name for record in caplog.records]


def test_what_cannot_be_read_is_left_out_alone(caplog: pytest.LogCaptureFixture) -> None:
    """A gauge, an observed meter, and a source: each is counted, and told once."""
    caplog.set_level(logging.WARNING)
    registry = MeterRegistry()

    class Broken:
        def prepare(self) -> Iterator[None]:
            yield
            raise OSError("gone")

    def fail() -> float:
        raise LookupError("none")

    registry.gauge("bad", fail)
    registry.observe(MeterSpec("worse", MeterKind.GAUGE), lambda: [({}, fail())])
    registry.gauge("good", lambda: 7)
    registry.add_source(Broken())
    registry.prepare_now()

    assert {"good": {(): 7.0}} == {name: series for name, series in told(registry).items() if name != "meters.failed"}
    told(registry)
    assert {(): 6} == told(registry)["meters.failed"]
    assert 3 == len(caplog.records)


def test_settings_switch_meters_off() -> None:
    """They are kept, and not told of."""
    registry = MeterRegistry(MeterFilter(enable={"orders": False}))
    registry.counter("orders.placed").increment()

    assert {} == told(registry)


def test_settings_give_timers_their_bounds() -> None:
    """Before what the program asks for; powers of two where it is only said that there be a histogram."""
    registry = MeterRegistry(MeterFilter(histograms={"b": True}, slo={"a": (0.5,)}))

    assert [0.5] == [bound for bound, _ in registry.timer("a", bounds=[1]).value().buckets]
    assert list(POWERS_OF_TWO) == [bound for bound, _ in registry.timer("b").value().buckets]
    assert [] == list(registry.timer("c").value().buckets)


async def test_sources_take_their_snapshots_with_turns_of_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others run between their steps; here whatever holds the loop has held it for too long."""
    monkeypatch.setattr("pyboot.actuator.pace.HELD_SECONDS", 0.0)
    steps = list[str]()

    class Slow:
        def prepare(self) -> Iterator[None]:
            for _ in range(3):
                steps.append("step")
                yield

    registry = MeterRegistry()
    registry.add_source(Slow())
    asyncio.get_running_loop().call_soon(steps.append, "other")
    await registry.prepare()

    assert ["step", "other", "step", "step"] == steps


def test_observed_meters_may_be_distributions() -> None:
    """A timer that is kept elsewhere."""
    registry = MeterRegistry()
    registry.observe(MeterSpec("tls", MeterKind.TIMER, "seconds"), lambda: [({"outcome": "success"}, Distribution(1, 0.5, 0.5))])
    registry.add(Gauge("g", lambda: 1))

    assert Distribution(1, 0.5, 0.5) == told(registry)["tls"][(("outcome", "success"),)]
