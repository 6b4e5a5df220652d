"""The JSON document."""

import json

from pyboot.cli.bench.machine import Cores
from pyboot.cli.bench.record import record

from .measured import measured, result


def test_every_sample_is_kept() -> None:
    """Rounds, ratios, who was absent: plain values that survive a round trip."""
    document = json.loads(json.dumps(record([result(measured("netty", 100.0, 110.0), measured("pyboot", 200.0, 231.0))], Cores(0, 1))))

    (work,) = document["works"]
    assert ("framed16", "netty", ["twisted: does not serve framed"], []) == (work["name"], work["base"], work["absent"], work["failed"])
    assert [[100.0, 110.0], [200.0, 231.0]] == [[one["qps"] for one in peer["samples"]] for peer in work["peers"]]
    assert {"middle": 2.05, "low": 2.0, "high": 2.1} == work["peers"][1]["ratio"]
    assert 1 == document["machine"]["load_core"]


def test_memory_is_recorded_as_bytes_for_each_connection() -> None:
    """No ratios of speed where none was measured."""
    ours = measured("pyboot")
    ours.connection_bytes = [4096.0]

    (work,) = json.loads(json.dumps(record([result(ours)], Cores(None, None))))["works"]

    assert [4096.0] == work["peers"][0]["connection_bytes"]
