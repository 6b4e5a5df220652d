"""The command `pyboot bench`: works on peers, side by side, every byte checked."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from pyboot.cli.bench.errors import BenchError
from pyboot.cli.bench.figures import Result
from pyboot.cli.bench.load import LoadGenerator
from pyboot.cli.bench.machine import Cores, allow_many_files
from pyboot.cli.bench.peer import Peer, choose_peers, load_peers, peers_folder
from pyboot.cli.bench.plot import svg_plot, text_plot
from pyboot.cli.bench.record import record
from pyboot.cli.bench.rounds import Bench
from pyboot.cli.bench.table import show_legend, show_table
from pyboot.cli.bench.work import WORKS, Work
from pyboot.cli.errors import CommandError

NOBODY = "Name works with --work and peers with --peers; `pyboot bench --list` shows them."


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """The wishes on the command line; an empty list means the usual choice."""

    works: list[str] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)
    base: str = ""
    seconds: float = 1.0
    rounds: int = 7
    json_file: Path | None = None
    svg_file: Path | None = None


def list_choices() -> str:
    """Return the works and peers that can be named."""
    works = [f"  {work.name:<12} {work.title}" for work in WORKS.values()]
    peers = [f"  {peer.name:<12} {peer.title}{' (downloads; only when named)' * peer.on_request}" for peer in _peers().values()]
    return "\n".join(["works", *works, "peers (pyboot@DIR takes pyboot from another checkout; all: everyone)", *peers])


def run_bench(request: BenchRequest) -> bool:
    """Measure, show each work when it is done, and write the files asked for; return False if a peer answered wrongly or died."""
    works = _chosen_works(request.works)
    try:
        peers = choose_peers(_peers(), request.peers)
    except BenchError as error:
        raise CommandError(str(error), NOBODY) from error
    console = Console(stderr=_is_standard_output(request.json_file))
    allow_many_files()
    cores = Cores.choose()
    load = LoadGenerator.build(cores.load)
    results = _measure(console, load, cores, works, peers, request)
    show_legend(console, results)
    note = "; ".join(part for part in (str(cores), load.note) if part)
    console.print(note, style="dim", highlight=False)
    _write_files(request, results, cores, note)
    return not any(result.failed for result in results)


def _measure(
    console: Console, load: LoadGenerator, cores: Cores, works: list[Work], peers: list[Peer], request: BenchRequest
) -> list[Result]:
    results = []
    with console.status("") as status:
        bench = Bench(load, cores, request.seconds, request.rounds, status.update)
        for work in works:
            results.append(bench.measure(work, peers, request.base))
            show_table(console, results[-1])
            console.print(text_plot(results[-1]), markup=False, highlight=False)
    return results


def _write_files(request: BenchRequest, results: list[Result], cores: Cores, note: str) -> None:
    if request.json_file is not None:
        document = json.dumps(record(results, cores), indent=1)
        if _is_standard_output(request.json_file):
            sys.stdout.write(document + "\n")
        else:
            request.json_file.write_text(document)
    if request.svg_file is not None:
        request.svg_file.write_text(svg_plot(results, note))


def _is_standard_output(file: Path | None) -> bool:
    return file is not None and str(file) == "-"


def _peers() -> dict[str, Peer]:
    try:
        return load_peers(peers_folder())
    except BenchError as error:
        raise CommandError(str(error), "Run it in a checkout of pyboot: the peers' programs are in tests/bench/peers.") from error


def _chosen_works(names: list[str]) -> list[Work]:
    if unknown := [name for name in names if name not in WORKS]:
        raise CommandError(f"No work is called {unknown[0]}; there are {', '.join(WORKS)}.", NOBODY)
    return [WORKS[name] for name in names] or list(WORKS.values())
