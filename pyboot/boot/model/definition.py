"""BeanDefinition: one recipe, which is everything that the container knows about a bean before it is made."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from types import UnionType
from typing import Any, Final

from .generic import Hint, get_origin
from .label import labels
from .origin import Origin, origin_of
from .scope import Scope

_NO_CLASSES: Final = (UnionType, Any)  # Python has them as classes, of which nothing is an object


class Making(Enum):
    """The way in which a bean is made."""

    CALL = "call"
    COROUTINE = "coroutine"
    GENERATOR = "generator"
    ASYNC_GENERATOR = "async generator"
    PROPERTIES = "properties"
    INSTANCE = "instance"
    STORE = "store"  # the very store that beans of its scope live in


@dataclass(eq=False, slots=True, kw_only=True)
class BeanDefinition:
    """A bean before it is made; compared by identity, shown in every report.

    ``target`` is the class or function that carries the labels; ``factory`` is what is called (the same thing, mostly);
    ``owner`` is the configuration whose method ``factory`` is, passed to it as ``self``. ``importers`` are the beans whose
    ``@Import`` alone has brought it: without all of them it goes as well. ``inherited`` is the definition of a
    parent context that this one stands for: the bean is had there. ``key`` is what a ``dict[str, T]`` tells it by, where that is not its
    name; ``place`` is where it is written, where that is not its target's.
    """

    name: str
    provides: Hint
    factory: Callable[..., object]
    target: object
    making: Making = Making.CALL
    owner: "BeanDefinition | None" = None
    scope: str = Scope.SINGLETON
    order: int = 0
    primary: bool = False
    lazy: bool = False
    qualifiers: tuple[object, ...] = ()
    depends_on: tuple[str, ...] = ()
    destroy: str | None = None
    prefix: str | None = None
    source: str = "application"
    importers: "tuple[BeanDefinition, ...]" = ()
    inherited: "BeanDefinition | None" = None
    key: str | None = None
    place: Origin | None = None

    def labels[L](self, kind: type[L]) -> tuple[L, ...]:
        """Return the labels of *kind* that the bean's class or function carries."""
        return labels(self.target, kind)

    @property
    def bean_class(self) -> type:
        """The class that is promised; of ``C[int]`` that is C, and ``object`` where something else is promised, a union for instance."""
        promised = get_origin(self.provides) or self.provides
        return promised if isinstance(promised, type) and promised not in _NO_CLASSES else object

    @property
    def origin(self) -> Origin:
        """The place where the bean is defined."""
        return self.place or origin_of(self.target)

    def is_qualified(self, qualifier: object) -> bool:
        """Tell whether *qualifier* means this bean: one of its qualifiers, or its name."""
        return qualifier == self.name or qualifier in self.qualifiers

    def __repr__(self) -> str:
        return f"<BeanDefinition {self.name} at {self.origin}>"


def snake_case(name: str) -> str:
    """Return *name* as a bean is named by default: ``HTTPServer`` is ``http_server``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
