"""Measuring peers in turn, with small Python peers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pyboot.cli.bench.load import LoadGenerator
from pyboot.cli.bench.machine import Cores
from pyboot.cli.bench.peer import Peer
from pyboot.cli.bench.rounds import Bench
from pyboot.cli.bench.work import Work

pytestmark = pytest.mark.slow

PROGRAM = """
import asyncio, sys, threading, os
class Echo(asyncio.Protocol):
    def connection_made(self, transport): self.transport = transport
    def data_received(self, data): self.transport.write({answer})
async def main():
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    print("SERVING", server.sockets[0].getsockname()[1], "{detail}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    os._exit(0)
asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def own_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A benchmark that runs meanwhile does not hold these tests up."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.fixture
def peer(tmp_path: Path) -> Callable[..., Peer]:
    """Make a peer that answers in its way."""

    def make(name: str, answer: str = "data", detail: str = "Python", core: str = "") -> Peer:
        file = tmp_path / f"{name}.py"
        file.write_text(PROGRAM.format(answer=answer, detail=detail))
        return Peer(name, name, file, ("raw",), core=core, warm_seconds=0.05)

    return make


def work(load: str = "stream") -> Work:
    """A small load."""
    return Work("small", "a small load", load, ("raw",), 3, 1, 64, "b")


@pytest.fixture
def told() -> list[str]:
    """What the measurement said while it went on."""
    return []


@pytest.fixture
def bench(told: list[str]) -> Bench:
    """Two rounds of a twentieth of a second, loaded by Python so that no compiler is needed."""
    return Bench(LoadGenerator.slow(None, "a test"), Cores(None, None), seconds=0.05, rounds=2, say=told.append)


def test_peers_take_turns(bench: Bench, peer: Callable[..., Peer], told: list[str]) -> None:
    """A B A B, after each was warmed."""
    result = bench.measure(work(), [peer("a"), peer("b")])

    assert ["warming a for 0.05 s", "warming b for 0.05 s"] == [line.removeprefix("small: ") for line in told[:2]]
    assert ["1 of 2, a", "1 of 2, b", "2 of 2, a", "2 of 2, b"] == [line.removeprefix("small: round ") for line in told[2:]]
    assert [2, 2] == [len(figures.samples) for figures in result.measured]
    assert result.base is result.of("b")


def test_a_peer_that_lies_is_named_and_the_others_are_measured(bench: Bench, peer: Callable[..., Peer]) -> None:
    """No figure of it is shown."""
    result = bench.measure(work(), [peer("liar", answer="bytes(len(data))"), peer("b")])

    assert ["b"] == [figures.peer.name for figures in result.measured]
    assert result.failed[0].startswith("liar failed: connection ")


def test_a_peer_that_does_not_start_is_named(bench: Bench, peer: Callable[..., Peer]) -> None:
    """With its last words."""
    result = bench.measure(work(), [peer("broken", answer="("), peer("b")])

    assert ["b"] == [figures.peer.name for figures in result.measured]
    assert "broken ended before it served" in result.failed[0]
    assert "SyntaxError" in result.failed[0]


def test_a_peer_with_the_wrong_core_is_absent(bench: Bench, peer: Callable[..., Peer]) -> None:
    """A pure core is never measured under the compiled one's name."""
    result = bench.measure(work(), [peer("pyboot", detail="pure, Python", core="compiled")])

    assert ["pyboot: its core is not compiled here (pure, Python)"] == result.absent


def test_memory_is_weighed_in_fresh_processes(bench: Bench, peer: Callable[..., Peer]) -> None:
    """One figure a round; a liar has none."""
    result = bench.measure(work("hold"), [peer("b"), peer("liar", answer="bytes(len(data))")])

    assert ["b"] == [figures.peer.name for figures in result.measured]
    assert 2 == len(result.of("b").connection_bytes)
    assert 1 == len(result.failed)
