"""The creator: makes one bean after the other, finishes it, and enters it for its teardown.

Making is written once, as a coroutine that suspends where a bean is awaited. ``get`` runs it at once, with waits that block.
Who makes a shared bean and who waits for it is the law in :mod:`.creation`.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from pyboot.boot.errors import BeanNotReadyError, DefinitionError
from pyboot.boot.graph.build import Edge, Graph
from pyboot.boot.graph.request import Kind, is_deferred
from pyboot.boot.model.definition import BeanDefinition, Making
from pyboot.boot.model.generic import get_origin, spell
from pyboot.boot.model.interception import BeanPostProcessor
from pyboot.boot.model.origin import origin_of
from pyboot.boot.model.scope import Scope

from .callbacks import aexhaust, endings, exhaust, finished, has_async_start, post_constructs
from .compile import FactoryCompiler
from .creation import Creation, running_creation
from .deferred import DeferredBean, RememberedBean
from .failure import failure
from .parent import Parent
from .scopes import ScopeStore
from .teardown import Callback
from .weaving import is_woven, weave, written_class

if TYPE_CHECKING:
    from .providers import Provided

_AWAITED = (Making.COROUTINE, Making.ASYNC_GENERATOR)
_ABSENT = object()

type OnSingleton = Callable[[BeanDefinition, Any], None]


class Creator:
    """Makes the beans of a graph; the singletons live in *store*.

    *on_singleton* is called with each of these before anybody has it, *after_singleton* when it can be had.
    """

    def __init__(
        self,
        graph: Graph,
        store: ScopeStore,
        processors: Iterable[BeanPostProcessor] = (),
        on_singleton: OnSingleton = lambda definition, bean: None,
        after_singleton: OnSingleton = lambda definition, bean: None,
        parent: Parent | None = None,
    ) -> None:
        self.graph = graph
        self.store = store
        self.beans = store.beans
        self._on_singleton = on_singleton
        self._after_singleton = after_singleton
        self._parent = parent
        self.awaited = self._awaited()
        self._processors = list(processors)
        self.compiler = FactoryCompiler(self)
        self._awaited_in: dict[str, tuple[BeanDefinition, ...]] = {}

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
        return definition.making in _AWAITED or (definition.making is not Making.INSTANCE and has_async_start(_class_of(definition)))

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
        from .providers import call  # the library imports pydantic-settings and yaml: a start that asks for no provider goes without

        return {entry: call(partial(self.get, entry)) for entry in self.graph.order}

    async def acreate(self, definition: BeanDefinition) -> None:
        """Make the singleton *definition*, whose needs are there, in the running task; if somebody makes it already, wait."""
        await self._shared(definition, None, definition, _awaiting_in_this_task)

    def get(self, definition: BeanDefinition, store: ScopeStore | None = None, kept: ScopeStore | None = None) -> Any:
        """Return the bean of *definition*, making it if need be.

        Args:
            definition: the bean.
            store: where beans of a narrower scope live.
            kept: where a prototype is kept, so that it is made once.

        Raises:
            BeanNotReadyError: it is made asynchronously and not there yet, or it lives in a store and none was given.
            CircularDependencyError: it waits for the bean that is being made where this is called.
            ClosedContextError, ClosedStoreError: the store that it would live in has begun to close.
        """
        if definition.inherited is not None and self._parent is not None and kept is None:
            return self._parent.bean(definition.inherited, store)
        if definition.scope == Scope.PROTOTYPE and kept is None and self.store.is_open:
            return self.compiler.factory(definition)(store)
        home = self.store if store is None or definition.scope == Scope.SINGLETON else store
        bean = home.beans.get(definition, _ABSENT)
        return bean if bean is not _ABSENT else _at_once(self._had(definition, store, kept, _blocking), definition)

    async def aget(self, definition: BeanDefinition, store: ScopeStore | None = None, kept: ScopeStore | None = None) -> Any:
        """Return the bean of *definition* as :meth:`get` does, awaiting its making; callers of a shared bean wait for one making.

        A cancelled caller leaves the making of a shared bean to go on.
        """
        if definition.inherited is not None and self._parent is not None and kept is None:
            return await self._parent.abean(definition.inherited, store)
        return await self._had(definition, store, kept, _awaiting)

    async def _had(self, definition: BeanDefinition, store: ScopeStore | None, kept: ScopeStore | None, wait: "Wait") -> Any:
        """The bean of *definition*, after all singletons and awaited beans that it needs: no chain is too long for it."""
        for needed in self._missing(definition, store):
            await self._shared(needed, store, definition, wait)
        if definition.scope != Scope.PROTOTYPE or kept is not None:
            return await self._shared(definition, store, definition, wait, kept)
        return await self._fresh(definition, store, wait)

    async def _fresh(self, definition: BeanDefinition, store: ScopeStore | None, wait: "Wait") -> Any:
        if not self.store.is_open:
            raise self.store.closed(definition.name)
        if definition in self.awaited and wait is not _blocking:
            return await (self.aget(definition, store) if definition.inherited is not None else self._made(definition, store))
        return self.compiler.factory(definition)(store)

    async def _shared(
        self, definition: BeanDefinition, store: ScopeStore | None, asked: BeanDefinition, wait: "Wait", kept: ScopeStore | None = None
    ) -> Any:
        """The shared bean of *definition*, which somebody wants who has asked for *asked*."""
        home, asker = kept or self._home(definition, store), running_creation()
        while (bean := home.beans.get(definition, _ABSENT)) is _ABSENT:
            await self._attended(definition, store, home, asker, asked, wait)
        return bean

    async def _attended(
        self,
        definition: BeanDefinition,
        store: ScopeStore | None,
        home: ScopeStore,
        asker: Creation | None,
        asked: BeanDefinition,
        wait: "Wait",
    ) -> None:
        """Make the bean, or wait for who does."""
        if wait is not _blocking and not home.belongs_here():
            return await home.across(self._attended(definition, store, home, asker, asked, _awaiting))
        if wait is _blocking and definition in self.awaited:
            home.refuse_circle(definition, asker, asked)
            raise BeanNotReadyError(definition.name)
        entered = home.enter(definition, self.graph, asker, asked)
        if entered is None:
            return None
        creation, is_new = entered
        try:
            if is_new and wait is _awaiting and definition in self.awaited:
                never_begun = partial(home.abandon, creation, asyncio.CancelledError())
                creation.expect().start(self._create(creation, store, home, wait), never_begun)
            elif is_new:
                return await self._create(creation, store, home, wait)
            await wait(creation)
        finally:
            creation.let_go(asker)

    async def _create(self, creation: Creation, store: ScopeStore | None, home: ScopeStore, wait: "Wait") -> None:
        definition = creation.definition
        token = creation.begin(None if wait is _blocking else asyncio.current_task())
        try:
            made = self._fresh(definition, store, wait) if definition.scope == Scope.PROTOTYPE else self._made(definition, store)
            bean = await made
            if home is self.store:
                self._on_singleton(definition, bean)
        except BaseException as error:
            home.abandon(creation, error)
            raise
        finally:
            creation.rest(token)
        home.complete(creation, bean)
        if home is self.store:
            self._after_singleton(definition, bean)

    def _home(self, definition: BeanDefinition, store: ScopeStore | None) -> ScopeStore:
        """Where the bean of *definition* lives."""
        if definition.scope == Scope.SINGLETON:
            return self.store
        if store is None or store.scope != definition.scope:
            raise BeanNotReadyError(definition.name, definition.scope)
        store.deadline_seconds = self.store.deadline_seconds
        return store

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

    def make(self, definition: BeanDefinition, store: ScopeStore | None) -> Any:
        """Make a bean without awaiting.

        Raises:
            BeanCreationError: its factory raised.
            BeanNotReadyError: its making has to be awaited.
        """
        if definition in self.awaited:
            raise BeanNotReadyError(definition.name)
        return _at_once(self._made(definition, store), definition)

    async def _made(self, definition: BeanDefinition, store: ScopeStore | None) -> Any:
        """A new bean of *definition*, finished; only one that is awaited suspends."""
        bean: Any = _ABSENT
        try:
            late = (
                [target for target in self.graph.needs(definition) if self._is_awaited_late(target)] if definition in self.awaited else []
            )
            ready = {target: await self.aget(target, store) for target in late}
            arguments, by_name = self._arguments(definition, store, ready)
            made = self.graph.bound.get(definition, _ABSENT)
            bean = await self._take_made(definition, definition.factory(*arguments, **by_name) if made is _ABSENT else made, store)
            if definition.making is Making.INSTANCE:
                return bean
            await _ready(bean)
        except BaseException as error:
            if bean is not _ABSENT and bean is not None:
                self._end_with(definition, bean, store)  # it exists, so it is ended, although nobody is going to have it
            if isinstance(error, Exception):
                raise failure(definition, error) from error
            raise
        try:
            return self._kept(definition, bean, store)
        except Exception as error:
            raise failure(definition, error) from error

    def _is_awaited_late(self, definition: BeanDefinition) -> bool:
        """Whether *definition* is awaited, and not before what needs it is made."""
        if definition not in self.awaited:
            return False
        return definition.scope != Scope.SINGLETON or definition.inherited is not None

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
        if is_deferred(kind):
            return self.deferred(kind, edge.targets[0], store) if edge.targets else None
        if is_deferred(edge.request.element):
            beans = [self.deferred(edge.request.element, target, store) for target in edge.targets]
        else:
            beans = [ready[target] if target in ready else self.get(target, store) for target in edge.targets]
        if kind is Kind.ONE:
            return beans[0] if beans else None
        if kind is Kind.MAP:
            return {target.key or target.name: bean for target, bean in zip(edge.targets, beans, strict=True)}
        return {Kind.LIST: list, Kind.TUPLE: tuple, Kind.SET: frozenset}[kind](beans)

    def deferred(self, kind: Kind, target: BeanDefinition, store: ScopeStore | None = None) -> object:
        """Return the ``Provider`` or ``Lazy`` of *target*."""
        return (RememberedBean if kind is Kind.LAZY else DeferredBean)(self, target, store)

    async def _take_made(self, definition: BeanDefinition, made: Any, store: ScopeStore | None) -> Any:
        """The bean that a factory has returned, or that its coroutine or generator gives; the generator's other half is its end."""
        match definition.making:
            case Making.COROUTINE:
                return await made
            case Making.GENERATOR:
                bean = _yielded(next(made, _ABSENT))
                self._at_end(definition, store, lambda: exhaust(made, definition))
                return bean
            case Making.ASYNC_GENERATOR:
                bean = _yielded(await anext(made, _ABSENT))
                self._at_end(definition, store, lambda: aexhaust(made, definition))
                return bean
            case _:
                return made

    def _kept(self, definition: BeanDefinition, bean: Any, store: ScopeStore | None) -> Any:
        """Check *bean*, enter what ends it, and show it to the processors."""
        if bean is None:
            raise TypeError(f"its factory returned None, promised was {spell(definition.provides)}")
        if type(bean) is CoroutineType:
            bean.close()
            raise TypeError(
                f"its factory returned a coroutine, promised was {spell(definition.provides)}: a decorator hides its 'async def'"
            )
        self._end_with(definition, bean, store)
        made = written_class(bean)
        known = definition if made is _class_of(definition) else replace(definition, provides=made)
        for processor in self._processors:
            if processor.handles(definition) or (known is not definition and processor.handles(known)):
                bean = _processed(processor, bean, definition)
        if isinstance(bean, BeanPostProcessor):
            self._processors.append(bean)
            self.compiler = FactoryCompiler(self)  # what was compiled before knows nothing of it
        return bean

    def finish(self, definition: BeanDefinition, bean: Any) -> Any:
        """Do for a prototype what the class that is promised did not tell of, if it is of another."""
        if type(bean) is _class_of(definition):
            return bean
        if bean is not None:
            _at_once(_ready(bean), definition)
        return self._kept(definition, bean, None)

    def _end_with(self, definition: BeanDefinition, bean: object, store: ScopeStore | None) -> None:
        for ending in endings(definition, bean) if definition.scope != Scope.PROTOTYPE else ():
            self._at_end(definition, store, ending)

    def _at_end(self, definition: BeanDefinition, store: ScopeStore | None, ending: Callback) -> None:
        if definition.scope != Scope.PROTOTYPE:
            self._home(definition, store).end_with_store(definition, ending)

    def needs_call_only(self, definition: BeanDefinition) -> bool:
        """Whether calling the factory is all there is to making a bean of *definition*."""
        made = _class_of(definition)
        if definition in self.awaited or post_constructs(made) or is_woven(made):
            return False
        return not any(processor.handles(definition) for processor in self._processors)


type Wait = Callable[[Creation], Coroutine[Any, Any, None]]
"""What whoever is not the first does until the bean is there."""


async def _blocking(creation: Creation) -> None:
    creation.block()


async def _awaiting(creation: Creation) -> None:
    await creation.wait()


async def _awaiting_in_this_task(creation: Creation) -> None:
    """As :func:`_awaiting`; whoever is first makes the bean himself, and his cancel reaches it."""
    await creation.wait()


def _at_once(making: Coroutine[Any, Any, Any], definition: BeanDefinition) -> Any:
    """Return what *making* returns without suspending.

    Raises:
        BeanNotReadyError: it suspends: an asynchronous ``@PostConstruct`` which the type that the bean is found by does not show.
    """
    try:
        making.send(None)
    except StopIteration as finish:
        return finish.value
    making.close()
    raise BeanNotReadyError(definition.name)


async def _ready(bean: Any) -> None:
    """Weave what surrounds its methods into *bean*, and call its ``@PostConstruct`` methods."""
    weave(bean)
    for name in post_constructs(type(bean)):
        await finished(getattr(bean, name)())


def _yielded(bean: Any) -> Any:
    if bean is _ABSENT:
        raise TypeError("its generator has ended without yielding it")
    return bean


def _processed(processor: BeanPostProcessor, bean: Any, definition: BeanDefinition) -> Any:
    """What *processor* wants to stand for *bean*.

    Raises:
        DefinitionError: it has returned nothing, or a coroutine.
    """
    shown = processor.process(bean, definition)
    if shown is None or type(shown) is CoroutineType:
        process = type(processor).process
        reason = f"it returned None for '{definition.name}'; return the bean, or what shall stand for it"
        if shown is not None:
            shown.close()
            reason = "it is 'async def', and nobody awaits it: write 'def'"
        raise DefinitionError(process.__qualname__, str(origin_of(process)), reason)
    return shown


def _is_made_with_its_owner(definition: BeanDefinition) -> bool:
    """Whether the bean is had when its owner is made: singletons are there by then, but for those that a parent has not made yet."""
    return definition.scope == Scope.PROTOTYPE or (definition.scope == Scope.SINGLETON and definition.inherited is not None)


def _class_of(definition: BeanDefinition) -> type:
    origin = get_origin(definition.provides) or definition.provides
    return origin if isinstance(origin, type) else object
