"""Claim: cost grows with what is done and with nothing else: not with the number of connections, not faster than the bytes."""

from dataclasses import replace
from itertools import pairwise

import pytest

from pyboot.cli.bench.figures import Measured
from pyboot.cli.bench.work import WORKS, Work

from .conftest import Measure, of

pytestmark = pytest.mark.bench

CONNECTIONS = (1, 16, 1000, 10_000)
SIZES = (16, 256, 4096, 65_536, 1 << 20)
BYTES_ONLY = ("framed", "raw")  # the bare protocol echoes the same bytes and cuts no frames


def nanoseconds(figures: Measured) -> float:
    """Processor time of the server for each answer."""
    return figures.server_seconds_each.middle * 1e9


def own_nanoseconds(measure: Measure, work: Work) -> float:
    """What pyboot takes for each frame beyond a bare protocol on the same loop under the same load: the system's part is left out."""
    result = measure(replace(work, serves=BYTES_ONLY), "pyboot", "uvloop")
    return nanoseconds(of(result, "pyboot")) - nanoseconds(of(result, "uvloop"))


def test_a_frame_costs_the_same_among_many_connections(measure: Measure) -> None:
    """64 frames in flight on each of 1 to 10,000 connections: pyboot's own part stays within half of what it is at 16."""
    costs = {count: own_nanoseconds(measure, WORKS["framed16"].but(connections=count)) for count in CONNECTIONS}

    assert max(costs.values()) <= 1.5 * costs[16], costs


def test_a_read_costs_the_same_among_many_connections(measure: Measure) -> None:
    """One message in flight on each: the ratio to a bare protocol does not fall when there are 10,000 of them."""
    ratios = {}
    for count in CONNECTIONS:
        result = measure(WORKS["request"].but(connections=count), "pyboot", "uvloop")
        ratios[count] = of(result, "pyboot").cpu_ratio(of(result, "uvloop")).middle

    assert min(ratios.values()) >= 0.85 * ratios[16], ratios


def test_a_frame_costs_no_more_than_its_bytes(measure: Measure) -> None:
    """From 16 B to 1 MiB each step to sixteen times the bytes costs at most sixteen times the time, give or take a quarter."""
    costs = {}
    for size in SIZES:
        work = WORKS["framed16"].but(size=size, depth=max(1, min(64, (64 << 10) // size)))
        costs[size] = nanoseconds(of(measure(work, "pyboot"), "pyboot"))

    assert all(later <= earlier * 16 * 1.25 for earlier, later in pairwise(costs.values())), costs
