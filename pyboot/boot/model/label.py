"""How a decorator leaves its mark: labels are appended to the class or function, which stays what it was."""

from typing import Any, Self, overload

_ATTRIBUTE = "__pyboot_labels__"


def label(target: object, annotation: object) -> None:
    """Append *annotation* to the labels that *target*, a class or a function, carries itself."""
    setattr(target, _ATTRIBUTE, (*_own(target), annotation))


def labels[L](target: object, kind: type[L]) -> tuple[L, ...]:
    """Return the labels of *kind* on *target* itself, in the order they were applied.

    Labels are not inherited: a subclass of a ``@Service`` is a service only if it says so.
    """
    return tuple(entry for entry in _own(target) if isinstance(entry, kind))


def is_labelled(target: object) -> bool:
    """Tell whether *target* itself carries any label."""
    return bool(_own(target))


def _own(target: object) -> tuple[object, ...]:
    own: tuple[object, ...] = getattr(target, "__dict__", {}).get(_ATTRIBUTE, ())
    return own


class Label:
    """A decorator that only labels: calling it on a class or function appends itself and returns the target.

    Labels are equal by what they hold. Subclasses here write their constructors out: a dataclass costs a third of a
    millisecond at each start, and a type checker takes a label made by a transformed class for a dataclass decorator.
    """

    def __call__[T](self, target: T) -> T:
        label(target, self)
        return target

    def altered(self, **given: Any) -> Self:
        """Return a label that holds *given* in place of what this one does."""
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
