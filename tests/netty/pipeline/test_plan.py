"""What a connection's pipeline is filled with."""

from typing import Any

from pyboot.boot import ScopeStore
from pyboot.components.netty import ChannelHandler, EmbeddedChannel
from pyboot.netty.pipeline.plan import PipelinePlan
from pyboot.netty.pipeline.steps import Step


class First(ChannelHandler[Any]):
    """A handler."""


class Second(ChannelHandler[Any]):
    """Another one."""


async def awaited(store: ScopeStore) -> ChannelHandler[Any]:
    """Make a handler that has to be awaited."""
    return Second()


async def test_handlers_are_made_in_the_order_of_the_steps() -> None:
    """Awaited or not."""
    plain = PipelinePlan("the server 'echo'", [Step("one", lambda _: (First(),)), Step("two", lambda _: (Second(), First()))])
    waiting = PipelinePlan("the client 'up'", [*plain.steps, Step("three", lambda _: (), awaited)])
    channel = EmbeddedChannel()

    plain.assemble(channel, ScopeStore())

    assert [First, Second, First] == [type(ctx.handler) for ctx in channel.pipeline().contexts()]
    assert [First, Second, First, Second] == [type(handler) for handler in await waiting.amake(ScopeStore())]
    assert (False, True) == (plain.is_awaited, waiting.is_awaited)
    assert "one -> two" == str(plain)
