"""The beans that plans ask for, made beforehand where that has to be awaited: a plan is made at once, without waiting.

Those of labelled servers and clients, and those whose methods hear of channels. Who is not lazy is there already.
"""

from collections.abc import Iterable

from pyboot.boot import ApplicationContext, BeanDefinition

from .observers.edges import listening


async def await_beans(context: ApplicationContext, labelled: Iterable[BeanDefinition]) -> None:
    """Make the beans of *labelled*, and those that hear of channels, as far as they are made asynchronously.

    Raises whatever making one raises. If cancelled, a making that others wait for goes on.
    """
    hearing = [definition for definition, _, _ in listening(context.graph.index.definitions, context.singletons)]
    for definition in dict.fromkeys((*labelled, *hearing)):
        if context.is_awaited(definition):
            await context.abean(definition)
