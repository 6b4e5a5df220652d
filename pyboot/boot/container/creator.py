"""The creator: gives out the beans of a graph, and makes those that are not there yet.

Making is written once, as a coroutine that suspends only where a bean is awaited, so ``aget`` awaits it and ``get`` runs it in one step
(:func:`_at_once`). The two differ in a :class:`Wait` alone. A request goes three levels down:

1. *get*: what the bean needs and is missing is made first, in the graph's order, so that no chain of constructors is too long for the
   stack (:meth:`~.plan.Plan.missing`);
2. *share*: a bean that many may have is entered in its store, and whoever enters it first makes it; the law of that is in
   :mod:`.creation`. A prototype has no such step, but for one that a ``Lazy`` keeps;
3. *make*: the factory is called, its coroutine or generator gives the bean, interceptors are woven in, ``@PostConstruct`` runs, what ends
   the bean is entered in the store, and the post-processors see it.

What has been made exists, whatever fails after that: a bean whose making fails at the start is ended with its store, which is about to
close; at any other time at once, by whoever made it, since the next attempt makes another one.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from enum import Enum
from functools import cached_property, partial
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from pyboot.boot.errors import BeanNotReadyError, DefinitionError
from pyboot.boot.graph.build import Edge, Graph
from pyboot.boot.graph.request import Kind, is_deferred
from pyboot.boot.model.definition import BeanDefinition, Making
from pyboot.boot.model.generic import spell
from pyboot.boot.model.interception import BeanPostProcessor
from pyboot.boot.model.origin import origin_of
from pyboot.boot.model.scope import Scope

from .callbacks import aexhaust, endings, exhaust, finished, post_constructs
from .compile import FactoryCompiler
from .creation import Creation, running_creation
from .deferred import DeferredBean, RememberedBean
from .failure import failure
from .parent import Parent
from .plan import Plan
from .scopes import ScopeStore
from .teardown import Callback
from .weaving import is_woven, weave, written_class

if TYPE_CHECKING:
    from .providers import Provided

_ABSENT = object()

type OnSingleton = Callable[[BeanDefinition, Any], None]


class Wait(Enum):
    """The ways to wait for a bean that is being made; they differ in whether a cancel of the asker reaches the making."""

    BLOCKING = "the thread of the asker stands still"
    AWAITING = "what is awaited is made by a task of its own, which no cancel of an asker reaches"
    IN_THIS_TASK = "the running task makes the bean, and its cancel reaches the making: the start does so"


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
        self.plan = Plan(graph, parent)
        self._processors = list(processors)
        self.compiler = FactoryCompiler(self)

    def is_awaited(self, definition: BeanDefinition, scope: str) -> bool:
        """Tell whether *definition* can be had by :meth:`aget` only, where its store of *scope* is a new one."""
        awaited = self.plan.awaited
        if definition in awaited and definition not in self.beans:
            return True
        return any(needed in awaited for needed in self.plan.missing(definition, self.beans, ScopeStore(scope)))

    @cached_property
    def providers(self) -> "Mapping[BeanDefinition, Provided]":
        """One provider for each bean: it gives a singleton that is there, and asks for the others each time."""
        from .providers import call  # the library imports pydantic-settings and yaml: a start that asks for no provider goes without

        return {entry: call(partial(self.get, entry)) for entry in self.graph.order}

    async def acreate(self, definition: BeanDefinition) -> None:
        """Make the singleton *definition*, whose needs are there, in the running task; if somebody makes it already, wait."""
        await self._get_shared(definition, None, definition, Wait.IN_THIS_TASK)

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
        return bean if bean is not _ABSENT else _at_once(self._get(definition, store, kept, Wait.BLOCKING), definition)

    async def aget(self, definition: BeanDefinition, store: ScopeStore | None = None, kept: ScopeStore | None = None) -> Any:
        """Return the bean of *definition* as :meth:`get` does, awaiting its making; callers of a shared bean wait for one making.

        A cancelled caller leaves the making of a shared bean to go on.
        """
        if definition.inherited is not None and self._parent is not None and kept is None:
            return await self._parent.abean(definition.inherited, store)
        return await self._get(definition, store, kept, Wait.AWAITING)

    async def _get(self, definition: BeanDefinition, store: ScopeStore | None, kept: ScopeStore | None, wait: Wait) -> Any:
        """Return the bean of *definition*, after everything that it needs and that is missing has been made in order."""
        for needed in self.plan.missing(definition, self.beans, store):
            await self._get_shared(needed, store, definition, wait)
        if definition.scope != Scope.PROTOTYPE or kept is not None:
            return await self._get_shared(definition, store, definition, wait, kept)
        return await self._get_prototype(definition, store, wait)

    async def _get_prototype(self, definition: BeanDefinition, store: ScopeStore | None, wait: Wait) -> Any:
        if not self.store.is_open:
            raise self.store.closed(definition.name)
        if definition in self.plan.awaited and wait is not Wait.BLOCKING:
            return await (self.aget(definition, store) if definition.inherited is not None else self._make(definition, store, wait))
        return self.compiler.factory(definition)(store)

    async def _get_shared(
        self, definition: BeanDefinition, store: ScopeStore | None, asked: BeanDefinition, wait: Wait, kept: ScopeStore | None = None
    ) -> Any:
        """Return the shared bean of *definition*, which is made if need be, for somebody who has asked for *asked*."""
        home, asker = kept or self._home(definition, store), running_creation()
        while (bean := home.beans.get(definition, _ABSENT)) is _ABSENT:
            await self._make_or_wait(definition, store, home, asker, asked, wait)
        return bean

    async def _make_or_wait(
        self,
        definition: BeanDefinition,
        store: ScopeStore | None,
        home: ScopeStore,
        asker: Creation | None,
        asked: BeanDefinition,
        wait: Wait,
    ) -> None:
        """Make the bean, or wait for whoever is making it."""
        if wait is not Wait.BLOCKING and not home.belongs_here():
            return await home.across(self._make_or_wait(definition, store, home, asker, asked, Wait.AWAITING))
        if wait is Wait.BLOCKING and definition in self.plan.awaited:
            home.refuse_circle(definition, asker, asked)
            raise BeanNotReadyError(definition.name)
        entered = home.enter(definition, self.graph, asker, asked)
        if entered is None:
            return None
        creation, is_new = entered
        try:
            if is_new and wait is Wait.AWAITING and definition in self.plan.awaited:
                never_begun = partial(home.abandon, creation, asyncio.CancelledError())
                creation.expect().start(self._create(creation, store, home, wait), never_begun)
            elif is_new:
                return await self._create(creation, store, home, wait)
            if wait is Wait.BLOCKING:
                creation.block()
            else:
                await creation.wait()
        finally:
            creation.let_go(asker)

    async def _create(self, creation: Creation, store: ScopeStore | None, home: ScopeStore, wait: Wait) -> None:
        definition = creation.definition
        token = creation.begin(None if wait is Wait.BLOCKING else asyncio.current_task())
        try:
            is_kept = definition.scope == Scope.PROTOTYPE  # by a Lazy
            bean = await (self._get_prototype if is_kept else self._make)(definition, store, wait)
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
        """Return the store that the bean of *definition* lives in."""
        if definition.scope == Scope.SINGLETON:
            return self.store
        if store is None or store.scope != definition.scope:
            raise BeanNotReadyError(definition.name, definition.scope)
        store.deadline_seconds = self.store.deadline_seconds
        return store

    def make(self, definition: BeanDefinition, store: ScopeStore | None) -> Any:
        """Make a bean without awaiting.

        Raises:
            BeanCreationError: its factory raised.
            BeanNotReadyError: its making has to be awaited.
        """
        if definition in self.plan.awaited:
            raise BeanNotReadyError(definition.name)
        return _at_once(self._make(definition, store, Wait.BLOCKING), definition)

    async def _make(self, definition: BeanDefinition, store: ScopeStore | None, wait: Wait) -> Any:
        """Make a bean of *definition* and finish it; only one that is awaited suspends."""
        ends: list[Callback] = []
        try:
            bean = await self._call_factory(definition, store, ends)
            if definition.making in (Making.INSTANCE, Making.STORE):
                return bean
            _check(definition, bean)
            try:
                await _begin(bean)
            finally:  # it exists, so it is ended, although nobody may be going to have it
                if definition.scope != Scope.PROTOTYPE:  # which belongs to whoever has asked for it
                    ends += [self._home(definition, store).end_with_store(definition, end) for end in endings(definition, bean)]
            return self._post_process(definition, bean)
        except Exception as error:
            failed = failure(definition, error)
            if ends and wait is not Wait.IN_THIS_TASK:
                await self._home(definition, store).end_at_once(definition, ends, failed, is_blocking=wait is Wait.BLOCKING)
            if failed is error:
                raise
            raise failed from error

    async def _call_factory(self, definition: BeanDefinition, store: ScopeStore | None, ends: list[Callback]) -> Any:
        """Return the bean that the factory gives, by its coroutine or generator if it is one; the generator's other half is put into
        *ends*.
        """
        if definition.making is Making.STORE:
            return store
        plan = self.plan
        is_awaited = definition in plan.awaited
        late = [target for target in self.graph.needs(definition) if plan.is_awaited_with_owner(target)] if is_awaited else []
        ready = {target: await self.aget(target, store) for target in late}
        arguments, by_name = self._arguments(definition, store, ready)
        bound = self.graph.bound.get(definition, _ABSENT)
        made: Any = definition.factory(*arguments, **by_name) if bound is _ABSENT else bound
        end: Callback
        match definition.making:
            case Making.COROUTINE:
                return await made
            case Making.GENERATOR:
                bean, end = next(made, _ABSENT), partial(exhaust, made, definition)
            case Making.ASYNC_GENERATOR:
                bean, end = await anext(made, _ABSENT), partial(aexhaust, made, definition)
            case _:
                return made
        if bean is _ABSENT:
            raise TypeError("its generator has ended without yielding it")
        ends.append(self._home(definition, store).end_with_store(definition, end))
        return bean

    def _arguments(
        self, definition: BeanDefinition, store: ScopeStore | None, ready: Mapping[BeanDefinition, object]
    ) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments for the factory of *definition*; *ready* are the short-lived beans that had to be awaited."""
        arguments = [] if definition.owner is None else [self.get(definition.owner)]
        by_name: dict[str, Any] = {}
        for edge in self.graph.edges[definition]:
            handed = self._argument(edge, store, ready)
            if edge.parameter.by_name:
                by_name[edge.parameter.name] = handed
            else:
                arguments.append(handed)
        return arguments, by_name

    def _argument(self, edge: Edge, store: ScopeStore | None, ready: Mapping[BeanDefinition, object]) -> object:
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

    def _post_process(self, definition: BeanDefinition, bean: Any) -> Any:
        """Return what the post-processors make of *bean*; one that is a post-processor itself sees what is made from now on."""
        made = written_class(bean)
        known = definition if made is definition.bean_class else replace(definition, provides=made)
        for processor in self._processors:
            if processor.handles(definition) or (known is not definition and processor.handles(known)):
                bean = _processed_by(processor, bean, definition)
        if isinstance(bean, BeanPostProcessor):
            self._processors.append(bean)
            self.compiler = FactoryCompiler(self)  # what was compiled before knows nothing of it
        return bean

    def finish(self, definition: BeanDefinition, bean: Any) -> Any:
        """Finish a prototype whose class is another than the promised one: do what the promised class did not tell of."""
        if type(bean) is definition.bean_class:
            return bean
        _check(definition, bean)
        _at_once(_begin(bean), definition)
        return self._post_process(definition, bean)

    def needs_call_only(self, definition: BeanDefinition) -> bool:
        """Tell whether calling the factory is all that making a bean of *definition* takes."""
        made = definition.bean_class
        if definition in self.plan.awaited or post_constructs(made) or is_woven(made):
            return False
        return not any(processor.handles(definition) for processor in self._processors)


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


def _check(definition: BeanDefinition, bean: Any) -> None:
    """Refuse an object that is no bean.

    Raises:
        TypeError: it is ``None`` or a coroutine.
    """
    if bean is None:
        raise TypeError(f"its factory returned None, promised was {spell(definition.provides)}")
    if type(bean) is CoroutineType:
        bean.close()
        raise TypeError(f"its factory returned a coroutine, promised was {spell(definition.provides)}: a decorator hides its 'async def'")


async def _begin(bean: Any) -> None:
    """Weave what surrounds its methods into *bean*, and call its ``@PostConstruct`` methods."""
    weave(bean)
    for name in post_constructs(type(bean)):
        await finished(getattr(bean, name)())


def _processed_by(processor: BeanPostProcessor, bean: Any, definition: BeanDefinition) -> Any:
    """Return what *processor* wants to stand for *bean*.

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
