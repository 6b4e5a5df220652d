"""The servers of an application: those that classes are labelled as, and those that settings alone tell of. No I/O here.

The law: a server is there if a class is labelled ``@NettyServer``, or if ``netty.servers.<name>`` gives it a pipeline, or if a handler says
``server="<name>"`` of such settings. Settings of any other name are a slip, and refused. What is switched off, by ``enabled: false`` or by
``netty.servers.<name>: false``, is known by its name all the same: its handlers belong to nobody, and nobody complains of them.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, final

from pyboot.boot import BeanDefinition
from pyboot.boot.config.names import uniform
from pyboot.boot.model.registrar import KnownSettings

from .annotations import ChannelHandlerBeanLabel, NettyServerLabel
from .properties import NettyProperties, ServerProperties

_NOTHING_SET = ServerProperties.model_construct()  # all defaults: nothing to check


@final
class ServerBean(NamedTuple):
    """A server as it is written down: its label, the class that has it, and the pipeline that its bean holds.

    Of a server that settings alone tell of there is no class, and the label says its name.
    """

    label: NettyServerLabel
    target: type | None
    pipeline: Sequence[object]

    @property
    def name(self) -> str:
        """The name the server goes by."""
        return self.label.name or ("" if self.target is None else self.label.name_for(self.target))


def server_beans(
    definitions: Sequence[BeanDefinition], properties: NettyProperties, pipeline_of: Callable[[BeanDefinition], Sequence[object]]
) -> list[ServerBean]:
    """Return the servers of *definitions*, then those of the settings alone; *pipeline_of* tells what a labelled bean holds."""
    beans = [
        ServerBean(label, definition.bean_class, pipeline_of(definition))
        for definition in definitions
        for label in definition.labels(NettyServerLabel)
        if definition.inherited is None
    ]
    known = {uniform(bean.name) for bean in beans}
    claimed = {uniform(name) for name in _claimed(definitions)}
    return beans + [
        ServerBean(NettyServerLabel(name=name), None, ())
        for name, settings in properties.servers.items()
        if uniform(name) not in known and (settings.pipeline is not None or settings.is_http or uniform(name) in claimed)
    ]


def server_names(definitions: Sequence[BeanDefinition], properties: NettyProperties) -> list[str]:
    """Return the names of the servers, of those too that are switched off."""
    return [bean.name for bean in server_beans(definitions, properties, lambda _: ())]


def settings_of(name: str, properties: NettyProperties) -> ServerProperties:
    """Return the settings of the server *name*, however their key spells it; all defaults where there are none."""
    meant = uniform(name)
    return next((settings for key, settings in properties.servers.items() if uniform(key) == meant), _NOTHING_SET)


def in_effect(properties: NettyProperties, definitions: Sequence[BeanDefinition], environment: KnownSettings) -> NettyProperties:
    """Return *properties* with the servers switched off that ``netty.servers.<name>: false`` takes out of the map.

    What else is set of them stays: a server of the settings alone is one by its pipeline, also while it is switched off.
    """
    names = [*server_names(definitions, properties), *_claimed(definitions)]
    off = {
        name: properties.servers.get(name, _NOTHING_SET).model_copy(update={"enabled": False})
        for name in names
        if environment.is_off(f"netty.servers.{name}")
    }
    return properties.model_copy(update={"servers": {**properties.servers, **off}}) if off else properties


def _claimed(definitions: Iterable[BeanDefinition]) -> list[str]:
    """The servers that handlers say they belong to."""
    labels = [label for definition in definitions for label in definition.labels(ChannelHandlerBeanLabel)]
    return [label.server for label in labels if label.server is not None]
