"""Records: classes whose annotated names are their constructor's parameters and their attributes, as in a dataclass.

Nothing is generated: a dataclass costs a third of a millisecond each time its module is imported, and the container has
dozens of small classes of which a start makes few objects. What is made often stays a dataclass.
"""

from typing import Any, Self, dataclass_transform


def facts_of(kind: type, root: type) -> tuple[str, ...]:
    """Return the annotated names of *kind* and of its bases below *root*, base first; constants of a class are left out."""
    own = (getattr(base, "__annotations__", {}) for base in reversed(kind.__mro__) if issubclass(base, root))
    return tuple(dict.fromkeys(name for names in own for name, hint in names.items() if "ClassVar" not in str(hint)))


def given_facts(kind: type, root: type, facts: tuple[object, ...], named: dict[str, object]) -> dict[str, object]:
    """Return the attributes of an object of *kind* that is made of *facts* by place and *named* ones.

    Raises:
        TypeError: one is missing, unknown, or one too many.
    """
    names = facts_of(kind, root)
    given = dict(zip(names, facts, strict=False)) | named
    missing = [name for name in names if name not in given and not hasattr(kind, name)]
    if missing or len(facts) > len(names) or not given.keys() <= set(names):
        raise TypeError(f"{kind.__name__} takes {', '.join(names) or 'nothing'}; given were {facts} and {named}")
    return given


@dataclass_transform(frozen_default=True)
class Record:
    """Base of small values, which are equal if their facts are and never change: an attribute is set once; :meth:`altered` makes another.

    Raises:
        AttributeError: an attribute that is there is set again, or deleted.
    """

    def __init__(self, *facts: object, **named: object) -> None:
        vars(self).update(given_facts(type(self), Record, facts, named))

    def altered(self, **named: Any) -> Self:
        """Return a record with these facts in place of its own."""
        return type(self)(**{**vars(self), **named})

    def __setattr__(self, name: str, value: object) -> None:
        if hasattr(self, name):  # a fact that was given, or the default of one that was not
            raise AttributeError(f"{type(self).__name__} never changes; altered({name}=...) makes another")
        vars(self)[name] = value

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} never changes, so '{name}' stays")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        names = facts_of(type(self), Record)
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in facts_of(type(self), Record))
