"""How a decorator leaves its mark: labels are appended to the class or function, which stays what it was."""

from typing import Any, overload

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
    """A decorator that only labels: calling it on a class or function appends itself and returns the target."""

    __slots__ = ()

    def __call__[T](self, target: T) -> T:
        label(target, self)
        return target


class FlagLabel(Label):
    """A label without arguments, applied with or without parentheses: ``@Primary`` and ``@Primary()`` mean the same."""

    __slots__ = ()

    @overload
    def __call__[T](self, target: T) -> T: ...
    @overload
    def __call__(self) -> "FlagLabel": ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        return super().__call__(*targets, **given) if targets or given else self
