"""Tables in the terminal."""

import io

import pytest
from rich.console import Console

from pyboot.cli.bench.figures import Result, Spread
from pyboot.cli.bench.table import TIMES, amount, doubts, ratio_text, show_legend, show_table
from pyboot.cli.bench.work import WORKS

from .measured import measured, result


def shown(one: Result, width: int = 80) -> list[str]:
    """The lines of a table in a terminal of *width* columns."""
    console = Console(file=io.StringIO(), width=width)
    show_table(console, one)
    show_legend(console, [one])
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_the_best_stands_first_with_its_ratio() -> None:
    """Rate, delays, ratio with extremes, ratio by processor time, share of the core: in eighty columns."""
    lines = shown(result(measured("netty", 1.2e6, 1.0e6, 1.1e6), measured("pyboot", 2.4e6, 2.1e6, 2.2e6)))

    assert f"framed16: framed echo, 4 + 12 bytes, 16 connections {TIMES} 64 in flight" == lines[0]
    assert ["peer", "rate/s", "p50", "µs", "p99", "µs", TIMES, "netty", TIMES, "by", "CPU", "core"] == lines[2].split()
    assert ["pyboot", "2.2", "M", "100", "900", "2.00", "(2.00-2.10)", "2.00", "100%"] == lines[4].split()
    assert ["netty", "1.1", "M", "100", "900", "1", "1", "100%"] == lines[5].split()
    assert "  not measured: twisted: does not serve framed" == lines[7]


def test_memory_has_a_table_of_its_own() -> None:
    """KiB for each connection, and what that is over the base."""
    ours, theirs = measured("pyboot"), measured("uvloop")
    ours.connection_bytes, theirs.connection_bytes = [4096.0], [1024.0]

    lines = shown(Result(WORKS["idle"], "uvloop", [ours, theirs]))

    assert ["pyboot", "4.00", "4.00", "4.00", "3.00"] == lines[4].split()


def test_a_failed_peer_is_shown_with_what_it_did() -> None:
    """It has no row, but it is not forgotten."""
    assert "  netty failed: closed early" in shown(Result(WORKS["raw"], "netty", failed=["netty failed: closed early"]))


@pytest.mark.parametrize(
    ("cpu", "load_cpu", "told"),
    [(1.0, 0.5, []), (1.0, 0.97, ["pyboot: the load generator was the limit (97% of its core); compare by CPU"]),
     (0.6, 0.5, ["pyboot: the server got or used only 60% of its core; compare by CPU"])],
)  # fmt: skip
def test_doubts(cpu: float, load_cpu: float, told: list[str]) -> None:
    """A figure that something else limited is called by its name."""
    assert told == doubts(result(measured("pyboot", 1.0, cpu=cpu, load_cpu=load_cpu)))


def test_three_digits() -> None:
    """Amounts and ratios are read, not counted."""
    assert ["1.24 M", "85.3 k", "912", "0.5"] == [amount(figure) for figure in (1_243_000, 85_321, 912, 0.5)]
    assert ["1.90 (1.85-1.97)", "34.5 (31.1-42.3)", "56 (50-101)"] == [
        ratio_text(Spread(*figures)) for figures in ((1.9, 1.85, 1.97), (34.48, 31.1, 42.3), (55.6, 50.3, 100.8))
    ]
