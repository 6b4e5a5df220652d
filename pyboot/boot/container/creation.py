"""Creation: one bean after the other is made in the graph's order, finished, and entered for its teardown."""

import asyncio
import inspect
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from pyboot.boot.errors import BeanCreationError, BeanNotReadyError, BootError
from pyboot.boot.graph.build import Edge, Graph
from pyboot.boot.graph.compile import FactoryCompiler, Make
from pyboot.boot.graph.request import DEFERRED, Kind
from pyboot.boot.model.definition import BeanDefinition, Making
from pyboot.boot.model.generic import get_origin, spell
from pyboot.boot.model.interception import BeanPostProcessor
from pyboot.boot.model.scope import Scope

from .callbacks import endings, has_async_start, post_constructs
from .deferred import DeferredBean, RememberedBean
from .parent import Parent
from .scopes import ScopeStore
from .teardown import Callback, Teardown
from .weaving import is_woven, weave

if TYPE_CHECKING:
    from .providers import Provided

_AWAITED = (Making.COROUTINE, Making.ASYNC_GENERATOR)
_END = object()


class Creator:
    """Makes the beans of a graph. ``beans`` holds the singletons that are there."""

    def __init__(
        self,
        graph: Graph,
        teardown: Teardown,
        processors: Iterable[BeanPostProcessor] = (),
        on_singleton: Callable[[BeanDefinition, Any], None] = lambda definition, bean: None,
        parent: Parent | None = None,
    ) -> None:
        self.graph = graph
        self.teardown = teardown
        self._on_singleton = on_singleton
        self._parent = parent
        self.beans: dict[BeanDefinition, object] = {}
        self.awaited = self._awaited()
        self._processors = list(processors)
        self.compiler = FactoryCompiler(graph, self.get, self._slow, self._is_plain, self.deferred, failure)
        self._awaited_in: dict[str, tuple[BeanDefinition, ...]] = {}
        self._locks: dict[BeanDefinition, threading.RLock] = {}
        self._building: dict[BeanDefinition, asyncio.Task[object]] = {}

    def _awaited(self) -> frozenset[BeanDefinition]:
        """The definitions whose making awaits something, themselves or by a prototype that is made with them."""
        found: set[BeanDefinition] = set()
        for definition in self.graph.order:
            parts = (target for target in self.graph.needs(definition) if _is_made_with_its_owner(target))
            if self._is_awaited_itself(definition) or any(target in found for target in parts):
                found.add(definition)
        return frozenset(found)

    def _is_awaited_itself(self, definition: BeanDefinition) -> bool:
        if definition.inherited is not None and self._parent is not None:
            return self._parent.is_awaited(definition.inherited, definition.scope)
        return definition.making in _AWAITED or has_async_start(_class_of(definition))

    def awaited_in(self, scope: str) -> tuple[BeanDefinition, ...]:
        """Return the definitions of *scope* whose making awaits something, in order; worked out once, asked for each store."""
        found = self._awaited_in.get(scope)
        if found is None:
            found = tuple(entry for entry in self.graph.order if entry.scope == scope and entry in self.awaited)
            self._awaited_in[scope] = found
        return found

    def is_awaited(self, definition: BeanDefinition, scope: str) -> bool:
        """Whether *definition* can be had by :meth:`aget` only, where its store of *scope* is a new one."""
        if definition in self.awaited and definition not in self.beans:
            return True
        return any(needed in self.awaited for needed in self._missing(definition, ScopeStore(scope)))

    def eager(self) -> tuple[BeanDefinition, ...]:
        """Return the singletons to make at the start, in order: all but the lazy ones that nobody eager needs.

        Post-processors, and what they need, come before the others.
        """
        first = self._closure(lambda entry: issubclass(_class_of(entry), BeanPostProcessor))
        others = self._closure(lambda entry: entry.scope == Scope.SINGLETON and not entry.lazy)
        ordered = sorted((entry for entry in self.graph.order if entry in first | others), key=lambda entry: entry not in first)
        return tuple(entry for entry in ordered if entry.scope == Scope.SINGLETON and entry.inherited is None)

    def _closure(self, is_wanted: Callable[[BeanDefinition], bool]) -> set[BeanDefinition]:
        """The wanted definitions and everything they need."""
        found: set[BeanDefinition] = set()
        for definition in reversed(self.graph.order):
            if definition in found or is_wanted(definition):
                found.add(definition)
                found.update(self.graph.needs(definition))
        return found

    @cached_property
    def providers(self) -> "Mapping[BeanDefinition, Provided]":
        """One provider for each bean: it gives a singleton that is there, and asks for the others each time."""
        from .providers import call, value  # the library imports pydantic-settings and yaml: a start that asks for no provider goes without

        return {entry: value(self.beans[entry]) if entry in self.beans else call(partial(self.get, entry)) for entry in self.graph.order}

    async def acreate(self, definition: BeanDefinition) -> object:
        """Make the singleton *definition*, whose needs are there, awaiting it where its factory is asynchronous."""
        bean = await self.amake(definition, None) if definition in self.awaited else self.make(definition, None)
        self.beans[definition] = bean
        self._on_singleton(definition, bean)
        return bean

    def get(self, definition: BeanDefinition, store: ScopeStore | None = None) -> Any:
        """Return the bean of *definition*, making it if need be.

        Raises:
            BeanNotReadyError: it is made asynchronously and not there yet, or it lives in a store and none was given.
        """
        if definition.inherited is not None and self._parent is not None:
            return self._parent.bean(definition.inherited, store)
        if definition.scope == Scope.SINGLETON:
            if definition in self.beans:
                return self.beans[definition]
            for needed in self._missing(definition):
                self._make_once(needed)
            return self.beans[definition]
        if definition.scope == Scope.PROTOTYPE:
            return self.compiler.factory(definition)(store)
        if store is None or store.scope != definition.scope:
            raise BeanNotReadyError(definition.name, definition.scope)
        return store.beans[definition] if definition in store.beans else self.make(definition, store)

    async def aget(self, definition: BeanDefinition, store: ScopeStore | None = None) -> Any:
        """Return the bean of *definition*, awaiting its making; callers of a shared bean wait for one making.

        A cancelled caller leaves the making of a shared bean to go on.
        """
        if definition.inherited is not None and self._parent is not None:
            return await self._parent.abean(definition.inherited, store)
        for needed in self._missing(definition, store):
            if needed.scope != Scope.SINGLETON:
                await self.amake(needed, store)
                continue
            if needed not in self._building:
                self._building[needed] = asyncio.ensure_future(self._build(needed))
            await asyncio.shield(self._building[needed])
        if definition.scope == Scope.PROTOTYPE and definition in self.awaited:
            return await self.amake(definition, store)
        return self.get(definition, store)

    async def _build(self, definition: BeanDefinition) -> object:
        try:
            if definition in self.awaited:
                return await self.acreate(definition)
            return self._make_once(definition)
        finally:
            del self._building[definition]

    def _missing(self, definition: BeanDefinition, store: ScopeStore | None = None) -> list[BeanDefinition]:
        """What is not there yet among *definition* and its needs, and theirs: singletons, and awaited beans of *store*, in order."""
        wanted, waiting = {definition}, [definition]
        while waiting:
            for needed in self.graph.needs(waiting.pop()):
                if needed not in self.beans and needed not in wanted:
                    wanted.add(needed)
                    waiting.append(needed)
        missing = {entry for entry in wanted if self._is_missing(entry, store)}
        return list(missing) if len(missing) < 2 else [entry for entry in self.graph.order if entry in missing]

    def _is_missing(self, definition: BeanDefinition, store: ScopeStore | None) -> bool:
        if definition.inherited is not None:
            return False
        if definition.scope == Scope.SINGLETON:
            return definition not in self.beans
        return store is not None and store.scope == definition.scope and definition in self.awaited and definition not in store.beans

    def _make_once(self, definition: BeanDefinition) -> object:
        """Make a lazy singleton, once, whichever threads ask. The lock is its own: one lock for all could deadlock."""
        with self._locks.setdefault(definition, threading.RLock()):
            if definition not in self.beans:
                bean = self.beans[definition] = self.make(definition, None)
                self._on_singleton(definition, bean)
            return self.beans[definition]

    def make(self, definition: BeanDefinition, store: ScopeStore | None) -> object:
        """Make a bean without awaiting.

        Raises:
            BeanCreationError: its factory raised.
            BeanNotReadyError: its making has to be awaited.
        """
        if definition in self.awaited:
            raise BeanNotReadyError(definition.name)
        try:
            arguments, by_name = self._arguments(definition, store, {})
            bean = definition.factory(*arguments, **by_name)
            if definition.making is Making.INSTANCE:
                return bean
            if definition.making is Making.GENERATOR:
                bean = self._entered(definition, bean, store)
            weave(bean)
            for name in post_constructs(type(bean)):
                getattr(bean, name)()
            return self._kept(definition, bean, store)
        except Exception as error:
            raise failure(definition, error) from error

    async def amake(self, definition: BeanDefinition, store: ScopeStore | None) -> object:
        """Make a bean, awaiting its factory and its ``@PostConstruct`` methods where they are asynchronous.

        Raises:
            BeanCreationError: its factory raised.
        """
        try:
            ready = {target: await self.aget(target, store) for target in self.graph.needs(definition) if self._is_awaited_late(target)}
            arguments, by_name = self._arguments(definition, store, ready)
            bean: Any = definition.factory(*arguments, **by_name)
            if definition.making is Making.COROUTINE:
                bean = await bean
            elif definition.making is Making.ASYNC_GENERATOR:
                bean = await self._aentered(definition, bean, store)
            elif definition.making is Making.GENERATOR:
                bean = self._entered(definition, bean, store)
            weave(bean)
            for name in post_constructs(type(bean)):
                result = getattr(bean, name)()
                if inspect.iscoroutine(result):
                    await result
            return self._kept(definition, bean, store)
        except Exception as error:
            raise failure(definition, error) from error

    def _is_awaited_late(self, definition: BeanDefinition) -> bool:
        """Whether *definition* is awaited, and not before what needs it is made."""
        return definition in self.awaited and (definition.scope != Scope.SINGLETON or definition.inherited is not None)

    def _arguments(
        self, definition: BeanDefinition, store: ScopeStore | None, ready: Mapping[BeanDefinition, object]
    ) -> tuple[list[Any], dict[str, Any]]:
        """What to call the factory of *definition* with; *ready* are short-lived beans that had to be awaited."""
        arguments = [] if definition.owner is None else [self.get(definition.owner)]
        by_name: dict[str, Any] = {}
        for edge in self.graph.edges[definition]:
            handed = self._handed(edge, store, ready)
            if edge.parameter.by_name:
                by_name[edge.parameter.name] = handed
            else:
                arguments.append(handed)
        return arguments, by_name

    def _handed(self, edge: Edge, store: ScopeStore | None, ready: Mapping[BeanDefinition, object]) -> object:
        kind = edge.request.kind
        if kind is Kind.VALUE:
            return edge.value
        if kind in DEFERRED:
            return self.deferred(edge, store)
        beans = [ready[target] if target in ready else self.get(target, store) for target in edge.targets]
        if kind is Kind.ONE:
            return beans[0] if beans else None
        if kind is Kind.MAP:
            return {target.name: bean for target, bean in zip(edge.targets, beans, strict=True)}
        return {Kind.LIST: list, Kind.TUPLE: tuple, Kind.SET: frozenset}[kind](beans)

    def deferred(self, edge: Edge, store: ScopeStore | None = None) -> object:
        """Return the ``Provider`` or ``Lazy`` for *edge*; ``None`` where nobody offers what it would give."""
        if not edge.targets:
            return None
        kind = RememberedBean if edge.request.kind is Kind.LAZY else DeferredBean
        return kind(self, edge.targets[0], store)

    def _entered(self, definition: BeanDefinition, generator: Any, store: ScopeStore | None) -> object:
        bean = next(generator)
        self._at_end(definition, store, lambda: exhaust(generator, definition))
        return bean

    async def _aentered(self, definition: BeanDefinition, generator: Any, store: ScopeStore | None) -> object:
        bean = await anext(generator)
        self._at_end(definition, store, lambda: aexhaust(generator, definition))
        return bean

    def _kept(self, definition: BeanDefinition, bean: Any, store: ScopeStore | None) -> object:
        """Check *bean*, enter what ends it, show it to the processors, and put it into its store."""
        if bean is None:
            raise TypeError(f"its factory returned None, promised was {spell(definition.provides)}")
        for ending in endings(definition, bean) if definition.scope != Scope.PROTOTYPE else ():
            self._at_end(definition, store, ending)
        for processor in self._processors:
            if processor.handles(definition):
                bean = processor.process(bean, definition)
        if isinstance(bean, BeanPostProcessor):
            self._processors.append(bean)
        if store is not None and store.scope == definition.scope:
            store.beans[definition] = bean
        return bean

    def _at_end(self, definition: BeanDefinition, store: ScopeStore | None, ending: Callback) -> None:
        if definition.scope == Scope.SINGLETON:
            self.teardown.add(definition.name, ending)
        elif definition.scope != Scope.PROTOTYPE and store is not None:
            store.on_close(definition.name, ending)

    def _is_plain(self, definition: BeanDefinition) -> bool:
        """Whether calling the factory is all there is to making a bean of *definition*."""
        made = _class_of(definition)
        if definition in self.awaited or post_constructs(made) or is_woven(made):
            return False
        return not any(processor.handles(definition) for processor in self._processors)

    def _slow(self, definition: BeanDefinition) -> Make:
        if definition.scope == Scope.PROTOTYPE and definition.inherited is None:
            return lambda store: self.make(definition, store)
        return lambda store: self.get(definition, store)


def failure(definition: BeanDefinition, error: Exception) -> BootError:
    """Return the error to raise for a factory that raised *error*: the container's own errors pass, with the path noted."""
    if isinstance(error, BeanCreationError):
        return BeanCreationError(error.bean, error.location, error.reason, (*error.path, f"'{definition.name}' ({definition.origin})"))
    if isinstance(error, BootError):
        return error
    return BeanCreationError(definition.name, str(definition.origin), f"{type(error).__name__}: {error}")


def exhaust(generator: Any, definition: BeanDefinition) -> None:
    """Run the teardown part of a generator *definition*."""
    if next(generator, _END) is not _END:
        raise RuntimeError(f"the generator '{definition.name}' yields more than once")


async def aexhaust(generator: Any, definition: BeanDefinition) -> None:
    """Run the teardown part of an asynchronous generator *definition*."""
    if await anext(generator, _END) is not _END:
        raise RuntimeError(f"the generator '{definition.name}' yields more than once")


def _is_made_with_its_owner(definition: BeanDefinition) -> bool:
    """Whether the bean is had when its owner is made: singletons are there by then, but for those that a parent has not made yet."""
    return definition.scope == Scope.PROTOTYPE or (definition.scope == Scope.SINGLETON and definition.inherited is not None)


def _class_of(definition: BeanDefinition) -> type:
    origin = get_origin(definition.provides) or definition.provides
    return origin if isinstance(origin, type) else object
