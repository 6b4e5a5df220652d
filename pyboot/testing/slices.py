"""A slice of an application: its handlers in a pipeline without a network, and of its beans only those that they need."""

from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from pyboot.boot import ApplicationContext, BeanDefinition, Blueprint, BootError, ScopeStore, TaskExecutor, prepare
from pyboot.boot.config.load import Given
from pyboot.boot.container.override import Wiring
from pyboot.boot.graph.build import Graph
from pyboot.boot.lifecycle.tasks import BackgroundMethods
from pyboot.boot.model.key import BeanKey
from pyboot.components.netty import ChannelHandler, EmbeddedChannel
from pyboot.netty import CodecRegistry, NettyProperties
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.annotations import ChannelHandlerBeanLabel
from pyboot.netty.autoconfigure import planned

from .application import NOTHING

type Handlers = Sequence[ChannelHandler[Any]]  # each takes and gives messages of its own kind


class SliceError(BootError):
    """A slice cannot be cut, since there is no *wanted*; *known* are."""

    wanted: str
    known: Sequence[str]

    def __str__(self) -> str:
        return f"a slice of {self.wanted} was asked for, and there is none; there are: {', '.join(self.known) or 'none'}"


@asynccontextmanager
async def sliced(
    app: type,
    *,
    handlers: Sequence[type] = (),
    server: str | None = None,
    properties: Mapping[str, object] = NOTHING,
    profiles: Sequence[str] = (),
    beans: Mapping[Any, object] = NOTHING,
    loop: AbstractEventLoop | None = None,
) -> AsyncIterator[EmbeddedChannel]:
    """Give the pipeline of one connection of *app* for the time of the block; nothing listens.

    Only the beans that handlers need are made; none is started, and neither schedules nor runners run. Beans of scope ``channel`` live
    as long as the block.

    Args:
        app: the class labelled ``@PyBootApplication``.
        handlers: the handler beans to take, without codecs, so that messages go in and come out; default: the whole pipeline
            of *server*, so that bytes do.
        server: which server's pipeline; may be left out where there is one.
        properties: settings of this slice; they win over all others.
        profiles: the active profiles, instead of those that the settings name.
        beans: objects to put in place of beans, by type or by bean name, before anything is made.
        loop: the running loop, for handlers that await what belongs to it; default: a loop whose clock the test turns.

    Raises:
        BootError: something is wrong with the application, or the handler or server is not there.
    """
    blueprint = prepare(app, Given(properties=properties, profiles=profiles), Wiring(beans))
    taken = [_definition(blueprint.graph, kind) for kind in handlers]
    async with AsyncExitStack() as ended:
        context = await _made(blueprint, taken or _all_handlers(blueprint.graph), ended)
        store = await ended.enter_async_context(context.scope())
        made = [context.factory(entry)(store) for entry in taken] if taken else _pipeline(context, server, store)
        channel = EmbeddedChannel(*made, loop=loop)
        ended.callback(channel.close)
        yield channel


def _definition(graph: Graph, kind: type) -> BeanDefinition:
    found = graph.index.choose(BeanKey(kind))
    if len(found) != 1:
        raise SliceError(kind.__name__, [entry.name for entry in _all_handlers(graph)])
    return found[0]


def _all_handlers(graph: Graph) -> list[BeanDefinition]:
    return [entry for entry in graph.index.definitions if entry.labels(ChannelHandlerBeanLabel)]


async def _made(blueprint: Blueprint, handlers: Iterable[BeanDefinition], ended: AsyncExitStack) -> ApplicationContext:
    """Make the beans that *handlers* need, and leave all others to whoever asks for them."""
    needed = set(_needs(blueprint.graph, handlers))
    for entry in blueprint.graph.index.definitions:
        entry.lazy = entry not in needed
    executor = blueprint.framework_bean(TaskExecutor)
    ended.push_async_callback(blueprint.context.aclose)
    ended.push_async_callback(executor.aclose)
    await blueprint.context.refresh(blueprint.graph, processors=[BackgroundMethods(executor)])
    return blueprint.context


def _needs(graph: Graph, definitions: Iterable[BeanDefinition]) -> Iterator[BeanDefinition]:
    """Return everything that *definitions* need, directly or not."""
    found = set(definitions)
    for entry in reversed(graph.order):
        if entry in found:
            needed = tuple(graph.needs(entry))
            found.update(needed)
            yield from needed


def _pipeline(context: ApplicationContext, server: str | None, store: ScopeStore) -> Handlers:
    """Return the handlers that a new connection of *server* would get."""
    codecs = context.find(CodecRegistry) or CodecRegistry()
    plans = {plan.name: plan for plan in planned(context, context.get(NettyProperties), codecs, context.get(NettyAllocators))}
    wanted = server if server is not None else next(iter(plans), "")
    if wanted not in plans or (server is None and len(plans) > 1):
        raise SliceError(f"the server '{server}'" if server is not None else "the only server", list(plans))
    return [handler for step in plans[wanted].steps for handler in step.make(store)]
