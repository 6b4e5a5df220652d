"""The claims of speed: each a ratio inside one run of `pytest -m bench`, never part of an ordinary run.

A machine that is busy with something else must not decide whether the code is right, so these tests are left out
unless `-m` names them. What a claim needs and this machine has not (a JDK, the compiled core) skips it with the reason.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from pyboot.cli.bench.errors import PeerAbsentError
from pyboot.cli.bench.figures import Measured, Result, Spread
from pyboot.cli.bench.load import LoadGenerator
from pyboot.cli.bench.machine import Cores, allow_many_files
from pyboot.cli.bench.peer import choose_peers, load_peers, peers_folder
from pyboot.cli.bench.rounds import Bench
from pyboot.cli.bench.table import show_table
from pyboot.cli.bench.work import WORKS, Work

SECONDS, ROUNDS = 0.5, 9  # short and many: a neighbour's burst spoils a round, not the median

left_out: list[pytest.Item] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the claims out unless `-m` names them."""
    claims = [item for item in items if item.get_closest_marker("bench")]
    if claims and "bench" not in str(config.option.markexpr):
        left_out.extend(claims)
        config.hook.pytest_deselected(items=claims)
        items[:] = [item for item in items if item not in claims]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say that something was left out, and how to run it."""
    if left_out:
        terminalreporter.write_line(f"{len(left_out)} claims of speed were not measured; `pytest -m bench tests/bench` measures them")


Measure = Callable[..., Result]


@pytest.fixture(scope="session")
def bench() -> Bench:
    """The load generator and the cores; with the slow generator no claim can be judged."""
    allow_many_files()
    cores = Cores.choose()
    load = LoadGenerator.build(cores.load)
    if load.note:
        pytest.skip(load.note)
    if cores.server == cores.load:
        pytest.skip(f"a claim needs two cores: {cores}")
    return Bench(load, cores, SECONDS, ROUNDS)


@pytest.fixture(scope="session")
def measure(bench: Bench) -> Measure:
    """Measure a work on the named peers, once a session, and print the table (`-s` shows it; so does a failure)."""
    known: dict[tuple[str, tuple[str, ...]], Result] = {}

    def run(work: Work | str, *names: str) -> Result:
        work = WORKS[work] if isinstance(work, str) else work
        key = (work.name, names)
        if key not in known:
            known[key] = bench.measure(work, choose_peers(load_peers(peers_folder()), list(names)))
        show_table(Console(width=100), known[key])
        assert not known[key].failed
        return known[key]

    return run


@pytest.fixture(scope="session")
def measure_modes(bench: Bench) -> Callable[..., list[Measured]]:
    """Measure one peer's modes against each other inside one run."""

    def run(work: Work, peer: str, *modes: str) -> list[Measured]:
        (one,) = choose_peers(load_peers(peers_folder()), [peer])
        variants = [replace(one, name=mode, serves=(mode,)) for mode in modes]
        result = bench.measure(replace(work, serves=modes), variants, modes[0])
        show_table(Console(width=100), result)
        assert not result.failed
        return [of(result, mode) for mode in modes]

    return run


def of(result: Result, peer: str) -> Measured:
    """The peer's figures; skips the claim with the reason if the peer is not to be had here."""
    try:
        return result.of(peer)
    except PeerAbsentError as error:
        pytest.skip(str(error))


def times(result: Result, peer: str, base: str) -> Spread:
    """How many times the base's rate the peer reaches; by processor time where one of them had not its core for itself."""
    return of(result, peer).fair_ratio(of(result, base))
