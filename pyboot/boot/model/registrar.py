"""BeanRegistrar: beans whose number only labels and settings tell. Source: Spring's ``BeanRegistrar``."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from .definition import BeanDefinition
from .generic import Hint
from .origin import Origin
from .stereotype import Import


class KnownSettings(Protocol):
    """The settings as a registrar sees them; an environment answers."""

    def get(self, key: str) -> str | None:
        """Return the setting *key*, or ``None``."""

    def is_off(self, prefix: str) -> bool:
        """Tell whether *prefix* as a whole is switched off, by ``false`` in its place or ``enabled: false`` below it."""

    def bind[T](self, prefix: str, model: type[T], *, judged: bool = True) -> T:
        """The settings below *prefix* as a *model*; raises BindError. Not *judged*, unknown names are left to who binds them later."""

    def entries(self, prefix: str) -> Mapping[str, Origin]:
        """Return the names that are set right below *prefix*, as they are written, each with the place of the first thing set there."""


class BeanRegistrar(ABC):
    """Adds the beans that no class or function stands for, one for each entry of a map of settings for instance.

    A configuration names it: ``@Import(DeviceRegistrar)``. It is no bean itself: it is made without arguments, and asked once, when all
    other definitions are there and the conditions of its configuration hold.
    """

    @abstractmethod
    def register(self, known: Sequence[BeanDefinition], environment: KnownSettings, /) -> Iterable[BeanDefinition | type]:
        """Return the definitions to add, and classes whose labels define more, in view of those *known* and of the settings."""

    def settings(self) -> Iterable[tuple[str, Hint]]:
        """Return the prefixes that its beans may bind, each with its model; asked only by who lists all settings there are."""
        return ()


def is_registrar(target: object) -> bool:
    """Tell whether *target*, which somebody imports, is a class of registrars."""
    return isinstance(target, type) and issubclass(target, BeanRegistrar)


def registrars_of(definitions: Iterable[BeanDefinition]) -> list[BeanRegistrar]:
    """Make the registrars that *definitions* import, each once."""
    entries = (target for entry in definitions for imported in entry.labels(Import) for target in imported.targets)
    return [target() for target in dict.fromkeys(entries) if isinstance(target, type) and issubclass(target, BeanRegistrar)]
