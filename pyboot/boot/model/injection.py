"""The words for an injection point besides a plain type: ``Qualifier``, ``Value``, ``Provider[T]``, ``Lazy[T]``."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Self, final, overload

from pyboot.boot.record import Record

from .bean import ON_BEANS
from .label import Label


@final
class Qualifier(Label):
    """Tells beans of one type apart: ``@Qualifier("fast")`` on the bean, ``Annotated[Cache, Qualifier("fast")]`` where it is wanted.

    The value may be any hashable thing, an enum member for example. A bean's name always works as its qualifier.
    """

    places: ClassVar = ON_BEANS

    def __init__(self, value: object) -> None:
        self.value = value


@final
class Value(Record):
    """Injects a setting: ``Annotated[int, Value("${server.port:8080}")]``, converted to the annotated type."""

    expression: str


class Provider[T](ABC):
    """A bean on demand: a parameter of the type ``Provider[T]`` defers the making until :meth:`get` is called.

    It also breaks a cycle, since it does not need the bean to be there while the owner is made.
    """

    @abstractmethod
    def get(self, store: Any = None) -> T:  # Any: a ScopeStore, which the nouns below the container do not know
        """Return the bean; a prototype is made anew each time.

        Args:
            store: where the bean lives, if it has a scope of its own; default: where the bean that holds the provider lives.

        Raises:
            BeanNotReadyError: the bean is made asynchronously and not there yet (await :meth:`aget` instead), or its store is missing.
        """

    @abstractmethod
    async def aget(self, store: Any = None) -> T:  # Any: as above
        """Return the bean, awaiting its making; a cancel leaves the making of a shared bean to go on for the others."""


class Lazy[T](Provider[T]):
    """A provider that asks once and keeps the answer, as the type ``Lazy[T]`` of a parameter; ``@Lazy`` on a bean has it made at first
    use.
    """

    if not TYPE_CHECKING:  # a checker sees the class alone; as a decorator `Lazy(target)` must give the target back

        def __new__(cls, *target):
            if cls is Lazy:
                return LAZY(target[0]) if target else LazyLabel()
            return super().__new__(cls)

    else:

        @overload
        def __new__[X](cls, target: X, /) -> X: ...  # type: ignore[misc]  # no Lazy, as a decorator gives back what it is put on
        @overload
        def __new__(cls) -> Self: ...
        def __new__(cls, *target: Any) -> Any:
            raise NotImplementedError

        def __call__[X](self, target: X, /) -> X:
            raise NotImplementedError

        def get(self, store: Any = None) -> T:
            raise NotImplementedError

        async def aget(self, store: Any = None) -> T:
            raise NotImplementedError


@final
class LazyLabel(Label):
    """The label that ``@Lazy`` leaves on a bean."""

    places: ClassVar = ON_BEANS


LAZY = LazyLabel()
