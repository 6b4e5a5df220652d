"""The beans of the cluster room: the node, what is made with it, and the groups that labels name. Imported where there is a cluster."""

import os
import re
import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from pyboot.boot import ApplicationContext, BeanDefinition, PyBootApplication, Scope
from pyboot.boot.config.names import uniform
from pyboot.boot.model.label import label
from pyboot.boot.model.method import refusal
from pyboot.boot.model.registrar import KnownSettings
from pyboot.netty.annotations import ChannelHandlerBeanLabel, NettyServerLabel

from .application_events import ClusterEvents
from .engine import EngineSetup
from .engines.installed import engine_class
from .errors import GroupNameClashError
from .groups.feeder import GroupFeeder
from .groups.group import ClusterChannelGroup
from .groups.groups import ClusterGroups
from .node import ClusterNode
from .outlet import EventOutlet
from .presence.presence import Presence
from .properties import ClusterProperties
from .schedule import ClusterSchedule
from .sessions.registry import SessionRegistry
from .sweeper import Sweeper

__all__ = ["cluster_definitions", "node_id"]

_ACTUATOR: Final = "pyboot.actuator.autoconfigure"
_FIRST: Final = -(1 << 20)  # the order of what feeds groups: before the handlers of the application


def cluster_definitions(known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterator[BeanDefinition | type]:
    """Iterate over the beans of the cluster.

    Raises:
        ClusterError: the engine is not there, or two labels make a group of one name.
        DefinitionError: a group has no name.
    """
    engine = engine_class(environment.get("cluster.engine") or "local")
    if engine.properties is not None:
        environment.bind(f"cluster.{engine.name}", engine.properties, judged=False)
    yield ClusterProperties
    yield _definition("cluster_node", ClusterNode, _node)
    yield _definition("cluster_groups", ClusterGroups, ClusterGroups)
    yield _definition("session_registry", SessionRegistry, _sessions)
    yield _definition("presence", Presence, Presence)
    yield _definition("cluster_events", ClusterEvents, ClusterEvents)
    yield _definition("cluster_schedule", ClusterSchedule, ClusterSchedule)
    yield _definition("cluster_sweeper", Sweeper, Sweeper)
    yield from _groups(known)
    yield from _management(known, environment)


def _management(known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterator[type]:
    """Iterate over what a management room asks, where there is one."""
    is_off = environment.is_off("management.server") or (
        environment.get("management.server.port") == "-1" and environment.get("management.server.socket") is None
    )
    if is_off or not any(definition.bean_class.__module__ == _ACTUATOR for definition in known):
        return
    from .management.endpoint import ClusterEndpoint
    from .management.meters import ClusterMeters

    yield from (ClusterEndpoint, ClusterMeters)
    if not environment.is_off("management.health.cluster"):
        from .management.health import ClusterHealthIndicator

        yield ClusterHealthIndicator


def node_id(name: str) -> str:
    """Return the id of a node: its name, the machine, the process, and what no other start of it has."""
    host = re.sub(r"[^A-Za-z0-9_.]", "_", socket.gethostname())[:60]
    return f"{name}-{host}-{os.getpid()}-{secrets.token_hex(4)}"


def application_name(context: ApplicationContext) -> str:
    """Return the name that all nodes share, if no setting below ``cluster`` says another."""
    named = context.environment.get("pyboot.application.name")
    if named:
        return named
    for definition in context.definitions(type(PyBootApplication)):
        for mark in definition.labels(type(PyBootApplication)):
            return mark.name or definition.bean_class.__name__
    return "application"


def _node(context: ApplicationContext, properties: ClusterProperties) -> ClusterNode:
    application = properties.application or application_name(context)
    node = node_id(properties.name)
    kind = engine_class(properties.engine)

    def bind(model: type[Any]) -> Any:
        return context.environment.bind(f"cluster.{kind.name}", model)

    def bundle(name: str) -> Any:
        from .bundles import client_context  # of an engine with TLS alone

        return client_context(context, name)

    engine = kind.create(EngineSetup(properties.prefix_for(application), node, bind, bundle, properties.sessions.buckets))
    facts = {"host": socket.gethostname(), "pid": os.getpid()}
    return ClusterNode(node, engine, properties, EventOutlet(context.publish), application=application, facts=facts)


def _sessions(node: ClusterNode) -> SessionRegistry:
    return SessionRegistry(node)


def _groups(known: Sequence[BeanDefinition]) -> Iterator[BeanDefinition]:
    seen: dict[str, BeanDefinition] = {}
    for definition in known:
        described = definition.labels(ClusterChannelGroup)
        for group in described:
            name: object = group.name
            if not isinstance(name, str) or not name:
                raise refusal(group, definition.target, f"it takes the name of the group, not {name!r}")
            if (other := seen.get(uniform(name))) is not None:
                raise GroupNameClashError(name, other.bean_class.__name__, definition.bean_class.__name__)
            seen[uniform(name)] = definition
            yield _group(group, definition)
        for server in definition.labels(NettyServerLabel) if described else ():
            yield _feeder(server.name_for(definition.bean_class), described)


def _group(group: ClusterChannelGroup, labelled: BeanDefinition) -> BeanDefinition:
    def cluster_channel_group(groups: ClusterGroups) -> ClusterChannelGroup:
        return groups.group(group)

    snake = re.sub(r"\W+", "_", group.name)
    made = _definition(f"{snake}_cluster_channel_group", ClusterChannelGroup, cluster_channel_group)
    made.qualifiers = tuple(dict.fromkeys((group.name, snake)))
    made.place = labelled.origin
    made.destroy = ""  # the server closes its connections
    return made


def _feeder(server: str, described: Sequence[ClusterChannelGroup]) -> BeanDefinition:
    def cluster_group_feeder(groups: ClusterGroups) -> GroupFeeder:
        return GroupFeeder([groups.group(group) for group in described])

    label(cluster_group_feeder, ChannelHandlerBeanLabel(order=_FIRST, server=server))
    return _definition(f"{server}_cluster_group_feeder", GroupFeeder, cluster_group_feeder, Scope.PROTOTYPE)


def _definition(name: str, kind: type[Any], factory: Callable[..., object], scope: str = Scope.SINGLETON) -> BeanDefinition:
    return BeanDefinition(name=name, provides=kind, factory=factory, target=factory, source="cluster", scope=scope)
