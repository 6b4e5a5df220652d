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
        if self._is_awaited(start):
            from .awaiting import AwaitedHandlers  # which few applications need

            pipeline.add_last(AwaitedHandlers(lambda: self._amake(store, start), _nobody))
            return
        for number in range(start, len(self.steps)):
            made = tuple(self.steps[number].make(store))
            if speaks_http2(made):
                pipeline.add_last(self._let_choose(cast("Http2OrHttpHandler", made[0]), store, number + 1, made[1:]))
                return
            pipeline.add_last(*made)

    def _let_choose(self, choice: "Http2OrHttpHandler", store: ScopeStore, start: int, http1: Sequence[AnyHandler]) -> "Http2OrHttpHandler":
        """Let *choice* put what stands behind it into a connection of HTTP/1, or into each stream of HTTP/2."""
        of_stream: Callable[[Channel], Any] = choice.http2  # the codec `http-server` leaves the filling to us
        choice.http1 = lambda connection: self._fill(connection, store, start, http1)
        choice.http2 = lambda stream: self._fill(stream, store, start, of_stream(stream))
        return choice

    @property
    def is_awaited(self) -> bool:
        """True if the handlers of a connection cannot be made at once, since beans have to be awaited for them."""
        return self._is_awaited(0)

    def _is_awaited(self, start: int) -> bool:
        return any(step.amake is not None for step in self.steps[start:])

    async def amake(self, store: ScopeStore) -> list[AnyHandler]:
        """Make the handlers of a connection, awaiting what has to be awaited; beans that they share go into *store*.

        Where the peer chooses what stands behind a handler, that is the last: the others are made for what it chooses.
        """
        return await self._amake(store, 0)

    async def _amake(self, store: ScopeStore, start: int) -> list[AnyHandler]:
        handlers: list[AnyHandler] = []
        for number in range(start, len(self.steps)):
            step = self.steps[number]
            made = tuple(step.make(store)) if step.amake is None else (await step.amake(store),)
            if speaks_http2(made):
                return [*handlers, self._let_choose(cast("Http2OrHttpHandler", made[0]), store, number + 1, made[1:])]
            handlers += made
        return handlers

    def __str__(self) -> str:
        return " -> ".join(step.title for step in self.steps)


def speaks_http2(made: Sequence[object]) -> bool:
    """Tell whether *made*, the handlers of one step, begin with one that lets the peer choose HTTP/2."""
    return bool(made) and hasattr(made[0], "http2")


def _nobody(channel: object) -> None:
    """Tell nobody that the handlers behind a choice are in place: those in front of it are what a connection is known by."""
