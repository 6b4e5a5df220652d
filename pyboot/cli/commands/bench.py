"""The command `pyboot bench`: works on peers, side by side, every byte checked."""

from dataclasses import dataclass, field

from rich.console import Console

from pyboot.cli.bench.errors import BenchError
from pyboot.cli.bench.load import LoadGenerator
from pyboot.cli.bench.machine import Cores, allow_many_files
from pyboot.cli.bench.peer import choose_peers, load_peers, peers_folder
from pyboot.cli.bench.figures import Result
from pyboot.cli.bench.rounds import Bench
from pyboot.cli.bench.table import show_legend, show_table
from pyboot.cli.bench.work import WORKS, Work


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """What was asked for on the command line; an empty list means the usual choice."""

    works: list[str] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)
    base: str = ""
    seconds: float = 2.0
    rounds: int = 5


def run_bench(request: BenchRequest) -> list[Result]:
    """Measure, and show each work's table as soon as it is done."""
    console = Console()
    allow_many_files()
    cores = Cores.choose()
    load = LoadGenerator.build(cores.load)
    peers = choose_peers(load_peers(peers_folder()), request.peers)
    results = []
    with console.status("") as status:
        bench = Bench(load, cores, request.seconds, request.rounds, status.update)
        for work in _works(request.works):
            results.append(bench.measure(work, peers, request.base))
            show_table(console, results[-1])
    show_legend(console, results)
    console.print(str(cores), style="dim")
    return results


def _works(names: list[str]) -> list[Work]:
    if unknown := [name for name in names if name not in WORKS]:
        raise BenchError(f"no work is called {unknown[0]}; there are {', '.join(WORKS)}")
    return [WORKS[name] for name in names] or list(WORKS.values())
