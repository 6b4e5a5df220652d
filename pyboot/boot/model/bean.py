"""The decorators that shape one bean: its maker, its precedence, its place in collections, its end."""

from typing import Any, ClassVar, Self, final, overload

from .label import FlagLabel, Label, Place

ON_BEANS = frozenset({Place.CLASS, Place.BEAN})
"""Where a label of the bean as a whole stands: on its class, or on the function that makes it."""


@final
class BeanLabel(Label):
    """A method of a configuration, or a module function, that makes a bean of its return type: ``@Bean``.

    It may be ``def`` or ``async def``, and may ``yield`` the bean once: what follows the ``yield`` is the teardown.
    A prototype has none, so it cannot be yielded.

    Args:
        name: the bean's name; default: the function's.
        provides: the type the bean is found by where that is not the return type, e.g. a protocol.
        destroy: name of the method that ends the bean, or ``""`` for none; default: ``aclose`` or ``close`` if it has one.
    """

    places: ClassVar = frozenset({Place.BEAN})

    def __init__(self, name: str | None = None, provides: Any = None, destroy: str | None = None) -> None:
        self.name = name
        self.provides = provides
        self.destroy = destroy

    @overload
    def __call__(self, target: str, /, *, provides: Any = None, destroy: str | None = None) -> Self: ...
    @overload
    def __call__(self, *, name: str | None = None, provides: Any = None, destroy: str | None = None) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        if targets and not isinstance(targets[0], str):
            return Label.__call__(self, *targets)
        return self.altered(name=targets[0], **given) if targets else self.altered(**given)


Bean = BeanLabel()


@final
class PrimaryLabel(FlagLabel):
    """Prefers this bean among several of its type, where nothing else tells them apart: ``@Primary``."""

    places: ClassVar = ON_BEANS


Primary = PrimaryLabel()


@final
class Order(Label):
    """The place in an injected collection: lower first, 0 by default, ties by definition order; it does not order the start.

    On an ``@EventListener`` method it is the place among the listeners.
    """

    places: ClassVar = ON_BEANS

    def __init__(self, value: int) -> None:
        self.value = value


@final
class DependsOn(Label):
    """Has the named beans made first, although they are not injected: ``@DependsOn("schema")``."""

    places: ClassVar = ON_BEANS

    def __init__(self, *names: str) -> None:
        self.names = names


@final
class PostConstructLabel(FlagLabel):
    """A method, ``def`` or ``async def``, called once when the bean has been made: ``@PostConstruct``."""

    places: ClassVar = frozenset({Place.METHOD})


PostConstruct = PostConstructLabel()


@final
class PreDestroyLabel(FlagLabel):
    """A method, ``def`` or ``async def``, called once before the bean goes: ``@PreDestroy``."""

    places: ClassVar = frozenset({Place.METHOD})


PreDestroy = PreDestroyLabel()
