"""PipelinePlan: whose connections get which handlers, decided before there is one. No I/O here."""

from collections.abc import Sequence
from typing import NamedTuple, final

from pyboot.boot import ScopeStore
from pyboot.components.netty import Channel

from .codec import AnyHandler
from .steps import Step


@final
class PipelinePlan(NamedTuple):
    """The steps of the pipeline of *owner*, ``the server 'echo'`` or ``the client 'upstream'``."""

    owner: str
    steps: Sequence[Step]

    def assemble(self, channel: Channel, store: ScopeStore) -> None:
        """Give a new connection its handlers; beans of scope `channel` that they share go into *store*."""
        pipeline = channel.pipeline()
        for step in self.steps:
            pipeline.add_last(*step.make(store))

    @property
    def is_awaited(self) -> bool:
        """True if the handlers of a connection cannot be made at once, since beans have to be awaited for them."""
        return any(step.amake is not None for step in self.steps)

    async def amake(self, store: ScopeStore) -> list[AnyHandler]:
        """Make the handlers of a connection, awaiting what has to be awaited; beans that they share go into *store*."""
        made: list[AnyHandler] = []
        for step in self.steps:
            made += step.make(store) if step.amake is None else (await step.amake(store),)
        return made

    def __str__(self) -> str:
        return " -> ".join(step.title for step in self.steps)
