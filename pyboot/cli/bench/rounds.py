"""Measuring: every peer in every round, in turn, so that the drift of a shared machine falls on all of them alike."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from .errors import LoadError, PeerAbsentError, PeerFailedError
from .figures import Measured, Result
from .load import LoadGenerator, Sample
from .machine import Cores, alone
from .peer import Peer
from .server import Server
from .work import Work

WARM_SECONDS = 0.3  # of each run: connections open, buffers grow


def _say_nothing(line: str) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The way to measure: the load generator, the cores, the seconds, the rounds; `say` is told what is going on."""

    load: LoadGenerator
    cores: Cores
    seconds: float = 1.0
    rounds: int = 7
    say: Callable[[str], None] = _say_nothing

    def measure(self, work: Work, peers: list[Peer], base: str = "") -> Result:
        """Run *work* on all *peers*, round by round; one that cannot run, or fails, is named with its reason."""
        result = Result(work, base or work.against)
        with alone(self.say):
            if work.is_idle:
                self._measure_memory(result, peers)
            else:
                self._measure_speed(result, peers)
        return result

    def _measure_speed(self, result: Result, peers: list[Peer]) -> None:
        """Load one server at a time, while all stand ready, so that a warm Java machine stays warm."""
        with ExitStack() as stack:
            running: list[tuple[Server, Measured]] = []
            for peer in peers:
                with _named(result):
                    server, figures = self._start(result.work, peer)
                    stack.enter_context(server)
                    self.say(f"{result.work.name}: warming {peer.name} for {peer.warm_seconds:g} s")
                    self._drive(result.work, server, peer.warm_seconds, 0)
                    running.append((server, figures))
            for number in range(self.rounds):
                for server, figures in running:
                    self.say(f"{result.work.name}: round {number + 1} of {self.rounds}, {figures.peer.name}")
                    with _named(result):
                        figures.samples.append(self._drive(result.work, server, self.seconds, WARM_SECONDS))
                running = [(server, figures) for server, figures in running if len(figures.samples) > number]
            result.measured.extend(figures for _, figures in running)

    def _measure_memory(self, result: Result, peers: list[Peer]) -> None:
        """Start a fresh process in each round, since a process does not give back the memory that it has used."""
        found: dict[str, Measured] = {}
        willing = list(peers)
        for number in range(self.rounds):
            for peer in willing:
                self.say(f"{result.work.name}: round {number + 1} of {self.rounds}, {peer.name}")
                with _named(result):
                    server, figures = self._start(result.work, peer)
                    with server:
                        found.setdefault(peer.name, figures).connection_bytes.append(self._weigh(result.work, server))
            willing = [peer for peer in willing if peer.name in found and len(found[peer.name].connection_bytes) > number]
        result.measured.extend(found[peer.name] for peer in willing)

    def _start(self, work: Work, peer: Peer) -> tuple[Server, Measured]:
        mode = peer.mode_for(work)
        server = Server(peer.name, peer.command(mode), peer.environment(), self.cores.server)
        if peer.core and not server.detail.startswith(peer.core):
            server.stop()
            raise PeerAbsentError(peer.name, f"its core is not {peer.core} here ({server.detail})")
        return server, Measured(peer, mode, server.detail)

    def _drive(self, work: Work, server: Server, seconds: float, warm_seconds: float) -> Sample:
        try:
            return self.load.run(work, server.port, seconds, warm_seconds, server.pid)
        except LoadError as error:
            raise server.failed(f"failed: {error}") from error

    def _weigh(self, work: Work, server: Server) -> float:
        self._drive(work.but(load="stream", connections=8), server, 0.2, 0)  # what is made once is made now
        before = server.resident_bytes
        if not before:
            raise PeerAbsentError(server.peer, "this system does not tell the memory of a process")
        try:
            with self.load.hold(work, server.port) as held:
                return (server.resident_bytes - before) / held
        except LoadError as error:
            raise server.failed(f"failed: {error}") from error


@contextmanager
def _named(result: Result) -> Iterator[None]:
    """A peer that is absent or fails is written down; the others go on."""
    try:
        yield
    except PeerAbsentError as error:
        result.absent.append(str(error))
    except PeerFailedError as error:
        result.failed.append(str(error))
