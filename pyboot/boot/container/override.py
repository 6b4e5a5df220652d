"""Overriding: puts objects in place of beans before the graph is built, and takes beans over from a parent context."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pyboot.boot.errors import AmbiguousBeanError, MissingBeanError
from pyboot.boot.graph.index import Index, shown
from pyboot.boot.model.definition import BeanDefinition, Making
from pyboot.boot.model.key import BeanKey
from pyboot.boot.model.scope import Scope

from .context import ApplicationContext
from .parent import inherited


def instance(name: str, bean: object, provides: Any = None) -> BeanDefinition:
    """Return the definition of a bean that is there already; the container does not end it."""
    return BeanDefinition(
        name=name,
        provides=type(bean) if provides is None else provides,
        factory=lambda: bean,
        target=bean,
        making=Making.INSTANCE,
        source="framework",
    )


class Wiring:
    """The changes that are made to the definitions of an application from outside.

    ``beans`` maps a type or a bean's name to the object that stands for that bean, whatever would have made it: the
    definition keeps its name, its qualifiers and its place, so that whoever needed it needs nothing new.
    """

    def __init__(self, beans: Mapping[Any, object] | None = None, parent: ApplicationContext | None = None) -> None:
        self.beans = {} if beans is None else beans
        self.parent = parent

    def applied(self, definitions: Sequence[BeanDefinition]) -> tuple[BeanDefinition, ...]:
        """Return *definitions* with the changes made.

        Raises:
            MissingBeanError: nothing is defined that a bean could stand for.
            AmbiguousBeanError: several are.
        """
        known = (*self._inherited(definitions), *definitions)
        index = Index(known)
        given = {self._meant(index, key): bean for key, bean in self.beans.items()}
        changed = {old: _standing_in(old, bean) for old, bean in given.items()}
        owned = (changed.get(entry, entry) for entry in known)
        return tuple(replace(entry, owner=changed[entry.owner]) if entry.owner in changed else entry for entry in owned)

    def _meant(self, index: Index, key: Any) -> BeanDefinition:
        if isinstance(key, str):
            if key not in index.by_name:
                raise MissingBeanError(f"named '{key}'", near=[shown(entry) for entry in index.definitions[:5]])
            return index.by_name[key]
        found = index.choose(BeanKey(key))
        if not found:
            raise MissingBeanError(str(BeanKey(key)), near=index.near(BeanKey(key)))
        if len(found) > 1:
            raise AmbiguousBeanError(str(BeanKey(key)), [shown(entry) for entry in found])
        return found[0]

    def _inherited(self, definitions: Sequence[BeanDefinition]) -> Iterator[BeanDefinition]:
        """Iterate over the parent's beans, except those whose name is taken here."""
        if self.parent is None:
            return
        own = {definition.name for definition in definitions}
        yield from (inherited(entry) for entry in self.parent.graph.index.definitions if entry.name not in own)


def _standing_in(old: BeanDefinition, bean: object) -> BeanDefinition:
    return replace(
        old, factory=lambda: bean, making=Making.INSTANCE, owner=None, scope=Scope.SINGLETON, depends_on=(), prefix=None, inherited=None
    )
