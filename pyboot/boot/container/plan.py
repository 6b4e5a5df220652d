"""The plan: what a checked graph says about the making of its beans, before any of them is made.

A bean is *awaited* if its making awaits something: its factory is a coroutine or an asynchronous generator, a ``@PostConstruct``
method of the class that it promises is ``async def``, or a prototype that is made with it is awaited. Such a bean is had by ``aget``
alone; once it is there, by ``get`` too. The plan is asked for each creation, so it walks the graph with a stack of its own: a chain of
any length can be planned.
"""

from collections.abc import Callable, Container, Mapping

from pyboot.boot.graph.build import Graph
from pyboot.boot.model.definition import BeanDefinition, Making
from pyboot.boot.model.interception import BeanPostProcessor
from pyboot.boot.model.scope import Scope

from .callbacks import has_async_start
from .parent import Parent
from .scopes import ScopeStore

_AWAITED = (Making.COROUTINE, Making.ASYNC_GENERATOR)


class Plan:
    """Tells which beans of *graph* are awaited, which are made at the start, and which are missing before another can be made."""

    def __init__(self, graph: Graph, parent: Parent | None = None) -> None:
        self._graph = graph
        self._parent = parent
        self._awaited_in: dict[str, tuple[BeanDefinition, ...]] = {}
        awaited: set[BeanDefinition] = set()
        for definition in graph.order:
            if self._is_awaited_itself(definition) or any(part in awaited for part in graph.needs(definition) if _is_made_with_owner(part)):
                awaited.add(definition)
        self.awaited: Container[BeanDefinition] = frozenset(awaited)

    def _is_awaited_itself(self, definition: BeanDefinition) -> bool:
        if definition.inherited is not None and self._parent is not None:
            return self._parent.is_awaited(definition.inherited, definition.scope)
        is_given = definition.making in (Making.INSTANCE, Making.STORE)
        return definition.making in _AWAITED or (not is_given and has_async_start(definition.bean_class))

    def awaited_in(self, scope: str) -> tuple[BeanDefinition, ...]:
        """Return the awaited definitions of *scope* in the order of making; kept, since each store asks for them."""
        found = self._awaited_in.get(scope)
        if found is None:
            found = tuple(entry for entry in self._graph.order if entry.scope == scope and entry in self.awaited)
            self._awaited_in[scope] = found
        return found

    def is_awaited_with_owner(self, definition: BeanDefinition) -> bool:
        """Tell whether *definition* is awaited, and only while what needs it is made: no singleton of ours, which is there by then."""
        return definition in self.awaited and (definition.scope != Scope.SINGLETON or definition.inherited is not None)

    def eager(self) -> tuple[BeanDefinition, ...]:
        """Return the singletons to make at the start, in order: all but the lazy ones that no eager bean needs.

        Post-processors, and what they need, come before the others.
        """
        first = self._closure(lambda entry: issubclass(entry.bean_class, BeanPostProcessor))
        others = self._closure(lambda entry: entry.scope == Scope.SINGLETON and not entry.lazy)
        ordered = sorted((entry for entry in self._graph.order if entry in first | others), key=lambda entry: entry not in first)
        return tuple(entry for entry in ordered if entry.scope == Scope.SINGLETON and entry.inherited is None)

    def _closure(self, is_wanted: Callable[[BeanDefinition], bool]) -> set[BeanDefinition]:
        """Return the wanted definitions and everything they need."""
        found: set[BeanDefinition] = set()
        for definition in reversed(self._graph.order):
            if definition in found or is_wanted(definition):
                found.add(definition)
                found.update(self._graph.needs(definition))
        return found

    def missing(
        self, definition: BeanDefinition, beans: Mapping[BeanDefinition, object], store: ScopeStore | None = None
    ) -> list[BeanDefinition]:
        """Return what has to be made before or as *definition*, in order: singletons that are not in *beans*, awaited beans of *store*."""
        wanted, waiting = {definition}, [definition]
        while waiting:
            for needed in self._graph.needs(waiting.pop()):
                if needed not in beans and needed not in wanted:
                    wanted.add(needed)
                    waiting.append(needed)

        def is_missing(entry: BeanDefinition) -> bool:
            if entry.inherited is not None:
                return False
            if entry.scope == Scope.SINGLETON:
                return entry not in beans
            return store is not None and store.scope == entry.scope and entry in self.awaited and entry not in store.beans

        missing = set(filter(is_missing, wanted))
        return list(missing) if len(missing) < 2 else [entry for entry in self._graph.order if entry in missing]


def _is_made_with_owner(definition: BeanDefinition) -> bool:
    """Tell whether the bean is made while its owner is: a prototype, or a parent's singleton, which may not be there yet."""
    return definition.scope == Scope.PROTOTYPE or (definition.scope == Scope.SINGLETON and definition.inherited is not None)
