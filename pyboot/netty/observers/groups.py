"""Groups that a server feeds: a bean for each ``@ChannelGroupBean``, and the step of a pipeline that puts connections in."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, final

from pyboot.boot import ApplicationContext, BeanDefinition
from pyboot.boot.config.names import uniform
from pyboot.boot.model.method import refusal
from pyboot.components.netty import ChannelGroup, ChannelHandler, ChannelHandlerContext
from pyboot.netty.annotations import ChannelGroupBean, NettyServerLabel
from pyboot.netty.pipeline.belonging import shown
from pyboot.netty.pipeline.steps import Step

from .errors import ChannelGroupNameClashError, StrayChannelGroupError

OF_GROUPS: Final = "netty channel groups"
"""The source of the definitions of groups; their ``key`` is the name of the group."""


def group_definitions(labelled: Sequence[BeanDefinition]) -> Iterator[BeanDefinition]:
    """Iterate over the definitions of the groups that the classes *labelled* have.

    Raises:
        ChannelGroupNameClashError: two groups have one name, or one that settings would spell alike.
        DefinitionError: a group has no name.
        StrayChannelGroupError: a class is no server.
    """
    seen: dict[str, BeanDefinition] = {}
    for definition in labelled:
        for label in definition.labels(ChannelGroupBean):
            name: object = label.name
            if not isinstance(name, str) or not name:
                raise refusal(label, definition.target, f"it takes the name of the group, not {name!r}")
            if not definition.labels(NettyServerLabel):
                raise StrayChannelGroupError(label.name, shown(definition.bean_class))
            if (other := seen.get(uniform(label.name))) is not None:
                raise ChannelGroupNameClashError(label.name, shown(other.bean_class), shown(definition.bean_class))
            seen[uniform(label.name)] = definition
            yield _definition(label.name, definition)


def feeding_steps(context: ApplicationContext) -> dict[str, Step]:
    """Return the step that feeds the groups of each server which has some, by the server's name."""
    groups = {definition.key: context.bean(definition) for definition in context.graph.index.definitions if definition.source == OF_GROUPS}
    steps: dict[str, Step] = {}
    for server in context.definitions(ChannelGroupBean):
        names = [label.name for label in server.labels(ChannelGroupBean)]
        handler = GroupFeeder([groups[name] for name in names])
        title = f"group {', '.join(names)}"
        for label in server.labels(NettyServerLabel):
            steps[label.name_for(server.bean_class)] = _step(title, handler)
    return steps


@final
class GroupFeeder(ChannelHandler[Any]):
    """Puts each connection into *groups* when it becomes active; a group lets go of a channel by itself when that closes."""

    sharable = True

    def __init__(self, groups: Sequence[ChannelGroup]) -> None:
        """Take the groups of one server."""
        self._groups = groups

    def channel_active(self, ctx: ChannelHandlerContext, /) -> None:
        """Put the connection in before any other handler hears of it, so that these find it in the group."""
        for group in self._groups:
            group.add(ctx.channel)
        ctx.fire_channel_active()


def _step(title: str, handler: GroupFeeder) -> Step:
    return Step(title, lambda _: (handler,))


def _definition(name: str, server: BeanDefinition) -> BeanDefinition:
    """The definition of the group *name*: told by its name, as it is written or as a parameter can be called."""
    snake = re.sub(r"\W+", "_", name)
    factory = _factory(name)
    return BeanDefinition(
        name=f"{snake}_channel_group",
        provides=ChannelGroup,
        factory=factory,
        target=factory,
        source=OF_GROUPS,
        qualifiers=tuple(dict.fromkeys((name, snake))),
        key=name,
        place=server.origin,
        destroy="",  # the server closes its connections
    )


def _factory(name: str) -> Callable[[], ChannelGroup]:
    def channel_group() -> ChannelGroup:
        return ChannelGroup(name)

    return channel_group
