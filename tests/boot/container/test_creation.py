"""Creation: the law of who makes a shared bean, who waits, and what closing does; by cases, and by random schedules."""

import asyncio
import gc
import itertools
import logging
import random
import threading
import time
import traceback
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, ClassVar

import pytest

from pyboot.boot import (
    ApplicationContext,
    Bean,
    BeanDefinition,
    BeanPostProcessor,
    BootError,
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
from pyboot.boot.container import creation
from pyboot.boot.container.callbacks import finished
from pyboot.boot.diagnostics.analysis import causes
from pyboot.boot.errors import (
    BeanCreationError,
    BeanNotReadyError,
    CircularDependencyError,
    ClosedContextError,
    ClosedStoreError,
    MissingBeanError,
)
from pyboot.testing import ContextRunner

DEADLINE_SECONDS = 20  # of a test: who waits for ever shall not hold up the others


def run(*beans: object) -> Any:
    """A context of *beans*."""
    return ContextRunner().with_beans(*beans).run()


async def on_other_loop[T](work: Callable[[], Awaitable[T]]) -> T:
    """Await what *work* gives on a loop of its own, in another thread."""

    async def awaited() -> T:
        return await work()

    return await asyncio.wait_for(asyncio.to_thread(asyncio.run, awaited()), DEADLINE_SECONDS)


class Held:
    """Something that is asked for while others are made."""

    def __init__(self) -> None:
        self.asked: Any = None


ASKING: dict[str, Callable[[type, type], type]] = {}


def asking(function: Callable[[type, type], type]) -> Callable[[type, type], type]:
    """Note a way in which a bean asks for another one while it is made."""
    ASKING[function.__name__] = function
    return function


@asking
def provider_get(target: type, _: type) -> type:
    """In the constructor."""

    @Component("asker")
    class Asker(Held):
        def __init__(self, other: Provider[target]) -> None:  # type: ignore[valid-type]  # a class of the test
            self.asked = other.get()

    return Asker


@asking
def lazy_get(target: type, _: type) -> type:
    """In the constructor, to keep it."""

    @Component("asker")
    class Asker(Held):
        def __init__(self, other: Lazy[target]) -> None:  # type: ignore[valid-type]  # as above
            self.asked = other.get()

    return Asker


@asking
def context_get(target: type, _: type) -> type:
    """In a @PostConstruct method."""

    @Component("asker")
    class Asker(Held):
        def __init__(self, context: ApplicationContext) -> None:
            self.context = context

        @PostConstruct
        def begin(self) -> None:
            self.asked = self.context.get(target)

    return Asker


@asking
def context_aget(target: type, _: type) -> type:
    """In an asynchronous @PostConstruct method."""

    @Component("asker")
    class Asker(Held):
        def __init__(self, context: ApplicationContext) -> None:
            self.context = context

        @PostConstruct
        async def begin(self) -> None:
            self.asked = await self.context.aget(target)

    return Asker


@asking
def gathered(target: type, _: type) -> type:
    """By tasks of its own."""

    @Component("asker")
    class Asker(Held):
        def __init__(self, other: Provider[target]) -> None:  # type: ignore[valid-type]  # as above
            self.other = other

        @PostConstruct
        async def begin(self) -> None:
            self.asked, again = await asyncio.gather(self.other.aget(), self.other.aget())
            assert self.asked is again

    return Asker


@asking
def grouped(target: type, _: type) -> type:
    """By tasks of a group."""

    @Component("asker")
    class Asker(Held):
        def __init__(self, other: Provider[target]) -> None:  # type: ignore[valid-type]  # as above
            self.other = other

        @PostConstruct
        async def begin(self) -> None:
            async with asyncio.TaskGroup() as group:
                asked = group.create_task(self.other.aget())
            self.asked = asked.result()

    return Asker


@pytest.mark.parametrize("way", ASKING)
async def test_a_singleton_that_is_asked_for_while_the_context_is_made_is_made_once(way: str) -> None:
    """And started once, and ended once."""
    log: list[str] = []

    @Component
    class Asked:
        phase = 0

        def __init__(self) -> None:
            log.append("made")

        def start(self) -> None:
            log.append("started")

        def stop(self) -> None:
            log.append("stopped")

        def close(self) -> None:
            log.append("closed")

    @Component
    class Other:
        def __init__(self, asked: Asked) -> None:
            self.asked = asked

    asker = ASKING[way](Asked, Asked)
    async with run(asker, Asked, Other) as context:
        assert context.get(asker).asked is context.get(Other).asked is context.get(Asked)

    assert ["made", "started", "stopped", "closed"] == log


@pytest.mark.parametrize("second", ASKING)
@pytest.mark.parametrize("first", ASKING)
async def test_a_circle_of_beans_that_ask_for_each_other_is_drawn(first: str, second: str) -> None:
    """Whatever each asks with; nobody waits for himself."""

    @Component
    class Between:
        def __init__(self, asker: "Between") -> None: ...

    One = Component("one")(type("One", (ASKING[first](Between, Between),), {}))
    other = Component("other")(type("Other", (ASKING[second](One, One),), {}))
    Between.__init__.__annotations__["asker"] = other

    async with asyncio.timeout(DEADLINE_SECONDS):
        with pytest.raises((CircularDependencyError, BeanNotReadyError, BeanCreationError)) as raised:
            async with run(One, Between, other):
                pass

    error: BaseException = raised.value
    while isinstance(error, BeanCreationError | ExceptionGroup):  # of the group that it came out of
        error = error.exceptions[0] if isinstance(error, ExceptionGroup) else error.__cause__ or error
    if isinstance(error, CircularDependencyError):
        assert {"one", "between", "other"} == {name.partition(" ")[0] for name in error.loop}
    else:  # who asks without awaiting for what is awaited is told so first
        assert isinstance(error, BeanNotReadyError)
        assert {first, second} & {"context_aget", "gathered", "grouped"}


async def test_prototypes_of_a_circle_are_drawn_in() -> None:
    """Those that are made in generated code, and those that are not; a circle of prototypes alone as well."""

    @Scope(Scope.PROTOTYPE)
    @Component
    class Plain:
        def __init__(self, context: ApplicationContext) -> None:
            context.get(Finished)

    @Scope(Scope.PROTOTYPE)
    @Component
    class Finished:
        def __init__(self, context: ApplicationContext) -> None:
            self.context = context

        @PostConstruct
        def begin(self) -> None:
            self.context.get(Held, "asker")

    asker = ASKING["context_get"](Plain, Plain)

    @Scope(Scope.PROTOTYPE)
    @Component
    class Hen:
        def __init__(self, egg: Provider["Egg"]) -> None:
            egg.get()

    @Scope(Scope.PROTOTYPE)
    @Component
    class Egg:
        def __init__(self, hen: Provider[Hen]) -> None:
            hen.get()

    Hen.__init__.__annotations__["egg"] = Provider[Egg]

    with pytest.raises(CircularDependencyError) as raised:
        async with run(asker, Plain, Finished):
            pass
    assert ["asker", "plain", "finished"] == [name.partition(" ")[0] for name in raised.value.loop]

    async with run(Hen, Egg) as context:
        for kind in (Hen, Egg):
            with pytest.raises(CircularDependencyError) as raised:
                context.get(kind)
            assert {"hen", "egg"} == {name.partition(" ")[0] for name in raised.value.loop}


async def test_two_threads_that_make_beans_for_each_other_are_told_of_the_circle() -> None:
    """Each has made a part of it, and would wait for the other's part."""
    met = threading.Barrier(2)

    @Lazy
    @Component
    class One:
        def __init__(self, context: ApplicationContext) -> None:
            met.wait(DEADLINE_SECONDS)
            context.get(Two)

    @Lazy
    @Component
    class Two:
        def __init__(self, context: ApplicationContext) -> None:
            met.wait(DEADLINE_SECONDS)
            context.get(One)

    async with run(One, Two) as context, asyncio.timeout(DEADLINE_SECONDS):
        asked = (asyncio.to_thread(context.get, kind) for kind in (One, Two))
        outcomes = await asyncio.gather(*asked, return_exceptions=True)

    for outcome in outcomes:
        assert isinstance(outcome, CircularDependencyError)
        assert {"one", "two"} == {name.partition(" ")[0] for name in outcome.loop}


class Slow:
    """An asynchronous bean, made when :attr:`opened` is set."""

    def __init__(self) -> None:
        self.ended = 0

    def close(self) -> None:
        self.ended += 1


@Configuration
class Slowly:
    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.asked = asyncio.Event()
        self.made: list[Slow] = []

    @Bean
    @Lazy
    async def slow(self) -> Slow:
        self.asked.set()
        await self.opened.wait()
        self.made.append(Slow())
        return self.made[-1]


@Lazy
@Component
class NeedsSlow:
    def __init__(self, slow: Slow) -> None:
        self.slow = slow


@Component
class Holder:
    def __init__(self, slow: Provider[Slow], needs: Lazy[NeedsSlow]) -> None:
        self.slow = slow
        self.needs = needs


async def test_lazy_singletons_that_need_a_slow_one_share_it() -> None:
    """Whoever asks first, on whichever loop; it is made on that of the context."""
    async with run(Slowly, NeedsSlow, Holder) as context:
        setup, holder = context.get(Slowly), context.get(Holder)
        asks = [context.aget(NeedsSlow), holder.slow.aget(), holder.needs.aget(), context.aget(Slow), on_other_loop(holder.needs.aget)]
        asks += [on_other_loop(lambda: context.aget(Slow)) for _ in range(3)]
        tasks = [asyncio.ensure_future(ask) for ask in asks]
        await setup.asked.wait()
        setup.opened.set()
        found = await asyncio.gather(*tasks)

        assert {setup.made[0]} == {getattr(bean, "slow", bean) for bean in found}
        assert 1 == len(setup.made)

    assert 1 == setup.made[0].ended


async def test_a_cancelled_asker_leaves_the_making_to_the_others() -> None:
    """On the loop of the context or on another one."""
    async with run(Slowly, NeedsSlow, Holder) as context:
        setup = context.get(Slowly)

        async def impatient() -> None:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await context.aget(Slow)

        patient = asyncio.create_task(context.aget(Slow))
        await asyncio.gather(impatient(), on_other_loop(impatient))
        setup.opened.set()

        assert await patient is context.get(Slow)


async def test_a_closing_gives_up_what_is_being_made_and_tells_who_waits() -> None:
    """On every loop."""
    async with run(Slowly, NeedsSlow, Holder) as context:
        setup = context.get(Slowly)
        here, there = asyncio.create_task(context.aget(Slow)), asyncio.create_task(on_other_loop(lambda: context.aget(NeedsSlow)))
        await setup.asked.wait()

    for outcome in await asyncio.gather(here, there, return_exceptions=True):
        assert isinstance(outcome, ClosedContextError), outcome
    assert [] == setup.made


async def test_what_a_making_hands_over_in_spite_of_a_closing_is_ended() -> None:
    """The asker is told all the same that the context is closed."""
    ended: list[str] = []
    asked = asyncio.Event()

    class Stubborn:
        def close(self) -> None:
            ended.append("stubborn")

    @Bean
    @Lazy
    async def stubborn() -> Stubborn:
        asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass
        return Stubborn()

    async with run(stubborn) as context:
        asker = asyncio.create_task(context.aget(Stubborn))
        await asked.wait()

    with pytest.raises(ClosedContextError, match="stubborn"):
        await asker
    assert ["stubborn"] == ended


async def test_a_bean_that_a_thread_is_making_while_the_context_closes_is_ended() -> None:
    """The closing waits for the thread, and the loop goes on meanwhile."""
    ended: list[str] = []
    begun, opened = threading.Event(), threading.Event()

    @Lazy
    @Component
    class Heavy:
        def __init__(self) -> None:
            begun.set()
            assert opened.wait(DEADLINE_SECONDS)

        async def aclose(self) -> None:
            ended.append("heavy")

    async with run(Heavy) as context:
        asker = asyncio.create_task(asyncio.to_thread(context.get, Heavy))
        await asyncio.to_thread(begun.wait)
        asyncio.get_running_loop().call_later(0.01, opened.set)

    with pytest.raises(ClosedContextError, match="heavy"):
        await asker
    assert ["heavy"] == ended


@Configuration
class Sessions:
    def __init__(self) -> None:
        self.made: list[Any] = []

    @Bean
    @Scope(Scope.CHANNEL)
    async def session(self) -> AsyncIterator[Slow]:
        await asyncio.sleep(0)
        self.made.append(Slow())
        yield self.made[-1]
        self.made[-1].close()


@Scope(Scope.PROTOTYPE)
@Component
class First:
    def __init__(self, session: Slow) -> None:
        self.session = session


@Scope(Scope.PROTOTYPE)
@Component
class Second:
    def __init__(self, session: Slow) -> None:
        self.session = session


async def test_handlers_of_one_connection_share_its_asynchronous_bean() -> None:
    """They ask at the same time, on the loop of the connection."""
    async with run(Sessions, First, Second) as context:

        async def connection() -> list[Any]:
            store = ScopeStore()
            asks = [context.aget(kind, store=store) for kind in (First, Second, First, Slow)]
            handlers: list[Any] = await asyncio.gather(*asks)
            await store.aclose()
            return [getattr(handler, "session", handler) for handler in handlers]

        for found in (await connection(), await on_other_loop(connection)):
            assert 1 == len(set(found))
            assert 1 == found[0].ended
        assert 2 == len(context.get(Sessions).made)


async def test_a_closed_store_makes_nothing() -> None:
    """Neither plain nor asynchronous beans, nor what needs them."""

    @Scope(Scope.CHANNEL)
    @Component
    class Note: ...

    async with run(Sessions, First, Note) as context:
        store = ScopeStore()
        waiting = asyncio.create_task(context.aget(First, store=store))
        await asyncio.sleep(0)
        await store.aclose()
        with pytest.raises(ClosedStoreError):
            await waiting
        for kind in (First, Slow, Note):
            with pytest.raises(ClosedStoreError, match="of the scope 'channel' is closed and cannot give"):
                await context.aget(kind, store=store)
        with pytest.raises(ClosedStoreError, match="cannot give note"):
            context.get(Note, store=store)


async def test_what_is_there_can_be_had_until_its_own_end() -> None:
    """By the end of another bean, which comes before it; nothing is made any more."""
    seen: list[object] = []

    @Component
    class Early:
        def close(self) -> None: ...

    @Lazy
    @Component
    class Never: ...

    @Component
    class Late:
        def __init__(self, early: Early, never: Provider[Never], me: Provider["Late"], context: ApplicationContext) -> None:
            self.early = early
            self.never = never
            self.me = me
            self.context = context

        def close(self) -> None:
            seen.append(self.context.get(Early) is self.early)
            for provider in (self.never, self.me):
                with pytest.raises(ClosedContextError):
                    provider.get()
                seen.append("refused")

    Late.__init__.__annotations__["me"] = Provider[Late]
    async with run(Early, Never, Late):
        pass

    assert [True, "refused", "refused"] == seen


async def test_a_making_that_fails_is_told_to_all_and_tried_again() -> None:
    """By the next who asks."""
    attempts = itertools.count()

    @Bean
    @Lazy
    async def flaky() -> Slow:
        await asyncio.sleep(0)
        if next(attempts) == 0:
            raise OSError("not yet")
        return Slow()

    async with run(flaky) as context:
        outcomes = await asyncio.gather(*(context.aget(Slow) for _ in range(3)), return_exceptions=True)
        assert [BeanCreationError] * 3 == [type(outcome) for outcome in outcomes]
        assert isinstance(await context.aget(Slow), Slow)


class OwnError(BootError):
    """An error of an application's own, whose constructor takes something else than it hands on."""

    def __init__(self, part: str) -> None:
        super().__init__(f"the {part} is broken")
        self.part = part


@pytest.mark.parametrize("raised", [OSError("not yet"), OwnError("pump"), MissingBeanError("Part", near=["Port"]), SystemExit(3)])
async def test_each_who_waits_for_a_failing_making_gets_an_exception_of_its_own(
    raised: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who catches one adds notes and frames to it, which are none of the others' business; facts and causes are the same."""
    gate, waiting = threading.Event(), threading.Semaphore(0)
    block = creation.Creation.block

    def blocks(making: creation.Creation) -> None:
        waiting.release()
        block(making)

    monkeypatch.setattr(creation.Creation, "block", blocks)

    @Bean
    @Lazy
    def broken() -> Held:
        gate.wait(DEADLINE_SECONDS)
        raise raised from ValueError("why")

    def ask(context: ApplicationContext) -> BaseException:
        try:
            context.get(Held)
        except BaseException as error:  # noqa: BLE001  SystemExit is one of them
            error.add_note(str(threading.get_ident()))
            return error
        raise AssertionError("it was made")

    async with run(broken) as context:
        asks = [asyncio.create_task(asyncio.to_thread(ask, context)) for _ in range(4)]
        for _ in range(3):
            await asyncio.to_thread(waiting.acquire, timeout=DEADLINE_SECONDS)
        gate.set()
        errors = await asyncio.wait_for(asyncio.gather(*asks), DEADLINE_SECONDS)

    assert 4 == len(set(map(id, errors)))
    assert [1] * 4 == [len(error.__notes__) for error in errors]
    wanted = raised if isinstance(raised, BootError | SystemExit) else BeanCreationError("broken", "", "OSError: not yet")
    assert {type(wanted)} == set(map(type, errors))
    assert 1 == len({str(error) for error in errors})
    assert ["why"] * 4 == [str(list(causes(error))[-1]) for error in errors]
    for error in errors:
        facts = {name: value for name, value in vars(error).items() if name != "__notes__"}
        assert facts == {name: value for name, value in vars(errors[0]).items() if name != "__notes__"}
        assert getattr(raised, "code", None) in (getattr(error, "code", None), None)
        assert ["ask"] == [frame.name for frame in traceback.extract_tb(error.__traceback__) if frame.name == "ask"]


@pytest.mark.parametrize("on_other_loops", [False, True])
async def test_tasks_that_wait_for_a_failing_making_share_no_exception(on_other_loops: bool) -> None:
    """Nor do their tracebacks grow with their number."""
    reached, gate = asyncio.Event(), asyncio.Event()

    @Bean
    @Lazy
    async def broken() -> Held:
        reached.set()
        await gate.wait()
        raise OSError("not yet")

    async with run(broken) as context:
        asks: list[Awaitable[Any]] = [asyncio.create_task(context.aget(Held)) for _ in range(3)]
        await reached.wait()
        if on_other_loops:
            asks += [on_other_loop(lambda: context.aget(Held)) for _ in range(3)]
        answers = asyncio.gather(*asks, return_exceptions=True)
        await asyncio.sleep(0)
        gate.set()
        errors = await asyncio.wait_for(answers, DEADLINE_SECONDS)

    assert len(errors) == len(set(map(id, errors)))
    assert {BeanCreationError} == set(map(type, errors))
    for error in errors:
        assert 1 == sum(frame.name == "_raise_failure" for frame in traceback.extract_tb(error.__traceback__))


async def test_an_error_of_the_containers_kind_keeps_its_cause() -> None:
    """It passes as it is; raised from itself, what it was raised from would be lost, and with it the advice and the exit code."""

    @Bean
    @Lazy
    def broken() -> Held:
        raise OwnError("pump") from OSError("no water")

    async with run(broken) as context:
        with pytest.raises(OwnError, match="pump") as raised:
            context.get(Held)

    assert "no water" == str(raised.value.__cause__)


class Attempts:
    """What a bean that fails each time has done; each attempt makes another object."""

    log: ClassVar[list[str]] = []
    made: ClassVar[list[weakref.ref[Any]]] = []
    has_ended: ClassVar[threading.Semaphore] = threading.Semaphore(0)

    def __init__(self) -> None:
        self.number = len(self.made)
        self.made.append(weakref.ref(self))
        self.log.append(f"made {self.number}")

    def end(self) -> None:
        """Note that it has ended."""
        self.log.append(f"ended {self.number}")
        self.has_ended.release()


class FailsPlainly(Attempts):
    """Fails when it has been made, and has a plain end."""

    @PostConstruct
    def begin(self) -> None:
        raise OSError("not yet")

    def close(self) -> None:
        self.end()


class FailsAwaiting(Attempts):
    """Fails when it has been made, and both that and its end are awaited."""

    @PostConstruct
    async def begin(self) -> None:
        await asyncio.sleep(0)
        raise OSError("not yet")

    async def aclose(self) -> None:
        await asyncio.sleep(0)
        self.end()


class EndIsAwaited(Attempts):
    """Fails plainly, and its end is awaited."""

    @PostConstruct
    def begin(self) -> None:
        raise OSError("not yet")

    async def aclose(self) -> None:
        await asyncio.sleep(0)
        self.end()


class Yielded(Attempts):
    """What a generator yields."""

    @PostConstruct
    def begin(self) -> None:
        raise OSError("not yet")


class Shown(Attempts):
    """What a post-processor refuses."""

    def close(self) -> None:
        self.end()


@Component
class Refuses(BeanPostProcessor):
    """Refuses it."""

    def handles(self, definition: BeanDefinition) -> bool:
        return isinstance(definition.provides, type) and issubclass(definition.provides, Shown)

    def process(self, bean: object, definition: BeanDefinition) -> object:
        raise OSError("not yet")


def failing(kind: type[Attempts], scope: str, *, by_async_generator: bool) -> Any:
    """A bean of *kind*; one that is yielded is made by a generator."""

    def plainly() -> Iterator[Yielded]:
        made = Yielded()
        yield made
        made.end()

    async def awaited() -> AsyncIterator[Yielded]:
        made = Yielded()
        yield made
        await asyncio.sleep(0)
        made.end()

    if kind is Yielded:
        return Lazy(Scope(scope)(Bean(awaited if by_async_generator else plainly)))
    return Lazy(Scope(scope)(Component(type(kind.__name__, (kind,), {}))))


@pytest.mark.parametrize("scope", [Scope.SINGLETON, Scope.CHANNEL])
@pytest.mark.parametrize(
    ("kind", "way"),
    [
        *((kind, way) for kind in (FailsPlainly, EndIsAwaited, Yielded, Shown) for way in ("get", "get in a thread", "aget")),
        (FailsAwaiting, "aget"),
        (Yielded, "aget of an asynchronous generator"),
    ],
)
async def test_a_bean_whose_making_fails_is_ended_by_who_made_it(
    kind: type[Attempts], way: str, scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt makes another one: kept until the store closes, they would be as many as there were attempts."""
    monkeypatch.setattr(Attempts, "log", [])
    monkeypatch.setattr(Attempts, "made", [])
    monkeypatch.setattr(Attempts, "has_ended", threading.Semaphore(0))
    bean = failing(kind, scope, by_async_generator=way.endswith("generator"))

    async with run(bean, Refuses) as context, aclosing(ScopeStore()) as store:
        given = store if scope == Scope.CHANNEL else None

        async def ask() -> None:
            if way.startswith("aget"):
                await context.aget(kind, store=given)
            elif way == "get":
                context.get(kind, store=given)
            else:
                await asyncio.to_thread(context.get, kind, store=given)

        for _ in range(5):
            with pytest.raises(BeanCreationError, match="not yet"):
                await ask()
            assert await asyncio.to_thread(Attempts.has_ended.acquire, timeout=DEADLINE_SECONDS)
        # A thread that has told of an error holds it until it runs again, which nothing but the scheduler decides.
        async with asyncio.timeout(DEADLINE_SECONDS):
            while any(reference() is not None for reference in Attempts.made[:-1]):
                gc.collect()
                await asyncio.sleep(0)

    assert [f"{what} {number}" for number in range(5) for what in ("made", "ended")] == Attempts.log


async def test_what_the_end_of_a_bean_raises_whose_making_has_failed_is_noted_on_the_failure() -> None:
    """The failure is what matters, and nothing is swallowed."""

    @Component
    @Lazy
    class Twice:
        @PostConstruct
        def begin(self) -> None:
            raise OSError("not yet")

        def close(self) -> None:
            raise ValueError("nor this")

    async with run(Twice) as context:
        for ask in (context.get, context.aget):
            with pytest.raises(BeanCreationError, match="not yet") as raised:
                await finished(ask(Twice))
            noted = [note for error in causes(raised.value) for note in getattr(error, "__notes__", ())]
            assert ["besides, while undoing: ValueError: nor this"] == noted


async def test_a_bean_whose_post_construct_is_broken_off_is_ended() -> None:
    """It exists, so it may hold something."""
    log: list[str] = []
    reached = asyncio.Event()

    @Component
    class Half:
        def close(self) -> None:
            log.append("closed")

        @PostConstruct
        async def begin(self) -> None:
            reached.set()
            await asyncio.Event().wait()

    async def starting() -> None:
        async with run(Half):
            raise AssertionError("started")

    task = asyncio.create_task(starting())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert ["closed"] == log


async def test_who_waits_long_says_for_what(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """After a second."""
    monkeypatch.setattr(creation, "PATIENCE_SECONDS", 0.001)

    async with run(Slowly, NeedsSlow, Holder) as context:
        setup = context.get(Slowly)

        class Opens(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                setup.opened.set()

        handler = Opens()
        creation._log.addHandler(handler)
        try:
            await context.aget(NeedsSlow)
        finally:
            creation._log.removeHandler(handler)

    assert "waiting for the bean 'slow' to be made" in caplog.messages


class Hidden:
    """A type that does not show how its beans are made."""


class Awaited(Hidden):
    @PostConstruct
    async def load(self) -> None:
        await asyncio.sleep(0.001)


@Bean
@Lazy
def hidden() -> Hidden:
    """Return a bean that awaits something although its type does not say so."""
    return Awaited()


async def test_who_waits_for_a_maker_that_is_cancelled_makes_the_bean() -> None:
    """A type may hide that the making awaits: then it is made by who asks, and his cancel is not that of the others."""
    async with run(hidden) as context:
        askers = [asyncio.create_task(context.aget(Hidden)) for _ in range(4)]
        there = asyncio.create_task(on_other_loop(lambda: context.aget(Hidden)))
        for asker in askers[:2]:
            await asyncio.sleep(0)
            asker.cancel()

        beans = await asyncio.wait_for(asyncio.gather(*askers[2:], there), DEADLINE_SECONDS)

        assert {context.get(Hidden)} == set(beans)


async def test_a_making_that_is_cancelled_before_it_begins_is_told_to_who_waits() -> None:
    """As the end of a loop does it, which cancels all tasks. The next who asks tries again."""
    async with run(Slowly, NeedsSlow, Holder) as context:
        context.get(Slowly).opened.set()
        asker = asyncio.create_task(context.aget(Slow))
        await asyncio.sleep(0)  # the asker has begun, and its making has not
        (making,) = [task for task in asyncio.all_tasks() if task.get_name() == "making of slow"]
        making.cancel()

        with pytest.raises(BeanCreationError, match="cancelled"):
            await asyncio.wait_for(asker, DEADLINE_SECONDS)

        assert await context.aget(Slow) is context.get(Slow)


@Component
@Scope("prototype")
class Session:
    """A prototype that is made asynchronously."""

    def __init__(self, setup: "Slowly") -> None:
        self.setup = setup

    @PostConstruct
    async def open(self) -> None:
        self.setup.asked.set()
        await self.setup.opened.wait()


@Component
class Keeper:
    def __init__(self, session: Lazy[Session]) -> None:
        self.session = session


async def test_what_a_lazy_keeps_is_given_up_by_the_closing_of_its_owner() -> None:
    """The asker is told, and no task is left behind."""
    async with run(Slowly, Session, Keeper) as context:
        asker = asyncio.create_task(context.get(Keeper).session.aget())
        await context.get(Slowly).asked.wait()

    with pytest.raises(ClosedContextError, match="session"):
        await asker
    assert [] == [task for task in asyncio.all_tasks() if task.get_name().startswith("making of")]


async def test_what_a_lazy_of_a_singleton_keeps_is_made_on_the_loop_of_the_context() -> None:
    """Wherever it is asked for first: that loop may have ended when the next one asks."""
    async with run(Slowly, Session, Keeper) as context:
        keeper, setup = context.get(Keeper), context.get(Slowly)

        async def give_up() -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(keeper.session.aget(), 0.01)

        await on_other_loop(give_up)
        setup.opened.set()

        assert await asyncio.wait_for(keeper.session.aget(), DEADLINE_SECONDS) is keeper.session.get()


@Component
@Scope("prototype")
class Note: ...


@Component
class AsksAtTheEnd:
    """Asks for a new prototype in each way when it is ended."""

    told: list[str]

    def __init__(self, context: ApplicationContext, provider: Provider[Note], lazy: Lazy[Note]) -> None:
        self.told = []
        definition = context.definition(Note)
        self.ways: dict[str, Callable[[], Any]] = {
            "get": lambda: context.get(Note),
            "get by name": lambda: context.get(Note, "note"),
            "get_all": lambda: context.get_all(Note),
            "aget": lambda: context.aget(Note),
            "bean": lambda: context.bean(definition),
            "factory": lambda: context.factory(definition)(None),
            "provider": provider.get,
            "provider, awaited": provider.aget,
            "lazy": lazy.get,
            "lazy, awaited": lazy.aget,
        }

    @PreDestroy
    async def end(self) -> None:
        for way, ask in self.ways.items():
            try:
                await finished(ask())
            except ClosedContextError:
                self.told.append(way)


async def test_a_closing_makes_no_prototypes_either() -> None:
    """Whichever way they are asked for, and although they had been had that way before."""
    async with run(Note, AsksAtTheEnd) as context:
        asker = context.get(AsksAtTheEnd)
        assert context.get(Note) is not context.get(Note)

    assert list(asker.ways) == asker.told


@Component
@Lazy
class Closes:
    def __init__(self, context: ApplicationContext) -> None:
        self.context = context

    @PostConstruct
    async def close_all(self) -> None:
        await self.context.aclose()


@Component
class AsksForTheEnd:
    def __init__(self, closes: Provider[Closes]) -> None:
        self.closes = closes

    @PostConstruct
    async def ask(self) -> None:
        await self.closes.aget()


async def test_a_closing_does_not_wait_for_what_waits_for_it() -> None:
    """A bean that is made closes the context, and others wait for that bean."""
    with pytest.raises(ClosedContextError, match="closes"):
        async with asyncio.timeout(DEADLINE_SECONDS), run(Closes, AsksForTheEnd):
            pass


# Random schedules. Whatever happens, in whichever order: each bean is made once, all who get it get the same, it is ended once, nobody
# gets it who has asked after its end, and everybody comes back.


class Life:
    """What happened to the beans of one random context, on one clock."""

    def __init__(self) -> None:
        self.clock = itertools.count()
        self.made: dict[str, list[Any]] = {}
        self.ended: dict[Any, list[int]] = {}
        self.got: dict[str, set[Any]] = {}
        self.wrong: list[str] = []

    def bean(self, name: str) -> Any:
        """Note that a bean called *name* is made."""
        made = type(name, (), {"name": name})()
        self.made.setdefault(name, []).append(made)
        return made

    def end(self, bean: Any) -> None:
        self.ended.setdefault(bean, []).append(next(self.clock))

    def have(self, bean: Any, asked_at: int) -> None:
        """Note that somebody who asked at that time got *bean*."""
        self.got.setdefault(bean.name, set()).add(bean)
        if any(ended_at < asked_at for ended_at in self.ended.get(bean, ())):
            self.wrong.append(f"{bean.name} was handed out after its end")


class Kind:
    """One bean of a random context: how it is made, what it needs, what it asks for while it is made."""

    def __init__(self, number: int, chance: random.Random, scope: str) -> None:
        self.name = f"bean{number}"
        self.is_async = chance.random() < 0.5
        self.hint = type(self.name.title(), (), {})
        self.scope = scope
        self.needs: list[Kind] = []
        self.asks: list[Kind] = []
        self.pauses = chance.randrange(4)
        self.is_lazy = chance.random() < 0.6

    def definition(self, life: Life) -> Any:
        """The labelled function that makes it."""

        async def slowly(context: ApplicationContext) -> AsyncIterator[Any]:
            for _ in range(self.pauses):
                await asyncio.sleep(0)
            for kind in self.asks:
                await context.aget(kind.hint)
            bean = life.bean(self.name)
            yield bean
            life.end(bean)
            for _ in range(self.pauses):  # others may ask meanwhile
                await asyncio.sleep(0)

        def at_once(context: ApplicationContext) -> Iterator[Any]:
            for _ in range(self.pauses):
                time.sleep(0)
            for kind in self.asks:
                context.get(kind.hint)
            bean = life.bean(self.name)
            yield bean
            life.end(bean)

        names: dict[str, Any] = {"inner": slowly if self.is_async else at_once}
        parameters = ", ".join(["context", *(f"need{number}" for number in range(len(self.needs)))])
        loop = "\n async for bean in inner(context): yield bean" if self.is_async else "yield from inner(context)"
        exec(f"{'async ' * self.is_async}def {self.name}({parameters}): {loop}", names)
        function = names[self.name]
        function.__annotations__ = {"context": ApplicationContext, "return": self.hint}
        function.__annotations__ |= {f"need{number}": kind.hint for number, kind in enumerate(self.needs)}
        function = Scope(self.scope)(Bean(provides=self.hint)(function))
        return Lazy(function) if self.is_lazy else function

    @property
    def is_awaited(self) -> bool:
        """Whether it cannot be had at once while it is not there: it or what it needs or asks for is awaited."""
        return self.is_async or any(kind.is_awaited for kind in (*self.needs, *self.asks))


def random_kinds(chance: random.Random, scope: str, *, with_circles: bool = False) -> list[Kind]:
    """Eight of them; one needs earlier ones, and asks for earlier ones that it can have, or for any."""
    kinds = [Kind(number, chance, scope) for number in range(8)]
    for number, kind in enumerate(kinds):
        kind.needs = chance.sample(kinds[:number], k=min(number, chance.randrange(3)))
        if with_circles:
            kind.is_lazy = True
            kind.asks = chance.sample(kinds, k=chance.randrange(3))
        elif scope == Scope.SINGLETON:
            able = [other for other in kinds[:number] if kind.is_async or not other.is_awaited]
            kind.asks = chance.sample(able, k=min(len(able), chance.randrange(3)))
    return kinds


async def ask(chance: random.Random, life: Life, context: ApplicationContext, kinds: list[Kind], store: ScopeStore | None) -> None:
    """Await some beans, and be cancelled now and then."""
    for kind in chance.choices(kinds, k=12):
        asked_at = next(life.clock)
        asking = asyncio.ensure_future(context.aget(kind.hint, store=store))
        for _ in range(chance.randrange(6)):
            await asyncio.sleep(0)
        if chance.random() < 0.3:
            asking.cancel()
        try:
            life.have(await asking, asked_at)
        except (ClosedContextError, ClosedStoreError):
            return
        except asyncio.CancelledError:
            continue


def ask_at_once(chance: random.Random, life: Life, context: ApplicationContext, kinds: list[Kind], store: ScopeStore | None) -> None:
    """Ask for some beans without awaiting, in this thread."""
    for kind in chance.choices(kinds, k=6):
        asked_at = next(life.clock)
        try:
            life.have(context.get(kind.hint, store=store), asked_at)
        except BeanNotReadyError:
            continue
        except (ClosedContextError, ClosedStoreError):
            return


def verdict(life: Life) -> list[str]:
    """What is wrong with a life that has ended."""
    wrong = list(life.wrong)
    for name, made in life.made.items():
        if len(made) != 1 or not life.got.get(name, set()) <= set(made):
            wrong.append(f"{name} was made {len(made)} times, {len(life.got.get(name, ()))} were handed out")
        wrong += [f"{name} was ended {len(life.ended.get(bean, ()))} times" for bean in made if len(life.ended.get(bean, ())) != 1]
    return wrong


@asynccontextmanager
async def started(definitions: list[Any], chance: random.Random) -> AsyncIterator[ApplicationContext]:
    """A context of *definitions*, which come in any order."""
    chance.shuffle(definitions)

    @Import(*definitions)
    @PyBootApplication(scan=())
    class App: ...

    async with start(App) as context:
        yield context


async def one_life_of_singletons(seed: int) -> list[str]:
    """Tasks here, tasks on two other loops and two threads ask, while the context is up and while it closes."""
    chance, life = random.Random(seed), Life()
    kinds = random_kinds(chance, Scope.SINGLETON)
    async with started([kind.definition(life) for kind in kinds], chance) as context:
        asks = [ask(random.Random(seed + number), life, context, kinds, None) for number in range(3)]
        asks += [on_other_loop(lambda n=number: ask(random.Random(seed - n), life, context, kinds, None)) for number in range(2)]
        asks += [asyncio.to_thread(ask_at_once, random.Random(seed - number), life, context, kinds, None) for number in range(2)]
        tasks = [asyncio.ensure_future(work) for work in asks]
        for _ in range(chance.choice([0, 5, 50, 500])):
            await asyncio.sleep(0)
    await asyncio.wait_for(asyncio.gather(*tasks), DEADLINE_SECONDS)
    return verdict(life)


async def one_life_of_stores(seed: int) -> list[str]:
    """A connection, on the loop of the context or another one: its handlers ask, and a thread, while it is open and while it closes."""
    chance, life = random.Random(seed), Life()
    kinds = random_kinds(chance, Scope.CHANNEL)

    async def connection(context: ApplicationContext) -> None:
        store = ScopeStore()
        asks = [ask(random.Random(seed + number), life, context, kinds, store) for number in range(3)]
        asks.append(asyncio.to_thread(ask_at_once, random.Random(seed), life, context, kinds, store))
        tasks = [asyncio.ensure_future(work) for work in asks]
        for _ in range(chance.choice([1, 5, 50, 500])):
            await asyncio.sleep(0)
        await store.aclose()
        await asyncio.gather(*tasks)

    async with started([kind.definition(life) for kind in kinds], chance) as context:
        here = chance.random() < 0.5
        await asyncio.wait_for(connection(context) if here else on_other_loop(lambda: connection(context)), DEADLINE_SECONDS)
    return verdict(life)


async def one_life_of_circles(seed: int) -> list[str]:
    """Lazy beans that ask for each other, in circles too, by threads and on loops at the same time: all come back."""
    chance, life = random.Random(seed), Life()
    kinds = random_kinds(chance, Scope.SINGLETON, with_circles=True)

    async def outcome(work: Awaitable[Any]) -> None:
        asked_at = next(life.clock)
        try:
            life.have(await work, asked_at)
        except (CircularDependencyError, BeanNotReadyError):
            pass

    async with started([kind.definition(life) for kind in kinds], chance) as context:
        asks: list[Awaitable[Any]] = [asyncio.to_thread(context.get, kind.hint) for kind in kinds]
        asks += [context.aget(kind.hint) for kind in kinds]
        asks += [on_other_loop(lambda kind=kind: context.aget(kind.hint)) for kind in kinds[:3]]
        chance.shuffle(asks)
        await asyncio.wait_for(asyncio.gather(*map(outcome, asks)), DEADLINE_SECONDS)
    return verdict(life)


@pytest.mark.parametrize("one_life", [one_life_of_singletons, one_life_of_stores, one_life_of_circles])
async def test_random_schedules_of_askers_and_closings_obey_the_law(one_life: Callable[[int], Awaitable[list[str]]]) -> None:
    """A failure names the seed of its life."""
    first = random.randrange(1_000_000)
    print("seeds from", first)
    for seed in range(first, first + 40):
        assert [] == await one_life(seed), f"seed {seed}"
