"""The figures of a measurement: those of each peer over the rounds, and ratios taken inside each round."""

from dataclasses import dataclass, field
from statistics import median

from .errors import PeerAbsentError
from .load import Sample
from .peer import Peer
from .work import Work

BUSY = 0.9  # of its core: below, a neighbour took some of it, or the load generator was the limit


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of a figure over the rounds, with its extremes."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, figures: list[float]) -> "Spread":
        """Return the median, the least and the greatest of *figures*."""
        return cls(median(figures), min(figures), max(figures))

    @classmethod
    def of_ratios(cls, figures: list[float], base: list[float]) -> "Spread":
        """Return the same of the ratios, each taken inside one round."""
        return cls.of([mine / theirs for mine, theirs in zip(figures, base, strict=True)])


@dataclass(slots=True)
class Measured:
    """One peer in one work: a sample for each round, or bytes for each connection."""

    peer: Peer
    mode: str
    detail: str
    samples: list[Sample] = field(default_factory=list)
    connection_bytes: list[float] = field(default_factory=list)

    def column(self, figure: str) -> list[float]:
        """Return the named figure of each round's sample."""
        return [getattr(sample, figure) for sample in self.samples]

    def spread(self, figure: str) -> Spread:
        """Return the named figure of the samples over the rounds."""
        return Spread.of(self.column(figure))

    def ratio(self, base: "Measured", figure: str = "qps") -> Spread:
        """This peer's figure divided by *base*'s, round by round."""
        return Spread.of_ratios(self.column(figure), base.column(figure))

    def cpu_ratio(self, base: "Measured") -> Spread:
        """Return the same of what a second of the server's processor time did: what neighbours on the core take away is left out."""
        return Spread.of_ratios(self._per_cpu_second(), base._per_cpu_second())

    def surplus_bytes(self, base: "Measured") -> Spread:
        """Bytes for each connection beyond *base*'s, round by round."""
        return Spread.of([mine - theirs for mine, theirs in zip(self.connection_bytes, base.connection_bytes, strict=True)])

    @property
    def knows_cpu(self) -> bool:
        """Tell whether the system told how much processor time the server used."""
        return all(share > 0 for share in self.column("server_cpu"))

    def _per_cpu_second(self) -> list[float]:
        return [sample.qps / sample.server_cpu for sample in self.samples]


@dataclass(slots=True)
class Result:
    """One work: who was measured, who cannot run here and why, who failed and how, and who the others are compared with."""

    work: Work
    wanted_base: str
    measured: list[Measured] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def base(self) -> Measured | None:
        """The peer of the ratios: the wanted one, else the first measured."""
        by_name = {figures.peer.name: figures for figures in self.measured}
        return by_name.get(self.wanted_base) or next(iter(self.measured), None)

    def of(self, peer: str) -> Measured:
        """Return the named peer's figures; raise `PeerAbsentError` with the reason if it was not measured."""
        for figures in self.measured:
            if figures.peer.name == peer:
                return figures
        reasons = [line for line in self.absent + self.failed if line.startswith(peer)]
        raise PeerAbsentError(peer, "; ".join(reasons) or "was not asked for")
