"""Figures made up for tests of what is drawn from them."""

from pathlib import Path

from pyboot.cli.bench.figures import Measured, Result
from pyboot.cli.bench.load import Sample
from pyboot.cli.bench.peer import Peer
from pyboot.cli.bench.work import WORKS


def sample(qps: float, cpu: float = 1.0, load_cpu: float = 0.5) -> Sample:
    """A round with this rate."""
    return Sample(qps, qps / 1e5, 100.0, 500.0, 900.0, 2000.0, int(qps), 1.0, cpu, load_cpu)


def measured(name: str, *rates: float, cpu: float = 1.0, load_cpu: float = 0.5) -> Measured:
    """A peer with one round for each rate."""
    peer = Peer(name, f"{name} at large", Path(f"{name}.py"), ("framed",))
    return Measured(peer, "framed", "some version", [sample(rate, cpu, load_cpu) for rate in rates])


def result(*peers: Measured) -> Result:
    """A result of the first work, against netty."""
    return Result(WORKS["framed16"], "netty", list(peers), ["twisted: does not serve framed"])
