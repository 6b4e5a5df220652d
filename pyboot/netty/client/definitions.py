"""The beans of clients: one for each client, group and pool that labels and settings tell of, and `NettyClients`, which has them all."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from pyboot.boot import ApplicationContext, BeanDefinition
from pyboot.boot.model.origin import Origin
from pyboot.boot.model.registrar import KnownSettings
from pyboot.components.netty import ChannelMemory, FixedChannelPool
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.bundles import SslProperties
from pyboot.netty.check import checked, refuse
from pyboot.netty.customizers import BootstrapCustomizer
from pyboot.netty.groups import WorkGroups
from pyboot.netty.observers.edges import edges_of
from pyboot.netty.pipeline.beans import OF_CLIENTS, await_beans, handler_beans, owners_in
from pyboot.netty.pipeline.belonging import belonging
from pyboot.netty.pipeline.registry import CodecRegistry
from pyboot.netty.pipeline.steps import Edges
from pyboot.netty.properties import NettyProperties
from pyboot.netty.refusals import Refusals
from pyboot.netty.specs import server_names

from .check import client_problems
from .client import NettyClient
from .clients import NettyClients
from .group import NettyClientGroup
from .plan import ClientPlan, plan_clients
from .properties import NettyClientsProperties
from .specs import ClientSpec, client_specs, snake


def client_definitions(labelled: Sequence[BeanDefinition], environment: KnownSettings) -> Iterator[BeanDefinition | type]:
    """Iterate over the definitions of all clients, and of what they share.

    Raises:
        ClientNameClashError: two classes are one client.
    """
    specs = list(client_specs(labelled, environment))
    yield NettyClientsProperties
    yield _definition("netty_clients", NettyClients, _clients_of(specs))
    for spec in specs:
        if not spec.is_enabled:
            continue
        for member, place in spec.members.items():
            yield _named(member, place, NettyClient, _client(member))
        if spec.instances:
            yield _named(spec.name, spec.place, NettyClientGroup, _group(spec.name))
        if spec.settings.pool is not None:
            yield _named(spec.name, spec.place, FixedChannelPool, _pool(spec.name))


def _named(name: str, place: Origin, kind: type, factory: Callable[..., object]) -> BeanDefinition:
    """The definition of the bean of one client: told by the client's name, as it is written or as a parameter can be called.

    Its own name is another one: a service `Prices` beside a client `PricesClient` is no clash.
    """
    suffix = {NettyClient: "client", NettyClientGroup: "client_group", FixedChannelPool: "channel_pool"}[kind]
    definition = _definition(f"{snake(name)}_netty_{suffix}", kind, factory)
    definition.qualifiers = tuple(dict.fromkeys((name, snake(name))))
    definition.key = name
    definition.place = place
    definition.destroy = ""  # NettyClients ends it
    return definition


def _definition(name: str, kind: type, factory: Callable[..., object]) -> BeanDefinition:
    return BeanDefinition(name=name, provides=kind, factory=factory, target=factory, source=OF_CLIENTS)


def _client(name: str) -> Callable[[NettyClients], NettyClient]:
    def client(clients: NettyClients) -> NettyClient:
        return clients[name]

    return client


def _group(name: str) -> Callable[[NettyClients], NettyClientGroup]:
    def group(clients: NettyClients) -> NettyClientGroup:
        return clients.group(name)

    return group


def _pool(name: str) -> Callable[[NettyClients], FixedChannelPool]:
    def pool(clients: NettyClients) -> FixedChannelPool:
        return clients.pool(name)

    return pool


def _clients_of(specs: Sequence[ClientSpec]) -> Callable[..., NettyClients]:
    def netty_clients(
        memory: ChannelMemory,
        context: ApplicationContext,
        properties: NettyClientsProperties,
        ssl: SslProperties,
        codecs: CodecRegistry,
        allocators: NettyAllocators,
        netty: NettyProperties,
        groups: WorkGroups,
        customizers: list[BootstrapCustomizer],
    ) -> NettyClients:
        plans = partial(_planned, context, specs, ssl, codecs, allocators, netty)
        labelled = [spec.labelled for spec in specs if spec.is_enabled and spec.labelled is not None]
        return NettyClients(specs, plans, context.publish, groups, customizers, lambda: await_beans(context, labelled))

    return netty_clients


def _planned(
    context: ApplicationContext,
    specs: Sequence[ClientSpec],
    ssl: SslProperties,
    codecs: CodecRegistry,
    allocators: NettyAllocators,
    netty: NettyProperties,
) -> list[ClientPlan]:
    """Read the labelled beans of *context*, decide what each client will be, and check the pipelines as a whole."""
    enabled = [spec for spec in specs if spec.is_enabled]
    definitions, refusals, edges = context.graph.index.definitions, Refusals(), dict[str, Edges]()
    owners = owners_in(definitions, server_names(definitions, netty))
    handlers = belonging(handler_beans(context), owners, refusals).clients
    with refusals.noting():
        edges |= edges_of(context, owners).clients
    beans = {spec.name: context.bean(spec.labelled) for spec in enabled if spec.labelled is not None}
    plans = plan_clients(enabled, beans, handlers, codecs, allocators, ssl.bundles, edges, refusals, list(netty.groups))
    refuse(client_problems(plans), refusals, lambda: checked(context))
    return plans
