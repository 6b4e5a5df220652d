"""The auto-configuration of the network library: found through the entry point ``pyboot.autoconfigure``."""

from collections.abc import Sequence
from typing import final

from pyboot.boot import ApplicationContext, AutoConfiguration, Bean, BeanDefinition, Import

from .annotations import ChannelHandlerBean, NettyServer
from .assembly import HandlerBean, ServerBean, ServerPlan, plan_servers
from .properties import NettyProperties
from .registry import CodecRegistry
from .servers import NettyServers


@final
@AutoConfiguration(defaults={"pyboot.main.loop": "${netty.loop:auto}"})
@Import(NettyProperties)
class NettyAutoConfiguration:
    """Offers the servers of the application, made of labelled classes and the settings below `netty`."""

    @Bean
    def netty_servers(self, context: ApplicationContext, properties: NettyProperties, codecs: CodecRegistry | None) -> NettyServers:
        """All servers, planned when they start and bound last."""
        return NettyServers(lambda: planned(context, properties, codecs or CodecRegistry()), properties)


def planned(context: ApplicationContext, properties: NettyProperties, codecs: CodecRegistry) -> Sequence[ServerPlan]:
    """Read the labelled beans of *context* and decide what each server will be."""
    return plan_servers(_servers(context), _handlers(context), properties, codecs)


def _servers(context: ApplicationContext) -> list[ServerBean]:
    """Each class labelled ``@NettyServer``, with the pipeline that its bean holds."""
    return [
        ServerBean(label, _class_of(definition), getattr(context.bean(definition), "pipeline", ()))
        for definition in context.definitions(NettyServer)
        for label in definition.labels(NettyServer)
    ]


def _handlers(context: ApplicationContext) -> list[HandlerBean]:
    """Each class, or ``@Bean`` method, labelled ``@ChannelHandlerBean``, with its generated factory."""
    return [
        HandlerBean(label, _class_of(definition), context.factory(definition))
        for definition in context.definitions(ChannelHandlerBean)
        for label in definition.labels(ChannelHandlerBean)
    ]


def _class_of(definition: BeanDefinition) -> type:
    """The class of a bean, whether it was labelled itself or a ``@Bean`` method makes it; of ``C[int]``, C."""
    provided: type = definition.provides
    return getattr(provided, "__origin__", provided)
