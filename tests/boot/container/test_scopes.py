"""Scope stores: what lives as long as a connection."""

import asyncio
import threading
from functools import partial
from typing import Any

import pytest

from pyboot.boot import (
    ApplicationContext,
    Bean,
    Component,
    Configuration,
    Import,
    Lazy,
    PostConstruct,
    PreDestroy,
    Provider,
    PyBootApplication,
    Scope,
    ScopeStore,
    start,
)
from pyboot.boot.errors import BeanCreationError, BeanNotReadyError, CircularDependencyError, ClosedStoreError


async def test_an_empty_store_has_nothing_to_destroy() -> None:
    """Who closes many of them may skip the waiting."""
    store = ScopeStore()

    assert store.is_empty
    await store.aclose()


async def test_a_store_ends_what_it_was_told_to() -> None:
    """Once, in reverse order."""
    log: list[str] = []
    store = ScopeStore()
    store.on_close("one", lambda: log.append("one"))
    store.on_close("two", lambda: log.append("two"))

    assert not store.is_empty
    await store.aclose()
    await store.aclose()

    assert ["two", "one"] == log


class Job: ...


class Link: ...


async def test_a_scope_of_ones_own_is_a_store_of_that_name() -> None:
    """Its asynchronous beans are there when the block begins."""
    log: list[str] = []

    @Configuration
    class Setup:
        @Bean
        @Scope("job")
        async def link(self) -> Link:
            log.append("link")
            return Link()

        @Bean(destroy="")
        @Scope("job")
        def job(self, link: Link) -> Job:
            log.append("job")
            return Job()

    @Import(Setup)
    @PyBootApplication
    class App: ...

    async with start(App) as context, context.scope("job") as store:
        assert ["link"] == log
        assert await context.aget(Job, store=store) is await context.aget(Job, store=store)
        assert context.get(Link, store=store) is context.get(Link, store=store)

    assert ["link", "job"] == log


async def test_what_needs_an_asynchronous_bean_of_a_filled_store_is_made_without_waiting() -> None:
    """A handler of a connection, made by the compiled factory."""

    @Configuration
    class Setup:
        @Bean
        @Scope(Scope.CHANNEL)
        async def link(self) -> Link:
            return Link()

    @Scope(Scope.PROTOTYPE)
    @Component
    class Inner:
        def __init__(self, link: Link) -> None:
            self.link = link

    @Scope(Scope.PROTOTYPE)
    @Component
    class Handler:
        def __init__(self, inner: Inner) -> None:
            self.inner = inner

    @Import(Setup, Inner, Handler)
    @PyBootApplication
    class App: ...

    async with start(App) as context:
        make = context.factory(context.definition(Handler))
        store = ScopeStore()
        with pytest.raises(BeanNotReadyError, match="'link'"):
            make(store)
        await context.fill(store)

        assert make(store).inner.link is context.get(Link, store=store)
        assert isinstance((await context.aget(Handler, store=ScopeStore())).inner.link, Link)


async def test_a_channel_bean_may_ask_for_the_context() -> None:
    """Singletons go into every store."""

    @Scope(Scope.CHANNEL)
    @Component
    class Session:
        def __init__(self, context: ApplicationContext) -> None:
            self.context = context

    @Import(Session)
    @PyBootApplication
    class App: ...

    async with start(App) as context, context.scope() as store:
        assert context is context.get(Session, store=store).context


async def test_g13_a_store_goes_along_where_a_context_variable_would_not() -> None:
    """Into an executor's thread, for example: it is passed, not hidden."""

    @Scope(Scope.CHANNEL)
    @Component
    class Session: ...

    @Import(Session)
    @PyBootApplication
    class App: ...

    async with start(App) as context, context.scope() as store:
        here = context.get(Session, store=store)
        there = await asyncio.get_running_loop().run_in_executor(None, lambda: context.get(Session, store=store))

        assert here is there


async def test_a_singleton_asks_for_a_bean_of_a_store_that_it_names() -> None:
    """By its provider; without a store it is told what is wanted."""

    @Scope("tenant")
    @Component
    class Account: ...

    @Component
    class Bank:
        def __init__(self, account: Provider[Account], known: Lazy[Account]) -> None:
            self.account = account
            self.known = known

    @Import(Account, Bank)
    @PyBootApplication
    class App: ...

    async with start(App) as context:
        bank = context.get(Bank)
        async with context.scope("tenant") as one, context.scope("tenant") as other:
            assert bank.account.get(one) is bank.known.get(one) is context.get(Account, store=one)
            assert bank.known.get(other) is await bank.account.aget(other) is await bank.known.aget(other)
            assert bank.account.get(one) is not bank.account.get(other)
        for provider in (bank.account, bank.known):
            with pytest.raises(BeanNotReadyError, match=r"'account' lives in a store of the scope 'tenant'.*get\(store\)"):
                provider.get()


async def an_ended_loop() -> asyncio.AbstractEventLoop:
    """Return a loop that runs no more."""

    async def here() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    return await asyncio.to_thread(asyncio.run, here())


@pytest.mark.parametrize("loop", ["none", "ended", "running"])
@pytest.mark.parametrize("where", ["on a loop", "in a thread"])
async def test_what_outlives_its_store_is_ended_wherever_it_is_made(loop: str, where: str) -> None:
    """On the loop of the store, on the one that runs there, or on one of its own; a thread cannot run a second loop inside of one."""
    store, ended = ScopeStore(), threading.Event()
    store.loop = {"none": None, "ended": await an_ended_loop(), "running": asyncio.get_running_loop()}[loop]
    await store.aclose()

    async def end() -> None:
        await asyncio.sleep(0)
        ended.set()

    if where == "on a loop":
        store.on_close("late", end)
    else:
        await asyncio.to_thread(store.on_close, "late", end)

    assert await asyncio.to_thread(ended.wait, 10)


async def test_two_loops_that_come_at_once_agree_on_the_loop_of_a_store() -> None:
    """Exactly one of them is told that it is its own."""

    async def belongs(store: ScopeStore, together: threading.Barrier) -> bool:
        together.wait(10)
        return store.belongs_here()

    for _ in range(20):
        store, together = ScopeStore(), threading.Barrier(2)
        answers = await asyncio.gather(*(asyncio.to_thread(asyncio.run, belongs(store, together)) for _ in range(2)))
        assert [False, True] == sorted(answers)


async def test_a_closed_store_refuses_by_its_name_whoever_comes_late() -> None:
    """A handler of a connection that is gone; the store of all singletons is the context itself, which says so."""

    @Configuration
    class Setup:
        @Bean
        @Scope("job")
        def link(self) -> Link:
            return Link()

    @Import(Setup)
    @PyBootApplication
    class App: ...

    async with start(App) as context:
        store = ScopeStore("job")
        await store.aclose()
        with pytest.raises(ClosedStoreError) as late:
            context.get(Link, store=store)

    assert "The store of the scope 'job' is closed and cannot give link" == str(late.value)
    assert "The application context is closed and cannot give job" == str(
        ScopeStore("part", whole=ScopeStore(Scope.SINGLETON)).closed("job")
    )


async def test_two_who_ask_for_a_bean_that_is_being_made_get_that_one() -> None:
    """It is made once, in the creation that the first has begun."""
    made, goes_on, begun = list[Link](), asyncio.Event(), asyncio.Event()

    @Configuration
    class Setup:
        @Bean
        @Scope("job")
        async def link(self) -> Link:
            begun.set()
            await goes_on.wait()
            made.append(Link())
            return made[-1]

    @Import(Setup)
    @PyBootApplication
    class App: ...

    async with start(App) as context:
        store = ScopeStore("job")
        first = asyncio.create_task(context.aget(Link, store=store))
        await begun.wait()
        second = asyncio.create_task(context.aget(Link, store=store))
        await asyncio.sleep(0)
        goes_on.set()
        links = await asyncio.wait_for(asyncio.gather(first, second), 20)
        await store.aclose()

    assert [made[0]] * 2 == links
    assert 1 == len(made)


def circle_in(error: BaseException) -> CircularDependencyError:
    """The circle that *error* tells of."""
    while not isinstance(error, CircularDependencyError):
        assert isinstance(error, BeanCreationError)
        assert error.__cause__ is not None
        error = error.__cause__
    return error


@pytest.mark.parametrize("through", ["itself", "another", "a third"])
@pytest.mark.parametrize("ask", ["aget", "get"])
async def test_beans_of_a_store_that_wait_for_each_other_are_told_of_the_circle(ask: str, through: str) -> None:
    """Whether the last of them waits or cannot wait; all are named, in the order in which they ask."""

    class Rope: ...

    @Configuration
    class Setup:
        @Bean
        @Scope("job")
        async def link(self, context: ApplicationContext) -> Link:
            if through == "itself":
                await closes(context, Link)
            await context.aget(Job, store=store)
            return Link()

        @Bean
        @Scope("job")
        async def job(self, context: ApplicationContext) -> Job:
            await closes(context, Link if through == "another" else Rope)
            return Job()

        @Bean
        @Scope("job")
        def rope(self, link: Link) -> Rope:
            return Rope()

    async def closes(context: ApplicationContext, wanted: type) -> None:
        if ask == "aget":
            await context.aget(wanted, store=store)
        else:
            context.get(wanted, store=store)

    @Import(Setup)
    @PyBootApplication
    class App: ...

    store = ScopeStore("job")
    async with start(App) as context, asyncio.timeout(20):
        with pytest.raises((CircularDependencyError, BeanCreationError)) as raised:
            await context.aget(Link, store=store)
        await store.aclose()

    drawn = {"itself": ["link"], "another": ["link", "job"], "a third": ["link", "job", "rope"]}[through]
    assert drawn == [name.partition(" ")[0] for name in circle_in(raised.value).loop]


@pytest.mark.parametrize("way", ["aget", "get", "get in a thread"])
async def test_a_bean_of_a_store_that_fails_to_begin_is_ended_also_where_its_end_awaits(way: str) -> None:
    """Before the store closes, on its loop; who cannot await it is not held up, and it goes on."""
    ended: asyncio.Future[asyncio.AbstractEventLoop] = asyncio.get_running_loop().create_future()

    @Scope("job")
    @Component
    class Failing:
        @PostConstruct
        def begin(self) -> None:
            raise ValueError("no")

        @PreDestroy
        async def end(self) -> None:
            await asyncio.sleep(0)
            ended.set_result(asyncio.get_running_loop())

    @Import(Failing)
    @PyBootApplication
    class App: ...

    store = ScopeStore("job")
    async with start(App) as context, asyncio.timeout(20):
        assert store.belongs_here()

        async def get(kind: type, *, store: ScopeStore) -> object:
            return context.get(kind, store=store)

        ask: Any = {"aget": context.aget, "get": get, "get in a thread": partial(asyncio.to_thread, context.get)}[way]
        with pytest.raises(BeanCreationError, match="no"):
            await ask(Failing, store=store)
        assert store.loop is await ended
        await store.aclose()


async def test_what_is_there_can_be_had_until_the_store_ends_and_nothing_afterwards() -> None:
    """From the beginning of the closing nothing new is made; a bean that has no end of its own goes with the store."""

    @Configuration
    class Setup:
        @Bean(destroy="")
        @Scope("job")
        def link(self) -> Link:
            return Link()

        @Bean
        @Scope("job")
        def job(self) -> Job:
            return Job()

    @Import(Setup)
    @PyBootApplication
    class App: ...

    async with start(App) as context:
        store = ScopeStore("job")
        link = context.get(Link, store=store)
        assert store.is_open
        store.shutdown()
        assert not store.is_open
        assert link is context.get(Link, store=store)
        with pytest.raises(ClosedStoreError, match="cannot give job"):
            context.get(Job, store=store)
        await store.aclose()
        store.shutdown()

        assert store.is_empty
        for kind in (Link, Job):
            with pytest.raises(ClosedStoreError):
                context.get(kind, store=store)


@pytest.mark.parametrize("is_set_late", [False, True])
async def test_an_end_that_takes_too_long_is_given_up(is_set_late: bool) -> None:
    """After the deadline of the store, whenever that was set; the others end all the same."""
    log: list[str] = []
    store = ScopeStore()
    if not is_set_late:
        store.deadline_seconds = 0.01
    store.on_close("first", lambda: log.append("first"))
    store.on_close("stuck", asyncio.Event().wait)
    store.deadline_seconds = 0.01

    async with asyncio.timeout(20):
        with pytest.raises(ExceptionGroup):
            await store.aclose()

    assert ["first"] == log
    assert store.is_empty


async def test_a_store_whose_loop_has_ended_gives_nothing_to_another_loop() -> None:
    """There is nobody who could make it; the error says that the store is closed."""

    @Configuration
    class Setup:
        @Bean
        @Scope("job")
        async def link(self) -> Link:
            return Link()

    @Import(Setup)
    @PyBootApplication
    class App: ...

    async with start(App) as context:
        store = ScopeStore("job")
        store.loop = await an_ended_loop()
        with pytest.raises(ClosedStoreError, match="the scope 'job' is closed and cannot give a bean on a loop that has ended"):
            await context.aget(Link, store=store)
