"""What the meters of one worker tell, and what those of several are together."""

import json

import pytest

from pyboot.actuator.meters.meter import Distribution, Family, MeterKind, MeterSpec, Sample
from pyboot.actuator.workers.snapshot import MergedMeters, snapshot

ORDERS = MeterSpec("orders", MeterKind.COUNTER, "", "Orders.")
WORK = MeterSpec("work", MeterKind.TIMER, "seconds")
TAGS = (("kind", "pen"),)


def gauge(merge: str) -> MeterSpec:
    """A gauge."""
    return MeterSpec("size", MeterKind.GAUGE, "", "", merge)


async def merged(*told: list[Family], gone: bytes = b"") -> list[Family]:
    """What several workers tell together, after one that *gone* has told of."""
    meters = MergedMeters()
    if gone:
        await meters.add(gone, is_last=True)
    for families in told:
        await meters.add(await snapshot(families))
    return list(meters.families())


async def test_counters_add_up_by_name_and_tags() -> None:
    """Those of workers that are gone too."""
    one, two = [Family(ORDERS, [Sample(TAGS, 2), Sample((), 1)])], [Family(ORDERS, [Sample(TAGS, 3)])]
    assert [Family(ORDERS, [Sample(TAGS, 7), Sample((), 2)])] == await merged(one, two, gone=await snapshot(one))


async def test_buckets_add_up_and_the_largest_is_the_largest_of_those_that_live() -> None:
    """A maximum is of the moment."""
    one = [Family(WORK, [Sample((), Distribution(2, 3.0, 2.0, [(1.0, 1), (5.0, 2)]))])]
    two = [Family(WORK, [Sample((), Distribution(1, 0.5, 0.5, [(1.0, 1), (5.0, 1)]))])]
    gone = await snapshot([Family(WORK, [Sample((), Distribution(1, 9.0, 9.0, [(1.0, 0), (5.0, 0)]))])])
    (family,) = await merged(one, two, gone=gone)
    assert [Sample((), Distribution(4, 12.5, 2.0, [(1.0, 2), (5.0, 3)]))] == family.samples


async def test_a_worker_of_another_version_counts_though_its_bounds_are_others() -> None:
    """Within the bounds of the first one there is only what that one had."""
    one = [Family(WORK, [Sample((), Distribution(2, 3.0, 2.0, [(1.0, 1)]))])]
    two = [Family(WORK, [Sample((), Distribution(1, 0.5, 0.5, [(2.0, 1), (3.0, 1)]))])]
    (family,) = await merged(one, two)
    assert [Sample((), Distribution(3, 3.5, 2.0, [(1.0, 1)]))] == family.samples


@pytest.mark.parametrize(("merge", "expected"), [("sum", 6), ("max", 4), ("last", 2)])
async def test_a_gauge_says_what_it_is_over_several(merge: str, expected: float) -> None:
    """Their sum, the largest, or that of the last one."""
    (family,) = await merged([Family(gauge(merge), [Sample((), 4)])], [Family(gauge(merge), [Sample((), 2)])])
    assert [Sample((), expected)] == family.samples


async def test_facts_stay_facts() -> None:
    """They have the value 1, however many say them."""
    facts = [Family(MeterSpec("application", MeterKind.INFO), [Sample((("name", "a"),), 1)])]
    assert facts == await merged(facts, facts)


async def test_of_one_that_is_gone_gauges_are_not_told() -> None:
    """It has no size any more."""
    assert [] == await merged(gone=await snapshot([Family(gauge("sum"), [Sample((), 4)])]))


async def test_a_name_of_two_kinds_is_of_the_first() -> None:
    """During a roll, say."""
    other = MeterSpec("orders", MeterKind.COUNTER, "bytes")
    assert [Family(ORDERS, [Sample((), 1)])] == await merged([Family(ORDERS, [Sample((), 1)])], [Family(other, [Sample((), 5)])])


async def test_any_text_may_be_a_tag() -> None:
    """It comes back as it was."""
    tags = (("odd", '"\\\n\u4e2d'),)
    assert [Family(ORDERS, [Sample(tags, 1)])] == await merged([Family(ORDERS, [Sample(tags, 1)])])


async def test_what_is_kept_by_the_supervisor_are_rows_of_numbers() -> None:
    """It adds them without knowing what they are."""
    told = json.loads(await snapshot([Family(ORDERS, [Sample((), 1)]), Family(WORK, [Sample((), Distribution(1, 2.0, 2.0, [(4.0, 1)]))])]))
    assert [[1], [1, 2.0, 1]] == list(told["totals"].values())
