"""PipelinePlan: whose connections get which handlers, decided before there is one. No I/O here."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast, final

from pyboot.boot import ScopeStore
from pyboot.components.netty import Channel

from .codec import AnyHandler
from .steps import Step

if TYPE_CHECKING:
    from pyboot.components.netty import Http2OrHttpHandler  # which only servers that speak HTTP/2 load


@final
class PipelinePlan(NamedTuple):
    """The steps of the pipeline of *owner*, ``the server 'echo'`` or ``the client 'upstream'``."""

    owner: str
    steps: Sequence[Step]

    def assemble(self, channel: Channel, store: ScopeStore) -> None:
        """Give a new connection its handlers; beans of scope `channel` that they share go into *store*."""
        self._fill(channel, store, 0, ())

    def _fill(self, channel: Channel, store: ScopeStore, start: int, first: Sequence[AnyHandler]) -> None:
        """Add *first*, and what the steps from *start* on make; where the peer chooses what stands behind, only as far as that."""
        pipeline = channel.pipeline()
        pipeline.add_last(*first)
        for number in range(start, len(self.steps)):
            made = tuple(self.steps[number].make(store))
            if made and hasattr(made[0], "http2"):
                self._let_choose(cast("Http2OrHttpHandler", made[0]), store, number + 1, made[1:])
                pipeline.add_last(made[0])
                return
            pipeline.add_last(*made)

    def _let_choose(self, choice: "Http2OrHttpHandler", store: ScopeStore, start: int, http1: Sequence[AnyHandler]) -> None:
        """Let *choice* put what stands behind it into a connection of HTTP/1, or into each stream of HTTP/2."""
        of_stream: Callable[[Channel], Any] = choice.http2  # the codec `http-server` leaves the filling to us
        choice.http1 = lambda connection: self._fill(connection, store, start, http1)
        choice.http2 = lambda stream: self._fill(stream, store, start, of_stream(stream))

    @property
    def is_awaited(self) -> bool:
        """True if the handlers of a connection cannot be made at once, since beans have to be awaited for them."""
        return any(step.amake is not None for step in self.steps)

    async def amake(self, store: ScopeStore) -> list[AnyHandler]:
        """Make the handlers of a connection, awaiting what has to be awaited; beans that they share go into *store*."""
        made: list[AnyHandler] = []
        for step in self.steps:
            made += step.make(store) if step.amake is None else (await step.amake(store),)
        # Where beans have to be awaited, nothing can be made for each stream: HTTP/2 is not spoken there.
        return [handler for handler in made if not hasattr(handler, "http2")]

    def __str__(self) -> str:
        return " -> ".join(step.title for step in self.steps)
