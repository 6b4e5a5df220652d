"""ClusterRateLimiter: so many per second for all nodes together, counted by the engine; a share of it while that is away."""

from typing import Literal, final

from pyboot.supervisor.board import paid_until

from .errors import EngineLostError
from .node import ClusterNode
from .rate import Rate, Taken

__all__ = ["ClusterRateLimiter"]

_MOST_KEYS = 10_000


@final
class ClusterRateLimiter:
    """A limit of *rate* per second and key, and of *burst* at once, for all nodes together (GCRA).

    Promises: no more than ``burst + rate x seconds`` are given by all nodes while the engine is there. With *batch* a node takes that many
    at once and gives them here, which spares round trips: what it has taken and not given is lost to the others for a second. While the
    engine is away: ``local``, a share of the limit by the number of nodes known last; ``allow``; or ``deny``.
    """

    def __init__(
        self,
        node: ClusterNode,
        name: str,
        rate: float,
        burst: int = 1,
        *,
        batch: int = 1,
        on_engine_loss: Literal["local", "allow", "deny"] = "local",
    ) -> None:
        """Limit under *name*, the same on all nodes. Raises ValueError for a limit that makes no sense."""
        if rate <= 0 or not 1 <= batch <= burst:
            raise ValueError(f"rate {rate}, burst {burst}, batch {batch}: the rate is above 0, and a batch of 1 to the burst")
        self.name = name
        self.rate = Rate(rate, burst)
        self.batch = batch
        self.on_engine_loss = on_engine_loss
        self.granted = self.refused = 0
        self._node = node
        self._stock: dict[str, tuple[int, float]] = {}
        self._paid: dict[str, float] = {}

    async def acquire(self, key: str = "", tokens: int = 1) -> bool:
        """Take *tokens* of *key*; False, and none is taken, where they are not to be had now."""
        return (await self.take(key, tokens)).is_granted

    async def take(self, key: str = "", tokens: int = 1) -> Taken:
        """Take as `acquire` does; a refusal tells after how many seconds they are to be had. If cancelled, they may be taken or not."""
        taken = await self._node.run(self._take(key, tokens))
        if taken.is_granted:
            self.granted += 1
        else:
            self.refused += 1
        return taken

    async def _take(self, key: str, tokens: int) -> Taken:
        if self._take_from_stock(key, tokens):
            return Taken(True)
        if not self._node.is_up:
            return self._take_alone(key, tokens)
        wanted = max(tokens, self.batch)
        try:
            taken = await self._node.engine.take(f"{self.name}:{key}", wanted, self.rate)
            if not taken.is_granted and wanted > tokens:
                wanted = tokens
                taken = await self._node.engine.take(f"{self.name}:{key}", wanted, self.rate)
        except EngineLostError:
            return self._take_alone(key, tokens)
        if taken.is_granted and wanted > tokens:
            self._put_in_stock(key, wanted - tokens)
        return taken

    def _take_from_stock(self, key: str, tokens: int) -> bool:
        there, until = self._stock.get(key, (0, 0.0))
        if there < tokens or until <= self._node.now:
            return False
        self._stock[key] = there - tokens, until
        return True

    def _put_in_stock(self, key: str, tokens: int) -> None:
        """Keep what was taken in advance, for a second: nobody else has it meanwhile."""
        now = self._node.now
        if len(self._stock) >= _MOST_KEYS:
            self._stock = {other: stock for other, stock in self._stock.items() if stock[1] > now}
        there, until = self._stock.get(key, (0, 0.0))
        self._stock[key] = tokens + (there if until > now else 0), now + 1.0

    def _take_alone(self, key: str, tokens: int) -> Taken:
        if self.on_engine_loss == "allow":
            return Taken(True)
        if self.on_engine_loss == "deny":
            return Taken(False)
        nodes = max(1, len(self._node.roster))
        now = self._node.now
        burst = max(1, self.rate.burst // nodes)
        paid, wait = paid_until(self._paid.get(key, now), now, tokens, self.rate.per_second / nodes, burst)
        if wait:
            return Taken(False, wait)
        if len(self._paid) >= _MOST_KEYS:
            self._paid = {other: until for other, until in self._paid.items() if until > now}
        self._paid[key] = paid
        return Taken(True)
