"""The auto-configuration of the cluster room: found through the entry point ``pyboot.autoconfigure`` of the starter."""

from collections.abc import Iterable, Sequence
from typing import Any, final

from pyboot.boot import AutoConfiguration, BeanDefinition, BeanRegistrar, Import
from pyboot.boot.model.registrar import KnownSettings


@final
class ClusterRegistrar(BeanRegistrar):
    """Adds the node and what is made with it, unless ``cluster.enabled`` is false; of other engines nothing is imported."""

    def register(self, known: Sequence[BeanDefinition], environment: KnownSettings) -> Iterable[BeanDefinition | type]:
        """Return the beans of the cluster."""
        if environment.is_off("cluster"):
            return ()
        from .definitions import cluster_definitions

        return cluster_definitions(known, environment)

    def settings(self) -> Iterable[tuple[str, Any]]:
        """Return the settings of the cluster and of the engines that are installed, for editors."""
        from .engines.installed import engine_class, engine_names
        from .properties import ClusterProperties

        engines = [engine_class(name) for name in engine_names()]
        own = [(f"cluster.{each.name}", each.properties) for each in engines if each.properties is not None]
        return [("cluster", ClusterProperties), *own]


@final
@AutoConfiguration(
    after=("pyboot.netty.autoconfigure:NettyAutoConfiguration",),
    before=("pyboot.actuator.autoconfigure:ActuatorAutoConfiguration",),  # which is to know the endpoint when settings expose it
)
@Import(ClusterRegistrar)
class ClusterAutoConfiguration:
    """Makes the application one of several nodes, which share groups of channels, sessions, presence, limits and events."""
