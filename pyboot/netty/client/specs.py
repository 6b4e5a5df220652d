"""ClientSpec: a client as labels and settings tell of it, before anything is bound: its name, its instances, and where it is written."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, final

from pyboot.boot import BeanDefinition
from pyboot.boot.config.names import uniform
from pyboot.boot.errors import BindError
from pyboot.boot.model.origin import Origin
from pyboot.boot.model.registrar import KnownSettings
from pyboot.netty.annotations import NettyClientLabel

from .errors import ClientNameClashError
from .properties import ClientProperties, NettyClientsProperties

NOTHING_SET: Final = ClientProperties.model_construct()  # all defaults: nothing to check
_UNKNOWN: Final = Origin("the settings")

_PREFIX: Final = "netty.clients"


@final
class ClientSpec(NamedTuple):
    """One client, or several of a kind: *instances* are the places of their settings, by their keys.

    *settings* are all defaults where nothing is set; *labelled* is the class that is labelled, *place* where the client is written first.
    """

    name: str
    place: Origin
    settings: ClientProperties
    labelled: BeanDefinition | None = None
    label: NettyClientLabel | None = None
    instances: Mapping[str, Origin] = {}
    is_enabled: bool = True

    @property
    def members(self) -> Mapping[str, Origin]:
        """The names of its connections, each with its place: its own, or those of its instances."""
        return {f"{self.name}.{key}": place for key, place in self.instances.items()} if self.instances else {self.name: self.place}


def client_specs(labelled: Sequence[BeanDefinition], environment: KnownSettings) -> Iterator[ClientSpec]:
    """Iterate over the clients that classes are *labelled* as, then over those that settings alone tell of.

    Raises:
        ClientNameClashError: two classes are one client.
    """
    places = environment.entries(_PREFIX)
    bound = {uniform(key): (key, settings) for key, settings in _bound(environment, places).items()}
    seen: dict[str, BeanDefinition] = {}
    for definition, label in _labels(labelled):
        name = label.name_for(definition.bean_class)
        if (other := seen.setdefault(uniform(name), definition)) is not definition:
            raise ClientNameClashError(name, _shown(other), _shown(definition))
        key, settings = bound.get(uniform(name), (name, NOTHING_SET))
        spec = ClientSpec(name, definition.origin, settings, definition, label)
        yield _located(spec, key, environment)
    for meant, (key, settings) in bound.items():
        if meant not in seen:
            yield _located(ClientSpec(key, places.get(key, _UNKNOWN), settings), key, environment)


def snake(name: str) -> str:
    """Return *name* as a parameter can be called."""
    return re.sub(r"\W+", "_", name)


def _bound(environment: KnownSettings, names: Iterable[str]) -> Mapping[str, ClientProperties]:
    """The settings of each client. What refuses to be bound is reported with all else that is wrong, when its bean is bound."""
    try:
        return environment.bind(_PREFIX, NettyClientsProperties, judged=False).root
    except BindError:
        return dict.fromkeys(names, NOTHING_SET)


def _labels(labelled: Iterable[BeanDefinition]) -> Iterator[tuple[BeanDefinition, NettyClientLabel]]:
    for definition in labelled:
        for label in definition.labels(NettyClientLabel):
            yield definition, label


def _located(spec: ClientSpec, key: str, environment: KnownSettings) -> ClientSpec:
    """*spec*, with the places of its instances, and whether it is wanted."""
    places = environment.entries(f"{_PREFIX}.{key}.instances") if spec.settings.instances else {}
    instances = {name: places.get(name, spec.place) for name in spec.settings.instances}
    return spec._replace(instances=instances, is_enabled=spec.settings.enabled and not environment.is_off(f"{_PREFIX}.{key}"))


def _shown(definition: BeanDefinition) -> str:
    return f"{definition.bean_class.__qualname__} ({definition.origin})"
