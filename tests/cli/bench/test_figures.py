"""Ratios over the rounds."""

import pytest

from pyboot.cli.bench.errors import PeerAbsentError
from pyboot.cli.bench.figures import Spread

from .measured import measured, result


def test_ratios_are_taken_inside_each_round() -> None:
    """A machine that slows down by half in one round changes no ratio."""
    ours, theirs = measured("pyboot", 200.0, 100.0, 210.0), measured("netty", 100.0, 50.0, 100.0)

    assert Spread(2.0, 2.0, 2.1) == ours.ratio(theirs)
    assert Spread(200.0, 100.0, 210.0) == ours.spread("qps")


def test_the_ratio_by_processor_time_leaves_out_what_neighbours_took() -> None:
    """Half the rate on half of the core is the same server."""
    ours, theirs = measured("pyboot", 50.0, cpu=0.5), measured("netty", 100.0, cpu=1.0)

    assert (0.5, 1.0) == (ours.ratio(theirs).middle, ours.cpu_ratio(theirs).middle)


def test_memory_is_compared_by_difference() -> None:
    """Bytes over, not times as many."""
    ours, theirs = measured("pyboot"), measured("uvloop")
    ours.connection_bytes, theirs.connection_bytes = [5000.0, 6000.0, 7000.0], [1000.0, 1000.0, 1500.0]

    assert Spread(5000.0, 4000.0, 5500.0) == ours.surplus_bytes(theirs)


def test_the_base_is_the_wanted_peer_or_the_first() -> None:
    """A work without its usual rival still has ratios."""
    ours, netty = measured("pyboot", 1.0), measured("netty", 1.0)

    assert (netty, ours, None) == (result(ours, netty).base, result(ours).base, result().base)


def test_who_was_not_measured_is_asked_for_with_the_reason() -> None:
    """Never a bare KeyError."""
    with pytest.raises(PeerAbsentError, match="twisted: does not serve framed"):
        result().of("twisted")
    with pytest.raises(PeerAbsentError, match="streams: was not asked for"):
        result().of("streams")
