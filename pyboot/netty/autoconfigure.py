"""The auto-configuration of the network library: found through the entry point ``pyboot.autoconfigure``."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, final

from pyboot.boot import (
    ApplicationContext,
    AutoConfiguration,
    Bean,
    BeanDefinition,
    BeanRegistrar,
    ConditionalOnMissingBean,
    Import,
)
from pyboot.boot.model.registrar import KnownSettings
from pyboot.components.netty import (
    CHANNEL_MEMORY,
    LEAK_DETECTOR,
    LOOP_WATCHDOG,
    ByteBufferAllocator,
    ChannelMemory,
    LeakDetector,
    LeakLevel,
    LoopWatchdog,
)

from .allocators import NettyAllocators, new_allocator
from .annotations import ChannelGroupBean, NettyClientLabel, NettyServerLabel
from .assembly import ServerPlan, plan_servers
from .binder import Customizers
from .bundles import BundleProperties, SslProperties
from .customizers import BootstrapCustomizer, ServerBootstrapCustomizer
from .groups import WorkGroups
from .observers.edges import check_observers, edges_of
from .pipeline.beans import await_beans, handler_beans, owners_in
from .pipeline.codec import CodecLabel
from .pipeline.registry import CodecRegistry
from .pipeline.steps import Edges
from .properties import NettyProperties
from .refusals import Refusals
from .servers import NettyServers
from .specs import in_effect, server_beans

if TYPE_CHECKING:
    from pyboot.components.netty.handler.http.observer import HttpServerObserver


@final
class NettyClientRegistrar(BeanRegistrar):
    """Adds a bean for each client, where a label or a setting tells of one; only then anything of clients is imported."""

    def register(self, known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterable[BeanDefinition | type]:
        """Return the clients, their groups and pools, and what all of them share."""
        labelled = [definition for definition in known if definition.labels(NettyClientLabel)]
        if not labelled and not environment.entries("netty.clients"):
            return ()
        from .client.definitions import client_definitions

        return client_definitions(labelled, environment)

    def settings(self) -> Iterable[tuple[str, Any]]:
        """Return the settings of clients, for editors."""
        from .client.properties import NettyClientsProperties

        return [("netty.clients", NettyClientsProperties)]


def has_http_clients(environment: KnownSettings) -> bool:
    """Tell whether an application has something to do with clients of HTTP: settings name one, or somebody has imported their class."""
    return bool(environment.entries("netty.http-clients")) or "pyboot.components.netty.http_client.client" in sys.modules


@final
class HttpClientRegistrar(BeanRegistrar):
    """Adds a bean for each client of HTTP that settings name, or one; only for an application that has something to do with them.

    Who has one injected has imported its class before: so an application without one pays for none of it.
    """

    def register(self, known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterable[BeanDefinition | type]:
        """Return the clients."""
        if not has_http_clients(environment):
            return ()
        places = environment.entries("netty.http-clients")
        from .http_client.definitions import http_client_definitions

        return http_client_definitions(known, environment, places)

    def settings(self) -> Iterable[tuple[str, Any]]:
        """Return the settings of clients, for editors."""
        from .http_client.properties import HttpClientsProperties

        return [("netty.http-clients", HttpClientsProperties)]


@final
class ChannelGroupRegistrar(BeanRegistrar):
    """Adds a bean for each group that a server feeds; only where a label tells of one anything of it is imported."""

    def register(self, known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterable[BeanDefinition | type]:
        """Return the groups."""
        labelled = [definition for definition in known if definition.labels(ChannelGroupBean)]
        if not labelled:
            return ()
        from .observers.groups import group_definitions

        return group_definitions(labelled)


@final
@AutoConfiguration(defaults={"pyboot.main.loop": "${netty.loop}"})
@Import(NettyProperties, SslProperties, NettyClientRegistrar, HttpClientRegistrar, ChannelGroupRegistrar)
class NettyAutoConfiguration:
    """Offers the servers of the application, made of labelled classes and the settings below `netty`."""

    @Bean
    @ConditionalOnMissingBean
    def byte_buffer_allocator(self, properties: NettyProperties, leak_detector: LeakDetector) -> ByteBufferAllocator:
        """Return the allocator of the buffers of all connections, unless the application defines its own."""
        return new_allocator(properties.allocator)

    @Bean
    def netty_allocators(self, properties: NettyProperties, allocator: ByteBufferAllocator) -> NettyAllocators:
        """Return the allocators that servers and clients name, besides the one of all."""
        return NettyAllocators(allocator, properties.allocators)

    @Bean
    def work_groups(self, properties: NettyProperties) -> WorkGroups:
        """Return the event loops that servers and clients live on besides the application's; none is made before it is needed."""
        return WorkGroups(properties)

    @Bean
    def leak_detector(self, properties: NettyProperties) -> Iterator[LeakDetector]:
        """Let the process's one detector of lost buffers watch as closely as the application asks, until the application ends.

        It never watches less than before: a test that looks for leaks must see those of the applications that it runs.
        """
        before = LEAK_DETECTOR.level
        LEAK_DETECTOR.level = before.closer(LeakLevel(properties.leak_detection))
        yield LEAK_DETECTOR
        LEAK_DETECTOR.level = before

    @Bean
    def channel_memory(self, properties: NettyProperties) -> Iterator[ChannelMemory]:
        """Set the process's one cap for the memory of connections as the application asks, until the application ends."""
        before = CHANNEL_MEMORY.limit_bytes
        if properties.memory_limit is not None:
            CHANNEL_MEMORY.limit_bytes = properties.memory_limit
        yield CHANNEL_MEMORY
        CHANNEL_MEMORY.limit_bytes = before

    @Bean
    def loop_watchdog(self, properties: NettyProperties) -> Iterator[LoopWatchdog]:
        """Let the process's one watchdog of loops name what blocks them, as the application asks, until the application ends."""
        before, LOOP_WATCHDOG.seconds = LOOP_WATCHDOG.seconds, properties.slow_callback.total_seconds()
        yield LOOP_WATCHDOG
        LOOP_WATCHDOG.seconds = before

    @Bean
    @ConditionalOnMissingBean
    def codec_registry(self, context: ApplicationContext) -> CodecRegistry:
        """Return the codecs that pipelines name: built in, of installed distributions, and what the application labels ``@Codec``."""
        return CodecRegistry(_codecs(context))

    @Bean
    def netty_servers(
        self,
        memory: ChannelMemory,
        watchdog: LoopWatchdog,
        context: ApplicationContext,
        properties: NettyProperties,
        ssl: SslProperties,
        codecs: CodecRegistry,
        allocators: NettyAllocators,
        groups: WorkGroups,
        customizers: list[ServerBootstrapCustomizer],
        datagram_customizers: list[BootstrapCustomizer],
    ) -> NettyServers:
        """Return the servers of the application; they are planned when they start, and bound last."""
        last_word = Customizers(customizers, datagram_customizers)
        labelled = context.definitions(NettyServerLabel)
        return NettyServers(
            lambda: planned(context, properties, codecs, allocators, ssl.bundles), groups, last_word, lambda: await_beans(context, labelled)
        )


def planned(
    context: ApplicationContext,
    properties: NettyProperties,
    codecs: CodecRegistry,
    allocators: NettyAllocators,
    bundles: Mapping[str, BundleProperties] | None = None,
) -> Sequence[ServerPlan]:
    """Read the labelled beans of *context*, decide what each server will be, and check the pipelines as a whole.

    Raises:
        AssemblyError: labels and settings do not make a server, or its pipeline cannot work; everything at once.
    """
    definitions, refusals, edges = context.graph.index.definitions, Refusals(), dict[str, Edges]()
    properties = in_effect(properties, definitions, context.environment)
    servers = server_beans(definitions, properties, lambda definition: getattr(context.bean(definition), "pipeline", ()))
    handlers = handler_beans(context)
    owners = owners_in(definitions, [server.name for server in servers])
    heard = check_observers(definitions, owners, refusals)
    if not refusals.count:
        edges |= edges_of(context, owners).servers
    observers = http_observers(context)
    plans = plan_servers(servers, handlers, properties, codecs, allocators, bundles, owners_in(definitions, ()), edges, refusals, observers)
    if servers or refusals.count:
        from .check import checked, problems_of, refuse, written_in_vain  # only applications with servers pay for the check

        problems = [*written_in_vain(definitions, servers, handlers), *problems_of(plans, heard)]
        refuse(problems, refusals, lambda: checked(context))
    return plans


def http_observers(context: ApplicationContext) -> "Sequence[HttpServerObserver]":
    """Return the beans that hear of requests of HTTP; whoever defines one has imported their class, so else nothing is imported."""
    if "pyboot.components.netty.handler.http.observer" not in sys.modules:
        return ()
    from pyboot.components.netty.handler.http.observer import HttpServerObserver

    return context.get_all(HttpServerObserver)


def _codecs(context: ApplicationContext) -> list[object]:
    """Return each function and class labelled ``@Codec``."""
    return [definition.target for definition in context.definitions(CodecLabel)]
