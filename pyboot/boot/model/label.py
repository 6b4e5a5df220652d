"""Labels: a decorator appends its label to the class or function, which stays what it was.

The law of labels: a label means the same wherever it stands and beside every other, or the start is refused with its place. Each kind
says in ``places`` where it has a meaning; ``model/method.py`` and ``discovery/collect.py`` hold classes, methods and functions to it.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any, ClassVar, Self, overload

from pyboot.boot.errors import DefinitionError

from .origin import origin_of

_ATTRIBUTE = "__pyboot_labels__"


class Place(Enum):
    """The places where a label can stand."""

    CLASS = "a class"
    BEAN = "a @Bean method or function"
    METHOD = "a method of a bean"


def label(target: object, annotation: object) -> None:
    """Append *annotation* to the labels that *target*, a class or a function, carries itself.

    Raises:
        DefinitionError: *target* can carry no label: it is a property, or another object without attributes of its own, or a label
            that has taken what it stands on for its argument.
    """
    if isinstance(target, Label):
        reason = f"{spelled(target)} below it has taken what it stands on for its argument: it needs parentheses, or stands on methods"
        raise DefinitionError(
            f"{spelled(annotation)} on {spelled(target)}",
            str(origin_of(taken(target))) if taken(target) is not None else "",
            reason,
        )
    try:
        setattr(target, _ATTRIBUTE, (*_own(target), annotation))
    except AttributeError:
        if isinstance(target, str | int | float):  # meant as an argument: @NettyServer(9000)
            names = ", ".join(vars(annotation))
            reason = f"its arguments have names: {names}" if names else "it has no arguments"
            raise DefinitionError(f"{spelled(annotation)}({target!r})", "", reason) from None
        function = getattr(target, "fget", target)
        reason = f"it is a {type(target).__name__}, which can carry no label: labels stand on classes and functions"
        subject = f"{spelled(annotation)} on {getattr(function, '__qualname__', repr(target))}"
        raise DefinitionError(subject, str(origin_of(function)), reason) from None


def labels[L](target: object, kind: type[L]) -> tuple[L, ...]:
    """Return the labels of *kind* on *target* itself, in the order they were applied.

    Labels are not inherited: a subclass of a ``@Service`` is a service only if it says so.
    """
    own = _own(target)
    return tuple(entry for entry in own if isinstance(entry, kind)) if own else ()


def is_labelled(target: object) -> bool:
    """Tell whether *target* itself carries any label."""
    return bool(_own(target))


def _own(target: object) -> tuple[object, ...]:
    own: tuple[object, ...] = getattr(target, "__dict__", {}).get(_ATTRIBUTE, ())
    return own


def spelled(annotation: object) -> str:
    """Return *annotation* as it is written above its target: ``@EventListener``."""
    return f"@{annotation.spelling}" if isinstance(annotation, Label) else f"@{type(annotation).__name__}"


def misplaced(target: object, place: Place) -> tuple["Label", ...]:
    """Return the labels that *target* itself carries and that mean nothing at *place*."""
    return tuple(entry for entry in labels(target, Label) if place not in entry.places)


def swallowed(name: str, value: object) -> Any:
    """Return the class or function called *name* that the label *value* has taken for its argument, or ``None``.

    That is what becomes of ``@Order`` without its parentheses: the label stands in the place of the class.
    """
    return (
        next((item for item in _arguments_of(value) if getattr(item, "__name__", None) == name), None) if isinstance(value, Label) else None
    )


def taken(annotation: "Label") -> Any:
    """Return the first class or function that *annotation* was given, or ``None``."""
    return next((item for item in _arguments_of(annotation) if callable(item)), None)


def _arguments_of(annotation: "Label") -> Iterator[Any]:
    """Iterate over what *annotation* was given, the items of tuples one by one."""
    for value in vars(annotation).values():
        yield from value if isinstance(value, tuple) else (value,)


class Label:
    """A decorator that only labels: a call appends it to a class or function, and returns the target.

    ``places`` is where labels of the kind mean something; anywhere else the start is refused. A kind that says nothing may stand
    everywhere, and whoever brings it judges. Labels are equal by what they hold. Subclasses here write their constructors out: a
    dataclass costs a third of a millisecond at each start, and a type checker takes a label made by a transformed class for a
    dataclass decorator.
    """

    places: ClassVar[frozenset[Place]] = frozenset(Place)

    @property
    def spelling(self) -> str:
        """The label's name where it is written, without the ``@``."""
        return type(self).__name__.removesuffix("Label")

    def __call__[T](self, target: T) -> T:
        label(target, self)
        return target

    def stand_in(self, target: object) -> object | None:
        """Return the object that is the bean in place of *target*; ``None``, the usual answer, where *target* is the bean itself."""
        return None

    def altered(self, **given: Any) -> Self:
        """Return a label that holds *given* in place of what this one does.

        Raises:
            TypeError: it holds nothing of such a name.
        """
        if strange := given.keys() - vars(self).keys():
            known = ", ".join(vars(self))
            raise TypeError(f"@{self.spelling} has no argument {', '.join(map(repr, sorted(strange)))}; it has {known}")
        other = object.__new__(type(self))
        vars(other).update({**vars(self), **given})
        return other

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).items()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class FlagLabel(Label):
    """A label without arguments, applied with or without parentheses: ``@Primary`` and ``@Primary()`` mean the same."""

    @overload
    def __call__[T](self, target: T) -> T: ...
    @overload
    def __call__(self) -> "FlagLabel": ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        return super().__call__(*targets, **given) if targets or given else self
