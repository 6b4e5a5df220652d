"""Events that listeners on all nodes hear."""

import asyncio
from dataclasses import dataclass

import pytest
from pydantic import BaseModel

from pyboot.boot import BootError, Component
from pyboot.cluster import ClusterEventListener, ClusterEvents
from pyboot.cluster.autoconfigure import ClusterAutoConfiguration
from pyboot.cluster.engines.local.hub import LocalHub
from pyboot.cluster.envelope import Content
from pyboot.cluster.errors import TooLargeMessageError, UnserializableMessageError
from pyboot.netty.autoconfigure import NettyAutoConfiguration
from pyboot.testing import ContextRunner

RUNNER = ContextRunner().with_auto(NettyAutoConfiguration, ClusterAutoConfiguration).with_property("cluster.application", "events")


@dataclass
class Sold:
    """Something was sold."""

    article: str
    count: int = 1


class Priced(BaseModel):
    """Something has a price."""

    article: str


@dataclass
class Unheard:
    """Nobody listens to it."""


@Component
class Ears:
    """Hears both."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.has_two = asyncio.Event()

    @ClusterEventListener
    def sold(self, event: Sold) -> None:
        self.heard.append(event)

    @ClusterEventListener
    async def priced(self, event: Priced) -> None:
        self.heard.append(event)
        self.has_two.set()


async def test_listeners_of_all_nodes_hear_an_event() -> None:
    """Once, in order, as what it was; who published it as well."""
    async with RUNNER.with_beans(Ears).run() as first, RUNNER.with_beans(Ears).run() as second:
        events = first.get(ClusterEvents)
        for event in (Sold("tea", 2), Unheard(), Priced(article="tea")):
            await events.publish(event)
        for context in (first, second):
            ears = context.get(Ears)
            await asyncio.wait_for(ears.has_two.wait(), 10)
            assert [Sold("tea", 2), Priced(article="tea")] == ears.heard
        with pytest.raises(UnserializableMessageError, match="of type object"):
            await events.publish(object())
        with pytest.raises(TooLargeMessageError):
            await events.publish(Sold("x" * (1 << 20)))
        for payload in (b"\xff", b"[1]", b'["tests.cluster.test_application_events.Sold", {"count": "many"}]', b'["os.system", "true"]'):
            second.get(ClusterEvents)._remote.publish(payload, Content.SERIALIZED)
        await events.publish(Sold("end"))
        assert 2 == len(list(events.names))
    LocalHub.use("pb:events:", None)


async def test_a_listener_says_what_it_hears() -> None:
    """By the class of its one parameter."""

    @Component
    class Deaf:
        @ClusterEventListener
        def anything(self, event: "int | str") -> None: ...

    with pytest.raises(BootError, match="it wants one parameter with the class of the event"):
        async with RUNNER.with_beans(Deaf).run():
            pass
    LocalHub.use("pb:events:", None)
