"""The text for Prometheus, in both forms: as written, and as its own parsers read it, whatever names and values are."""

import asyncio
import math
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from pyboot.actuator.meters.exposition import OPENMETRICS, TEXT, Exposition, label_names, number, prefers_openmetrics, render
from pyboot.actuator.meters.meter import Distribution, Family, MeterKind, MeterSpec, Sample, tags_of
from pyboot.actuator.meters.registry import MeterRegistry


def text_of(*families: Family, is_open: bool = False) -> str:
    """The text of *families*."""
    return "".join(Exposition(is_open=is_open).parts(families))


def family(name: str, kind: MeterKind, *samples: tuple[dict[str, object], Any], unit: str = "", description: str = "") -> Family:
    """A family."""
    return Family(MeterSpec(name, kind, unit, description), [Sample(tags_of(tags), value) for tags, value in samples])


BYTES = family(
    "netty.server.bytes",
    MeterKind.COUNTER,
    ({"server": "echo"}, 5),
    ({"server": 'a\\b\n"c'}, 1.5),
    unit="bytes",
    description='Sent\nor "got".',
)
TIMES = family("work", MeterKind.TIMER, ({}, Distribution(3, 0.75, 0.5, [(0.1, 1), (0.5, 3)])), unit="seconds")
FACTS = family("application", MeterKind.INFO, ({"version": "1"}, 1))
UPTIME = family("process.uptime", MeterKind.GAUGE, ({}, 12.5), unit="seconds")


def test_the_older_form() -> None:
    """Byte for byte."""
    expected = (
        '# HELP netty_server_bytes_total Sent\\nor "got".\n'
        "# TYPE netty_server_bytes_total counter\n"
        'netty_server_bytes_total{server="echo"} 5\n'
        'netty_server_bytes_total{server="a\\\\b\\n\\"c"} 1.5\n'
        "# TYPE work_seconds histogram\n"
        'work_seconds_bucket{le="0.1"} 1\n'
        'work_seconds_bucket{le="0.5"} 3\n'
        'work_seconds_bucket{le="+Inf"} 3\n'
        "work_seconds_count 3\n"
        "work_seconds_sum 0.75\n"
        "# HELP work_seconds_max The largest.\n"
        "# TYPE work_seconds_max gauge\n"
        "work_seconds_max 0.5\n"
        "# TYPE application_info gauge\n"
        'application_info{version="1"} 1\n'
        "# TYPE process_uptime_seconds gauge\n"
        "process_uptime_seconds 12.5\n"
    )
    assert expected == text_of(BYTES, TIMES, FACTS, UPTIME)


def test_openmetrics() -> None:
    """Byte for byte: families without the suffixes of their samples, units, and the end."""
    expected = (
        '# HELP netty_server_bytes Sent\\nor \\"got\\".\n'
        "# TYPE netty_server_bytes counter\n"
        "# UNIT netty_server_bytes bytes\n"
        'netty_server_bytes_total{server="echo"} 5\n'
        'netty_server_bytes_total{server="a\\\\b\\n\\"c"} 1.5\n'
        "# TYPE application info\n"
        'application_info{version="1"} 1\n'
        "# TYPE process_uptime_seconds gauge\n"
        "# UNIT process_uptime_seconds seconds\n"
        "process_uptime_seconds 12.5\n"
        "# EOF\n"
    )
    assert expected == text_of(BYTES, FACTS, UPTIME, is_open=True)


@pytest.mark.parametrize(
    ("accept", "is_open"),
    [
        ("", False),
        ("*/*", False),
        ("text/plain", False),
        ("application/openmetrics-text", True),
        ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1", True),
        ("application/openmetrics-text;version=1.0.0;q=0.2,text/plain;version=0.0.4;q=0.4", False),
        ("application/openmetrics-text;version=2.0.0", False),
        ("application/openmetrics-text;q=0", False),
        ("application/openmetrics-text;q=much,text/plain", False),
    ],
)
def test_the_form_is_what_the_client_prefers(accept: str, is_open: bool) -> None:
    """The older one where it does not say."""
    assert is_open == prefers_openmetrics(accept)


async def test_the_media_type_tells_which_form_it_is() -> None:
    """With the text of all meters, or of those that are named."""
    registry = MeterRegistry()
    registry.counter("orders", unit="bytes").increment(3)
    registry.counter("others").increment()

    assert (TEXT, b"# TYPE orders_bytes_total counter\norders_bytes_total 3\n") == await render(
        registry.collect(), "", ["orders_bytes_total"]
    )
    assert (OPENMETRICS, b"# TYPE others counter\nothers_total 1\n# EOF\n") == await render(
        registry.collect(), "application/openmetrics-text", ["others"]
    )


async def test_the_loop_has_turns_while_much_is_written() -> None:
    """Five thousand series; who else wants to run, runs."""
    registry = MeterRegistry(max_series=5000)
    for index in range(5000):
        registry.counter("many", {"index": index})
    turns = list[int]()

    def turn() -> None:
        turns.append(1)
        asyncio.get_running_loop().call_soon(turn)

    asyncio.get_running_loop().call_soon(turn)
    await render(registry.collect())

    assert len(turns) >= 10


def test_a_second_meter_of_one_name_in_the_text_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """Also one that is called like a part of another, whichever comes first; each is told once."""
    first = family("a.b", MeterKind.COUNTER, ({}, 1))
    same = family("a_b", MeterKind.GAUGE, ({}, 2))
    part = family("work.seconds.count", MeterKind.GAUGE, ({}, 2))

    for _ in range(2):
        assert "# TYPE a_b_total counter\na_b_total 1\n" == text_of(first, same)
    assert "count 2" not in text_of(TIMES, part)
    assert "histogram" not in text_of(part, TIMES)
    assert 3 == len(caplog.records)


def test_a_counter_that_is_none_is_left_out() -> None:
    """No reader takes one below 0, or that is no number."""
    bad = family("bad", MeterKind.COUNTER, ({"a": 1}, -1), ({"a": 2}, math.nan), ({"a": 3}, 2))

    assert '# TYPE bad_total counter\nbad_total{a="3"} 2\n' == text_of(bad)


def test_labels_are_told_apart() -> None:
    """Names that a label may not have, or that are taken, get another."""
    tags = tags_of({"a.b": 1, "a-b": 2, "le": 3, "9": 4, "__name__": 5})

    assert {"_9": "4", "tag__name__": "5", "a_b": "2", "a_b2": "1", "le_": "3"} == dict(label_names(tags))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (1.0, "1.0"),
        (0.001, "0.001"),
        (1e-7, "1e-07"),
        (123456.5, "123456.5"),
        (1048576.0, "1.048576e+06"),
        (-2500000.0, "-2.5e+06"),
        (1e100, "1e+100"),
        (10**15, "1000000000000000"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
    ],
)
def test_numbers_are_written_as_go_writes_them(value: float, text: str) -> None:
    """So says OpenMetrics of bounds."""
    assert text == number(value)


@given(st.floats(allow_nan=False))
def test_numbers_are_read_back(value: float) -> None:
    """Exactly."""
    assert value == float(number(value))


# M8: whatever names and values are, both parsers read the text, and what they read is what was there.

names = st.text(max_size=12).filter(lambda name: name.strip(". ") != "")
values = st.one_of(st.integers(0, 2**70), st.floats(0, 1e300))
tags = st.dictionaries(st.text(min_size=1, max_size=6), st.text(max_size=8), max_size=3)
units = st.sampled_from(["", "seconds", "bytes", "l/min", "total"])
bounds = st.lists(st.floats(1e-9, 1e12), min_size=0, max_size=4, unique=True)


@st.composite
def distributions(draw: Any, rising: list[float]) -> Distribution:
    """One with these bounds."""
    counts = sorted(draw(st.lists(st.integers(0, 1000), min_size=len(rising) + 1, max_size=len(rising) + 1)))
    return Distribution(counts[-1], draw(values), draw(values), list(zip(rising, counts, strict=False)))


@st.composite
def families(draw: Any) -> Family:
    """One of any kind."""
    kind, rising = draw(st.sampled_from(list(MeterKind))), sorted(draw(bounds))
    one = distributions(rising) if kind in (MeterKind.TIMER, MeterKind.SUMMARY) else st.just(1) if kind is MeterKind.INFO else values
    samples = draw(st.dictionaries(tags.map(tags_of), one, max_size=3))
    return Family(MeterSpec(draw(names), kind, draw(units), draw(st.text(max_size=10))), [Sample(*pair) for pair in samples.items()])


@settings(max_examples=300, deadline=None)
@given(st.lists(families(), max_size=5), st.booleans())
def test_both_parsers_read_whatever_is_written(written: list[Family], is_open: bool) -> None:
    """Each family once, and each series once, with the text and the number that were there."""
    text = text_of(*written, is_open=is_open).encode("utf-8", "replace").decode()

    read = list((read_openmetrics if is_open else read_text)(text))

    series = [(sample.name, tuple(sorted(sample.labels.items()))) for each in read for sample in each.samples]
    assert len(set(series)) == len(series)
    assert len({each.name for each in read}) == len(read)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(alphabet=st.characters(codec="utf-8"), max_size=8), values, min_size=1, max_size=4), st.booleans())
def test_values_and_numbers_are_those_that_were_given(given_values: dict[str, float], is_open: bool) -> None:
    """Any text that can be written in UTF-8 comes back as it was."""
    written = family("g", MeterKind.GAUGE, *(({"k": key}, value) for key, value in given_values.items()))

    (read,) = (read_openmetrics if is_open else read_text)(text_of(written, is_open=is_open))

    expected = {key or "none": float(value) for key, value in reversed(given_values.items())}
    assert expected == {sample.labels["k"]: float(sample.value) for sample in read.samples}
