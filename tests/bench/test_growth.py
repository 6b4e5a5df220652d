"""Claim: cost grows with what is done and with nothing else: not with the number of connections, not faster than the bytes."""

from itertools import pairwise

import pytest

from pyboot.cli.bench.work import WORKS

from .conftest import Measure, of

pytestmark = pytest.mark.bench

CONNECTIONS = (1, 16, 1000, 10_000)
SIZES = (16, 256, 4096, 65_536, 1 << 20)


def test_time_per_message_does_not_depend_on_connections(measure: Measure) -> None:
    """From 16 to 10,000 connections the ratio to a bare protocol on the same loop stays, so what grows is the system's part."""
    ratios = []
    for connections in CONNECTIONS:
        result = measure(WORKS["raw"].but(connections=connections, depth=1), "pyboot", "uvloop")
        ratios.append(of(result, "pyboot").cpu_ratio(of(result, "uvloop")).middle)

    assert min(ratios) >= 0.85 * ratios[1]


def test_time_per_frame_does_not_depend_on_connections(measure: Measure) -> None:
    """64 frames in flight on each: 10,000 connections cost per frame what 16 cost, give or take the caches."""
    seconds = []
    for connections in CONNECTIONS:
        figures = of(measure(WORKS["framed16"].but(connections=connections), "pyboot"), "pyboot")
        seconds.append(figures.server_seconds_each.middle)

    assert max(seconds) <= 1.5 * seconds[1]


def test_time_per_frame_grows_no_faster_than_its_bytes(measure: Measure) -> None:
    """Sixteen times the bytes cost at most sixteen times the time, at every step from 16 B to 1 MiB."""
    seconds = []
    for size in SIZES:
        depth = max(1, min(64, (64 << 10) // size))
        figures = of(measure(WORKS["framed16"].but(size=size, depth=depth), "pyboot"), "pyboot")
        seconds.append(figures.server_seconds_each.middle)

    assert all(later <= earlier * 16 * 1.25 for earlier, later in pairwise(seconds))
