"""ApplicationContext: the beans of a running application, found by type and name."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from pyboot.boot.config.environment import Environment
from pyboot.boot.discovery.report import ConditionReport
from pyboot.boot.errors import AmbiguousBeanError, BeanCreationError, ClosedContextError, MissingBeanError
from pyboot.boot.graph.build import Graph, needed_by
from pyboot.boot.graph.index import shown
from pyboot.boot.graph.request import Kind, request_of
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.generic import Hint, spell
from pyboot.boot.model.hints import Parameter
from pyboot.boot.model.interception import BeanPostProcessor
from pyboot.boot.model.key import BeanKey
from pyboot.boot.model.method import labelled_methods
from pyboot.boot.model.scope import Scope
from pyboot.boot.model.task import EventListenerLabel
from pyboot.boot.model.timeline import StartupTimeline

from .breakable import in_time
from .callbacks import Step, finished, take
from .compile import Make
from .creation import LOCK
from .creator import Creator
from .events import EventBus
from .scopes import ScopeStore
from .teardown import undo

if TYPE_CHECKING:
    from .providers import Provided

type Watcher = Callable[[BeanDefinition, object], None]


class ApplicationContext:
    """Makes the beans of a checked graph at :meth:`refresh`, gives them out, and destroys them at :meth:`aclose`.

    It belongs to the event loop that it was refreshed in. What it does not define itself, it gives out of its *parent*.
    """

    def __init__(self, environment: Environment, report: ConditionReport, parent: "ApplicationContext | None" = None) -> None:
        self.environment = environment
        self.report = report
        self.parent = parent
        self.events: EventBus = EventBus(None if parent is None else parent.events)
        self._store = ScopeStore(Scope.SINGLETON)
        self._heard_for: set[BeanDefinition] = set()
        self._watchers: list[tuple[Watcher, Mapping[BeanDefinition, object]]] = []
        self._creator: Creator | None = None
        self._found: dict[Any, Any] = {}
        self._makers: dict[Any, Make] = {}

    async def refresh(
        self,
        graph: Graph,
        *,
        processors: Iterable[BeanPostProcessor] = (),
        timeline: StartupTimeline | None = None,
        deadline_seconds: float | None = None,
        step: Step = take,
    ) -> None:
        """Make all eager singletons of *graph* in its order. If one fails, those made before it are destroyed again.

        Args:
            graph: a checked graph.
            processors: what sees every bean, before the post-processors among the beans.
            timeline: where the time of each making is noted.
            deadline_seconds: how long each making may take.
            step: takes each making as a step; raises if there is to be none any more.

        Raises:
            BeanCreationError: a factory raised, or took too long.
        """
        self._store.loop = asyncio.get_running_loop()
        creator = self._creator = Creator(graph, self._store, processors, self._subscribe, self._tell, self.parent)
        timeline = timeline or StartupTimeline()
        try:
            for definition in creator.plan.eager():
                with timeline.step(f"bean {definition.name}"):
                    await step(f"making the bean '{definition.name}'", partial(_made, creator, definition, deadline_seconds))
                self._makers.clear()  # it may be a post-processor, which sees the prototypes that are made from now on
            self._subscribe_lazy(creator)
        except BaseException as error:
            await undo(error, self.aclose)
            raise

    def end_within(self, seconds: float | None) -> None:
        """Bound the ending of each bean."""
        self._store.deadline_seconds = seconds

    def watch(self, watcher: Watcher) -> Mapping[BeanDefinition, object]:
        """Call *watcher* with each singleton that is made from now on, in whichever thread; return those that are there.

        Every singleton is either told or returned, and none is both.
        """
        with LOCK:
            there = dict(self._store.beans)
            self._watchers.append((watcher, there))
        return there

    def _subscribe(self, definition: BeanDefinition, bean: object) -> None:
        if not self._is_first_to_hear(definition):
            return
        for name in labelled_methods(type(bean), EventListenerLabel):
            self.events.subscribe(getattr(bean, name), getattr(type(bean), name))

    def _subscribe_lazy(self, creator: Creator) -> None:
        """Let the first event that a lazy bean listens to make the bean."""
        for definition in creator.graph.index.definitions:
            kind = definition.bean_class
            names = labelled_methods(kind, EventListenerLabel) if definition.inherited is None else ()
            if not names or not self._is_first_to_hear(definition):
                continue
            for name in names:
                self.events.subscribe(partial(self._hear, definition, name), getattr(kind, name), definition.provides)

    def _is_first_to_hear(self, definition: BeanDefinition) -> bool:
        """Tell whether the listeners of *definition* are to be subscribed now: once, even if another thread makes the bean meanwhile."""
        with LOCK:
            is_first = definition not in self._heard_for
            self._heard_for.add(definition)
        return is_first

    async def _hear(self, definition: BeanDefinition, name: str, *event: object) -> Any:
        bean = await self.abean(definition)
        heard = getattr(bean, name)(*event)
        return None if isinstance(heard, asyncio.Future) else await finished(heard)  # of an @Async method, which runs by itself

    def _tell(self, definition: BeanDefinition, bean: object) -> None:
        for watcher, there in tuple(self._watchers):
            if definition not in there:
                watcher(definition, bean)

    @property
    def graph(self) -> Graph:
        """The checked graph."""
        return self._open("its graph").graph

    def get[T](self, kind: type[T], name: str | None = None, *, store: ScopeStore | None = None) -> T:
        """Return the bean of type *kind*, the one called or qualified *name* where it is given.

        Args:
            kind: a class, or any hint that a parameter could have.
            name: a bean's name or qualifier.
            store: where beans of a narrower scope live.

        Raises:
            MissingBeanError: there is none.
            AmbiguousBeanError: there are several, and none is primary.
            BeanNotReadyError: it is lazy and made asynchronously; await :meth:`aget`.
        """
        # hot path: one dict hit for a singleton, one more and its compiled factory for a prototype (bench/test_container_resolve)
        if name is None and store is None:
            try:
                return self._found[kind]  # type: ignore[no-any-return]  # what is kept under a type is one
            except KeyError:
                pass  # go on outside, so that what is raised there does not carry a KeyError along
            make = self._makers.get(kind)
            return self._look_up(kind) if make is None else make(None)  # type: ignore[no-any-return]  # as above
        return self._maker(kind, name)(store)  # type: ignore[no-any-return]  # as above

    def _look_up(self, kind: Hint) -> Any:
        """Answer for a type that is asked for the first time, and remember how."""
        found, makers = self._found, self._makers  # a closing puts others in their place: nothing is remembered beyond it
        make = self._maker(kind, None)
        bean = make(None)
        if not self.is_open:
            return bean
        if self.definition(kind).scope == Scope.SINGLETON:
            found[kind] = bean
        else:
            makers[kind] = make
        return bean

    def _maker(self, kind: Hint, name: str | None) -> Make:
        creator = self._open(spell(kind))
        definition = self.definition(kind, name)
        is_new = definition.scope == Scope.PROTOTYPE and self.is_open  # a closing makes no prototypes either: `creator.get` says so
        return creator.compiler.factory(definition) if is_new else partial(creator.get, definition)

    async def aget[T](self, kind: type[T], name: str | None = None, *, store: ScopeStore | None = None) -> T:
        """Return the bean of type *kind* as :meth:`get` does, awaiting its making. A cancel does not disturb a shared making."""
        bean: T = await self._open(spell(kind)).aget(self.definition(kind, name), store)
        return bean

    def get_all[T](self, kind: type[T]) -> tuple[T, ...]:
        """Return all beans of type *kind*, those of a parent included, in the order of ``@Order``, then of definition."""
        creator = self._open(spell(kind))
        return tuple(creator.get(definition) for definition in creator.graph.index.offering(BeanKey(kind)))

    def find[T](self, kind: type[T], name: str | None = None) -> T | None:
        """Return the bean of type *kind*, or ``None`` where there is none.

        Raises:
            AmbiguousBeanError: there are several, and none is primary.
        """
        return self.get(kind, name) if self._candidates(kind, name)[1] else None

    def definition(self, kind: Hint, name: str | None = None) -> BeanDefinition:
        """Return the definition of the bean that :meth:`get` would give.

        Raises:
            MissingBeanError: there is none.
            AmbiguousBeanError: there are several, and none is primary.
        """
        key, found = self._candidates(kind, name)
        if not found:
            raise MissingBeanError(str(key), near=self.graph.index.near(key))
        if len(found) > 1:
            raise AmbiguousBeanError(str(key), [shown(entry) for entry in found])
        return found[0]

    def _candidates(self, kind: Hint, name: str | None) -> tuple[BeanKey, Sequence[BeanDefinition]]:
        index = self._open(spell(kind)).graph.index
        request = request_of(Parameter("", kind))
        key = BeanKey(request.key.hint if request.kind is Kind.ONE else request.whole, name or request.key.qualifier)
        return key, index.choose(key)

    def definitions(self, kind: type[object]) -> tuple[BeanDefinition, ...]:
        """Return the definitions whose class or function carries a label of *kind*, in order; those of a parent are its own business."""
        found = [entry for entry in self.graph.index.definitions if entry.inherited is None and entry.labels(kind)]
        return tuple(sorted(found, key=lambda definition: definition.order))

    def factory(self, definition: BeanDefinition) -> Callable[[ScopeStore | None], Any]:
        """Return a function that makes the bean of *definition*: generated code, as fast as calling the constructors by hand.

        It takes the scope store that beans of its scope live in, or ``None`` where none is needed. Where lazy beans have to be awaited
        first, it is generated when they are there.
        """
        creator = self._open(definition.name)
        if not self.is_open:
            return partial(creator.get, definition)
        if creator.is_awaited(definition, Scope.CHANNEL):
            return lambda store: creator.compiler.factory(definition)(store)
        return creator.compiler.factory(definition)

    def bean(self, definition: BeanDefinition, store: ScopeStore | None = None) -> Any:
        """Return the bean of *definition*."""
        return self._open(definition.name).get(definition, store)

    async def abean(self, definition: BeanDefinition, store: ScopeStore | None = None) -> Any:
        """Return the bean of *definition*, awaiting its making, and that of what it needs and *store* has not yet."""
        return await self._open(definition.name).aget(definition, store)

    def is_awaited(self, definition: BeanDefinition, scope: str = Scope.CHANNEL) -> bool:
        """Tell whether only :meth:`abean` gives the bean of *definition*, since it, or a bean that it needs of a new store, is awaited."""
        return self._open(definition.name).is_awaited(definition, scope)

    @asynccontextmanager
    async def scope(self, name: str = Scope.CHANNEL) -> AsyncIterator[ScopeStore]:
        """Open a store for beans of the scope *name* for the time of the block.

        Beans of that scope that are made asynchronously are made at once, so that all others can be had without waiting.
        """
        store = ScopeStore(name)
        try:
            await self.fill(store)
            yield store
        finally:
            await store.aclose()

    async def fill(self, store: ScopeStore) -> None:
        """Make those beans of the scope of *store* that have to be awaited."""
        creator = self._open(f"the scope {store.scope}")
        for definition in creator.plan.awaited_in(store.scope):
            await creator.aget(definition, store)

    @property
    def singletons(self) -> Mapping[BeanDefinition, object]:
        """The singletons that have been made here by now, in the order of their making; none of a parent."""
        return dict(self._open("its beans").beans)  # other threads may make more of them

    @property
    def providers(self) -> "Mapping[BeanDefinition, Provided]":
        """The provider of each bean, made when first asked for, for programs that use the library below directly."""
        return self._open("its providers").providers

    async def publish(self, event: object) -> None:
        """Hand *event* to the ``@EventListener`` methods of its type, one after the other, and then to those of the parent."""
        await self.events.publish(event)

    async def announce(self, event: object, seconds: float | None) -> None:
        """Publish *event* as a step of the end: each listener has *seconds*, and none is kept from hearing it.

        Raises:
            ExceptionGroup: some of them failed.
        """
        await self.events.announce(event, seconds)

    async def aclose(self) -> None:
        """Destroy the beans in exact reverse of their making. Closing again does nothing.

        From its beginning no bean is made; what is there can be had until its own end, by a ``@PreDestroy`` method for one.

        Raises:
            ExceptionGroup: some could not be destroyed; the others were all the same.
        """
        self._store.shutdown()
        self._found, self._makers = {}, {}
        try:
            await self._store.aclose()
        finally:
            self._creator = None
            self._watchers.clear()
            self.events.clear()

    @property
    def is_open(self) -> bool:
        """Tell whether beans can be made."""
        return self._creator is not None and self._store.is_open

    def _open(self, wanted: str) -> Creator:
        if self._creator is None:
            raise ClosedContextError(wanted)
        return self._creator


async def _made(creator: Creator, definition: BeanDefinition, seconds: float | None) -> None:
    try:
        await in_time(creator.acreate(definition), f"making the bean '{definition.name}'", asyncio.timeout(seconds))
    except TimeoutError as error:
        reason = f"it was not made within {seconds} s (pyboot.lifecycle.start-timeout)"
        path = tuple(needed_by(creator.graph, definition))
        raise BeanCreationError(definition.name, str(definition.origin), reason, path) from error
    except BeanCreationError as error:
        error.path = (*error.path, *needed_by(creator.graph, definition))
        raise
