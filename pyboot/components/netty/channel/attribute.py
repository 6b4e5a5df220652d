"""AttributeKey: what handlers of a channel keep for each other, with a type. Source: Netty's ``AttributeKey`` and ``Attribute``."""

from __future__ import annotations

from typing import Any, Final, Generic, TypeVar, final

__all__ = ["Attribute", "AttributeKey"]

T = TypeVar("T")

_ABSENT: Final = object()


@final
class AttributeKey(Generic[T]):
    """Names an attribute and the type of its value: ``USER = AttributeKey[User]("user")``, once, where handlers can import it.

    Two keys with one name are two attributes, so that nobody overwrites another's by accident.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"AttributeKey({self.name!r})"


@final
class Attribute(Generic[T]):
    """One attribute of one channel, as `Channel.attr` gives it; it reads and writes `Channel.attributes`."""

    __slots__ = ("_attributes", "key")

    def __init__(self, attributes: dict[Any, Any], key: AttributeKey[T]) -> None:
        self._attributes = attributes
        self.key = key

    def get(self) -> T | None:
        """The value, or None if there is none."""
        found: T | None = self._attributes.get(self.key)
        return found

    def set(self, value: T) -> None:
        """Keep *value*."""
        self._attributes[self.key] = value

    def get_and_set(self, value: T) -> T | None:
        """Keep *value*; the one before, or None."""
        before = self.get()
        self.set(value)
        return before

    def set_if_absent(self, value: T) -> T | None:
        """Keep *value* if there is none, and give None; else the one that is there."""
        # One step of the interpreter, so that two threads do not both find nothing.
        found: Any = self._attributes.setdefault(self.key, value)
        return None if found is value else found

    def remove(self) -> T | None:
        """Forget the value, and give it; None if there was none."""
        found: T | None = self._attributes.pop(self.key, None)
        return found

    @property
    def is_set(self) -> bool:
        """True if there is a value, None too."""
        return self._attributes.get(self.key, _ABSENT) is not _ABSENT

    def __repr__(self) -> str:
        return f"<Attribute {self.key.name}: {self.get()!r}>"
