"""The labelled beans of an application that make its servers and pipelines, as the container hands them over."""

from collections.abc import Iterable
from functools import partial
from typing import Final

from pyboot.boot import ApplicationContext, BeanDefinition
from pyboot.netty.annotations import ChannelHandlerBeanLabel, NettyClientLabel
from pyboot.netty.observers.edges import listening

from .belonging import Owners
from .steps import HandlerBean

OF_CLIENTS: Final = "netty clients"
"""The source of the definitions of clients; their ``key`` is the name of a client, of an instance after a dot."""


def handler_beans(context: ApplicationContext) -> list[HandlerBean]:
    """Return each class, or ``@Bean`` method, labelled ``@ChannelHandlerBean``, with its generated factory."""
    return [
        HandlerBean(
            label,
            definition.bean_class,
            context.factory(definition),
            partial(context.abean, definition) if context.is_awaited(definition) else None,
        )
        for definition in context.definitions(ChannelHandlerBeanLabel)
        for label in definition.labels(ChannelHandlerBeanLabel)
    ]


def owners_in(definitions: Iterable[BeanDefinition], servers: Iterable[str]) -> Owners:
    """Return *servers* and the clients that are defined, by name; what is labelled ``@NettyClient`` and has no bean is switched off."""
    clients: dict[str, None] = {}
    labelled: list[str] = []
    for definition in definitions:
        if definition.inherited is not None:
            continue
        if definition.source == OF_CLIENTS and definition.key is not None:
            clients[definition.key.partition(".")[0]] = None
        labelled += [label.name_for(definition.bean_class) for label in definition.labels(NettyClientLabel)]
    return Owners(list(servers), list(clients), [name for name in labelled if name not in clients])


async def await_beans(context: ApplicationContext, labelled: Iterable[BeanDefinition]) -> None:
    """Make what plans ask for, and cannot wait for: the beans of *labelled* servers or clients, and those that hear of channels.

    Those that are made at once are left to the plans. Raises what making one raises; if cancelled, a making that others wait for goes on.
    """
    hearing = [definition for definition, _, _ in listening(context.graph.index.definitions, context.singletons)]
    for definition in dict.fromkeys((*labelled, *hearing)):
        if context.is_awaited(definition):
            await context.abean(definition)
