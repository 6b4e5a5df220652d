"""The context: beans by type and name, made in order, destroyed in reverse."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Generic, TypeVar

import pytest

from pyboot.boot import (
    ApplicationContext,
    Bean,
    Component,
    Configuration,
    DependsOn,
    EventListener,
    Import,
    Lazy,
    Order,
    PostConstruct,
    PreDestroy,
    Primary,
    Provider,
    PyBootApplication,
    Qualifier,
    Scope,
    ScopeStore,
    prepare,
)
from pyboot.boot.errors import AmbiguousBeanError, BeanCreationError, BeanNotReadyError, ClosedContextError, MissingBeanError

T = TypeVar("T")


async def refreshed(*targets: object) -> ApplicationContext:
    """The context of an application that imports *targets*."""

    @Import(*targets)
    @PyBootApplication
    class App: ...

    blueprint = prepare(App)
    await blueprint.context.refresh(blueprint.graph)
    return blueprint.context


class Cache: ...


@Order(2)
@Component
class Disk(Cache): ...


@Order(1)
@Component
class Memory(Cache): ...


async def test_beans_are_found_by_type_name_and_collection() -> None:
    """``get``, ``find`` and ``get_all``."""
    context = await refreshed(Disk, Memory)

    assert isinstance(context.get(Disk), Disk)
    assert context.get(Cache, "disk") is context.get(Disk)
    assert context.find(str) is None
    assert (context.get(Memory), context.get(Disk)) == context.get_all(Cache)


async def test_what_is_missing_or_ambiguous_is_said_with_candidates() -> None:
    """Also when asked at run time."""
    context = await refreshed(Disk, Memory)

    with pytest.raises(MissingBeanError, match="str") as raised:
        context.get(str)
    assert raised.value.__context__ is None
    with pytest.raises(AmbiguousBeanError, match="'disk' of type Disk"):
        context.get(Cache)


async def test_a_hint_works_where_a_class_does() -> None:
    """Qualifiers and generics."""

    class Store(Generic[T]): ...

    @Component
    class Ints(Store[int]): ...

    @Component
    class Texts(Store[str]): ...

    context = await refreshed(Ints, Texts, Disk, Memory)

    assert isinstance(context.get(Store[int]), Ints)
    assert isinstance(context.get(Annotated[Cache, Qualifier("disk")]), Disk)  # type: ignore[arg-type]  # a hint is not yet a type for checkers


async def test_a_singleton_is_one_and_a_prototype_is_many() -> None:
    """The scopes' first rule."""

    @Scope(Scope.PROTOTYPE)
    @Component
    class Many: ...

    context = await refreshed(Disk, Many)

    assert context.get(Disk) is context.get(Disk)
    assert context.get(Many) is not context.get(Many)


async def test_every_way_of_making_and_ending_works() -> None:
    """``def``, ``async def``, generators of both kinds; what follows the yield runs in reverse order."""
    log: list[str] = []

    class One: ...

    class Two: ...

    class Three: ...

    class Four: ...

    @Configuration
    class Setup:
        @Bean
        def one(self) -> One:
            log.append("one")
            return One()

        @Bean
        async def two(self, one: One) -> Two:
            await asyncio.sleep(0)
            log.append("two")
            return Two()

        @Bean
        def three(self, two: Two) -> Iterator[Three]:
            log.append("three")
            yield Three()
            log.append("end three")

        @Bean
        async def four(self, three: Three) -> AsyncIterator[Four]:
            log.append("four")
            yield Four()
            log.append("end four")

    context = await refreshed(Setup)
    assert isinstance(context.get(Four), Four)
    await context.aclose()

    assert ["one", "two", "three", "four", "end four", "end three"] == log


async def test_callbacks_run_after_making_and_before_the_end() -> None:
    """Plain or asynchronous; a closing method is found where nothing is labelled."""
    log: list[str] = []

    @Component
    class Labelled:
        @PostConstruct
        async def begin(self) -> None:
            log.append("begin")

        @PreDestroy
        def end(self) -> None:
            log.append("end")

        def close(self) -> None:
            log.append("never: @PreDestroy is there")

    @Component
    class Closing:
        def __init__(self, labelled: Labelled) -> None: ...

        async def aclose(self) -> None:
            log.append("aclose")

        def close(self) -> None:
            log.append("never: aclose is there")

    context = await refreshed(Labelled, Closing)
    await context.aclose()

    assert ["begin", "aclose", "end"] == log


async def test_a_lazy_bean_is_made_at_first_use() -> None:
    """Unless somebody eager needs it."""
    made: list[str] = []

    @Lazy
    @Component
    class Idle:
        def __init__(self) -> None:
            made.append("idle")

    @Lazy
    @Component
    class Needed:
        def __init__(self) -> None:
            made.append("needed")

    @Component
    class Eager:
        def __init__(self, needed: Needed) -> None: ...

    context = await refreshed(Idle, Needed, Eager)
    assert ["needed"] == made
    context.get(Idle)
    context.get(Idle)

    assert ["needed", "idle"] == made


async def test_a_lazy_asynchronous_bean_is_awaited() -> None:
    """Asking for it without waiting is an error that says so; those who wait share one making."""
    made: list[str] = []

    class Link: ...

    @Configuration
    class Setup:
        @Bean
        @Lazy
        async def link(self) -> Link:
            await asyncio.sleep(0)
            made.append("link")
            return Link()

    context = await refreshed(Setup)
    with pytest.raises(BeanNotReadyError, match="'link'"):
        context.get(Link)
    first, second = await asyncio.gather(context.aget(Link), context.aget(Link))

    assert first is second is context.get(Link)
    assert ["link"] == made


async def test_a_cancelled_caller_does_not_cancel_the_making_for_others() -> None:
    """The making is shared and shielded."""
    go = asyncio.Event()

    class Link: ...

    @Configuration
    class Setup:
        @Bean
        @Lazy
        async def link(self) -> Link:
            await go.wait()
            return Link()

    context = await refreshed(Setup)
    first = asyncio.ensure_future(context.aget(Link))
    second = asyncio.ensure_future(context.aget(Link))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    go.set()

    assert isinstance(await second, Link)
    assert first.cancelled()


async def test_providers_and_lazies_ask_later() -> None:
    """A provider each time, a lazy once."""

    @Scope(Scope.PROTOTYPE)
    @Component
    class Many: ...

    @Component
    class User:
        def __init__(self, each: Provider[Many], once: Lazy[Many]) -> None:
            self.each = each
            self.once = once

    user = (await refreshed(Many, User)).get(User)

    assert user.each.get() is not await user.each.aget()
    assert user.once.get() is await user.once.aget()


async def test_a_channel_bean_is_one_for_each_store() -> None:
    """Shared inside a store, destroyed with it, in reverse order."""
    log: list[str] = []

    @Scope(Scope.CHANNEL)
    @Component
    class Session:
        def close(self) -> None:
            log.append("session")

    @Scope(Scope.CHANNEL)
    @Component
    class Tracker:
        def __init__(self, session: Session) -> None:
            self.session = session

        async def aclose(self) -> None:
            log.append("tracker")

    @Scope(Scope.PROTOTYPE)
    @Component
    class Handler:
        def __init__(self, session: Session, tracker: Tracker) -> None:
            self.session = session
            self.tracker = tracker

    context = await refreshed(Session, Tracker, Handler)
    make = context.factory(context.definition(Handler))
    one, other = ScopeStore(), ScopeStore()
    first, second, third = make(one), make(one), make(other)

    assert first.session is second.session is first.tracker.session
    assert first.session is not third.session
    assert [] == log
    await one.aclose()
    assert ["tracker", "session"] == log
    with pytest.raises(BeanNotReadyError):
        context.get(Session)


async def test_definitions_are_found_by_label_in_order() -> None:
    """So that other packages find what they have labelled."""
    context = await refreshed(Disk, Memory)

    assert ["memory", "disk"] == [definition.name for definition in context.definitions(Order)]


async def test_a_failing_constructor_is_reported_with_its_bean_and_place() -> None:
    """And what was made before it is destroyed."""
    log: list[str] = []

    @Component
    class Fine:
        def close(self) -> None:
            log.append("closed")

    @Component
    class Broken:
        def __init__(self, fine: Fine) -> None:
            raise RuntimeError("no disk")

    with pytest.raises(BeanCreationError, match=r"'broken' \(.*test_context\.py:\d+\).*RuntimeError: no disk"):
        await refreshed(Fine, Broken)

    assert ["closed"] == log


async def test_the_path_to_a_failing_bean_is_told() -> None:
    """Who needed it, outwards."""

    @Lazy
    @Component
    class Broken:
        def __init__(self) -> None:
            raise RuntimeError("no disk")

    @Scope(Scope.PROTOTYPE)
    @Component
    class User:
        def __init__(self, broken: Provider[Broken]) -> None:
            broken.get()

    context = await refreshed(Broken, User)
    with pytest.raises(BeanCreationError) as raised:
        await context.aget(User)

    assert ("broken", [f"'user' ({context.definition(User).origin})"]) == (raised.value.bean, list(raised.value.path))


async def test_a_failed_start_names_who_needed_the_bean() -> None:
    """One after the other, up to whom nobody needs; each with its parameter and its place."""

    @Component
    class Pool:
        def __init__(self) -> None:
            raise ConnectionError("no route")

    @Scope(Scope.PROTOTYPE)
    @Component
    class Query:
        def __init__(self, pool: Pool) -> None: ...

    @Component
    class Users:
        def __init__(self, query: Query) -> None: ...

    @DependsOn("users")
    @Component
    class Report: ...

    with pytest.raises(BeanCreationError) as raised:
        await refreshed(Report, Users, Query, Pool)

    place = r"\(\S*test_context\.py:\d+\)"
    expected = [f"Parameter 'pool' of Query {place}", f"Parameter 'query' of Users {place}", f"'report' {place}"]
    assert "pool" == raised.value.bean
    assert 3 == len(raised.value.path)
    assert all(re.fullmatch(pattern, line) for pattern, line in zip(expected, raised.value.path, strict=True))


async def test_a_closed_context_gives_nothing() -> None:
    """Closing twice does nothing."""
    context = await refreshed(Disk)
    await context.aclose()
    await context.aclose()

    with pytest.raises(ClosedContextError, match="Disk"):
        context.get(Disk)


async def test_primary_is_injected_and_found() -> None:
    """The same rule inside and outside."""

    @Primary
    @Component
    class Best(Cache): ...

    @Component
    class User:
        def __init__(self, cache: Cache) -> None:
            self.cache = cache

    context = await refreshed(Disk, Best, User)

    assert context.get(User).cache is context.get(Cache) is context.get(Best)


@pytest.mark.parametrize("is_made_by_function", [False, True])
@pytest.mark.parametrize("is_awaited", [False, True])
async def test_the_first_event_that_a_lazy_bean_listens_to_makes_it(is_made_by_function: bool, is_awaited: bool) -> None:
    """Once, and it hears each event once, whoever asks for it in between."""
    heard: list[object] = []
    made: list[object] = []

    @Lazy
    @Component
    class Sleeper:
        @PostConstruct
        async def ready(self) -> None:
            made.append(self)

        @EventListener
        def hear(self, event: str) -> int:
            heard.append(event)
            return len(heard)

    class Plain:
        def __init__(self) -> None:
            made.append(self)

        hear = Sleeper.hear

    @Lazy
    @Bean
    async def awaited() -> Plain:
        return Plain()

    @Lazy
    @Bean
    def plain() -> Plain:
        return Plain()

    context = await refreshed(
        (awaited if is_awaited else plain) if is_made_by_function else (Sleeper if is_awaited else Component(Lazy(Plain)))
    )
    await context.publish(5)
    assert [] == made
    await context.publish("one")
    await context.aget(Plain if made and isinstance(made[0], Plain) else Sleeper)
    await context.publish("two")

    assert ["one", "two"] == heard
    assert 1 == len(made)


async def test_find_answers_none_for_what_is_not_there_and_nothing_else() -> None:
    """What fails in the making is an error of its own, also if something was missing there."""
    asked: list[ApplicationContext] = []

    class Absent: ...

    @Lazy
    @Component
    class Broken:
        def __init__(self) -> None:
            asked[0].get(Absent)

    context = await refreshed(Broken)
    asked.append(context)

    assert context.find(Absent) is None
    assert context.find(Broken, "other") is None
    with pytest.raises(MissingBeanError):
        context.find(Broken)


async def test_a_collection_of_providers_has_one_for_each_bean() -> None:
    """In the order of the collection, of beans that are made when they are asked for; in singletons and in prototypes."""

    class Cache: ...

    @Lazy
    @Order(2)
    @Component
    class Slow(Cache): ...

    @Lazy
    @Order(1)
    @Component
    class Fast(Cache): ...

    @Component
    class Keeper:
        def __init__(self, all: list[Provider[Cache]], named: dict[str, Lazy[Cache]], several: tuple[Provider[Cache], ...]) -> None:
            self.all, self.named, self.several = all, named, several

    @Scope("prototype")
    @Component
    class Brief(Keeper): ...

    context = await refreshed(Slow, Fast, Keeper, Brief)
    keeper, brief = context.get(Keeper, "keeper"), context.get(Brief)
    assert not any(isinstance(bean, Cache) for bean in context.singletons.values())

    for one in (keeper, brief):
        assert [Fast, Slow] == [type(provider.get()) for provider in one.all]
        assert [Fast, Slow] == [type(provider.get()) for provider in one.several]
        assert {"slow": Slow, "fast": Fast} == {name: type(provider.get()) for name, provider in one.named.items()}


async def test_a_collection_of_beans_has_the_form_that_was_asked_for() -> None:
    """In order, with names in a map; in singletons and in prototypes, and empty where there is none."""

    class Cache: ...

    class Absent: ...

    @Order(2)
    @Component
    class Slow(Cache): ...

    @Order(1)
    @Component
    class Fast(Cache): ...

    @Component
    class Keeper:
        def __init__(
            self,
            listed: list[Cache],
            several: tuple[Cache, ...],
            some: set[Cache],
            frozen: frozenset[Cache],
            by_name: dict[str, Cache],
            none: list[Absent] | None,
            unnamed: dict[str, Absent] | None,
        ) -> None:
            self.given = (listed, several, some, frozen, by_name, none, unnamed)

    @Scope("prototype")
    @Component
    class Brief(Keeper): ...

    context = await refreshed(Slow, Fast, Keeper, Brief)
    fast, slow = context.get(Fast), context.get(Slow)
    expected = ([fast, slow], (fast, slow), {fast, slow}, frozenset({fast, slow}), {"fast": fast, "slow": slow})

    for keeper in (context.get(Keeper, "keeper"), context.get(Brief)):
        *given, none, unnamed = keeper.given
        assert expected == tuple(given)
        assert [list, tuple, frozenset, frozenset, dict] == [type(collection) for collection in given]
        assert ["fast", "slow"] == list(given[-1])
        assert not none
        assert not unnamed


async def test_a_collection_of_providers_breaks_a_circle() -> None:
    """As a provider alone does."""

    class Part: ...

    @Component
    class Whole:
        def __init__(self, parts: list[Provider[Part]]) -> None:
            self.parts = parts

    @Component
    class First(Part):
        def __init__(self, whole: Whole) -> None:
            self.whole = whole

    context = await refreshed(Whole, First)

    assert [context.get(First)] == [provider.get() for provider in context.get(Whole).parts]
