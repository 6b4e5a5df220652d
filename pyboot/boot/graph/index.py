"""The index: finds the definitions that offer a key, and the one that is meant where several do."""

from collections.abc import Iterable, Sequence

from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.generic import Hint, fits, get_origin, leaves_open, offered, spell
from pyboot.boot.model.key import BeanKey
from pyboot.boot.model.nearest import nearest


class Index:
    """The definitions by every key that they offer; it is built once, and asked for each injection point."""

    def __init__(self, definitions: Iterable[BeanDefinition]) -> None:
        self.definitions = tuple(definitions)
        self.by_name = {definition.name: definition for definition in self.definitions}
        self._by_hint: dict[Hint, list[BeanDefinition]] = {}
        for definition in self.definitions:
            for hint in offered(definition.provides):
                self._by_hint.setdefault(hint, []).append(definition)

    def offering(self, key: BeanKey) -> Sequence[BeanDefinition]:
        """Return the definitions that offer *key*, in the order of ``@Order``, then of definition."""
        found = (self._open(key.hint) if leaves_open(key.hint) else self._by_hint.get(key.hint)) or self._structural(key.hint)
        if key.qualifier is not None:
            found = [definition for definition in found if definition.is_qualified(key.qualifier)]
        return sorted(found, key=lambda definition: definition.order) if len(found) > 1 else found

    def _open(self, hint: Hint) -> list[BeanDefinition]:
        """Return the beans of the generic class of *hint* whose arguments fit those that are not ``Any``."""
        return [entry for entry in self._by_hint.get(get_origin(hint), ()) if any(fits(given, hint) for given in offered(entry.provides))]

    def choose(self, key: BeanKey, name: str | None = None, asking: BeanDefinition | None = None) -> Sequence[BeanDefinition]:
        """Return the one definition that is meant by *key*, none, or all that nothing tells apart.

        A bean that is *asking* does not mean itself where there is another: so a ``@Primary`` wrapper gets what it wraps. What is
        defined here is meant before what a parent has. Among several the primary one is meant, else the one whose bean name is
        *name*, the parameter's, else the one that is qualified so.
        """
        found = self.offering(key)
        found = [definition for definition in found if definition is not asking] or found
        found = [definition for definition in found if definition.inherited is None] or found
        if len(found) > 1:
            primary = [definition for definition in found if definition.primary]
            named = [definition for definition in primary or found if definition.name == name]
            called = named or [definition for definition in primary or found if name in definition.qualifiers]
            return (primary if len(primary) == 1 else called) or primary or found
        return found

    def _structural(self, hint: Hint) -> list[BeanDefinition]:
        """Return the beans whose methods fit a ``@runtime_checkable`` protocol that nobody inherits from."""
        if not getattr(hint, "_is_runtime_protocol", False):
            return []
        return [definition for definition in self.definitions if _fits(definition.provides, hint)]

    def near(self, key: BeanKey, besides: BeanDefinition | None = None) -> list[str]:
        """Return descriptions of the definitions that come nearest to *key*: other qualifiers, similar names; not of *besides*."""
        others = [f"{shown(entry)}, but with {_marks(entry)}" for entry in self._by_hint.get(key.hint, ())]
        spelled = {spell(entry.provides): entry for entry in self.definitions if entry is not besides}
        close = nearest(spell(key.hint), spelled, count=3)
        related = [entry for entry in self.definitions if _is_related(entry.provides, key.hint)]
        return list(dict.fromkeys([*others, *(shown(entry) for entry in related), *(shown(spelled[name]) for name in close)]))


def shown(definition: BeanDefinition) -> str:
    """Return *definition* as reports name it: ``'mailer' of type SmtpMailer (app/mail.py:12)``."""
    return f"'{definition.name}' of type {spell(definition.provides)} ({definition.origin})"


def _marks(definition: BeanDefinition) -> str:
    return f"qualifier {', '.join(map(repr, definition.qualifiers))}" if definition.qualifiers else "no such qualifier"


def _fits(provides: Hint, protocol: type) -> bool:
    origin = get_origin(provides) or provides
    try:
        return isinstance(origin, type) and issubclass(origin, protocol)
    except TypeError:  # a protocol with fields cannot be compared with a class
        return False


def _is_related(provides: Hint, hint: Hint) -> bool:
    """Tell whether *provides* is a base of *hint*, or offers the same generic class with other arguments."""
    origin, wanted = get_origin(provides) or provides, get_origin(hint) or hint
    if not isinstance(origin, type) or not isinstance(wanted, type) or provides == hint:
        return False
    is_base = origin in wanted.__mro__[1:-1]
    return is_base or (wanted is not hint and any((get_origin(entry) or entry) is wanted for entry in offered(provides)))
