"""The creator: order, processors, interception, and the traps of the library underneath (G1 to G13 of its map)."""

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from pyboot.boot import (
    ApplicationContext,
    Bean,
    BeanDefinition,
    BeanPostProcessor,
    Component,
    Configuration,
    Import,
    Interceptor,
    Lazy,
    PostConstruct,
    PreDestroy,
    Provider,
    PyBootApplication,
    Scope,
    prepare,
)
from pyboot.boot.errors import BeanCreationError, BeanNotReadyError, DefinitionError


async def refreshed(*targets: object) -> ApplicationContext:
    """The context of an application that imports *targets*."""

    @Import(*targets)
    @PyBootApplication
    class App: ...

    blueprint = prepare(App)
    await blueprint.context.refresh(blueprint.graph)
    return blueprint.context


class Link: ...


async def test_a_post_processor_sees_every_bean_made_after_it() -> None:
    """It is made first, with what it needs, and may put another object in a bean's place."""
    seen: list[str] = []

    @Component
    class Early: ...

    @Component
    class First(BeanPostProcessor):
        def __init__(self, helper: "Helper") -> None: ...

        def process(self, bean: Any, definition: BeanDefinition) -> Any:
            seen.append(definition.name)
            return "replaced" if definition.name == "early" else bean

    @Component
    class Helper: ...

    First.__init__.__annotations__["helper"] = Helper

    context = await refreshed(Early, First, Helper)

    assert {"early", "app"} <= set(seen)
    assert {"first", "helper"}.isdisjoint(seen)
    replaced: object = context.get(Early)
    assert "replaced" == replaced


async def test_prototypes_go_through_the_processors_that_want_them() -> None:
    """Those that nobody wants are made by generated code."""
    seen: list[str] = []

    @Scope(Scope.PROTOTYPE)
    @Component
    class Wanted: ...

    @Scope(Scope.PROTOTYPE)
    @Component
    class Unwanted: ...

    @Component
    class Processor(BeanPostProcessor):
        def handles(self, definition: BeanDefinition) -> bool:
            return definition.name == "wanted"

        def process(self, bean: Any, definition: BeanDefinition) -> Any:
            seen.append(definition.name)
            return bean

    context = await refreshed(Wanted, Unwanted, Processor)
    context.get(Wanted)
    context.get(Unwanted)

    assert ["wanted"] == seen


async def test_g1_a_factory_that_returns_none_is_an_error_and_not_run_again() -> None:
    """The library takes ``None`` for "not made yet" and would call the factory each time."""
    calls: list[int] = []

    @Configuration
    class Setup:
        @Bean
        def link(self) -> Link:
            calls.append(1)
            return None  # type: ignore[return-value]  # the mistake that is tested

    with pytest.raises(BeanCreationError, match="returned None, promised was Link"):
        await refreshed(Setup)

    assert [1] == calls


async def test_g2_nobody_is_ever_handed_a_future_instead_of_a_bean() -> None:
    """Neither who needs an asynchronous bean nor who asks for it later."""

    @Configuration
    class Setup:
        @Bean
        async def link(self) -> Link:
            await asyncio.sleep(0)
            return Link()

    @Component
    class User:
        def __init__(self, link: Link, later: Provider[Link]) -> None:
            self.link = link
            self.later = later

    context = await refreshed(Setup, User)
    user = context.get(User)

    assert type(user.link) is Link
    assert user.link is user.later.get() is context.get(Link) is context.providers[context.definition(Link)]()


async def test_g3_a_context_of_a_new_loop_makes_its_own_beans() -> None:
    """Nothing that is pending in one loop is kept for the next."""

    @Configuration
    class Setup:
        @Bean
        async def link(self) -> Link:
            await asyncio.sleep(0)
            return Link()

    def in_own_loop() -> Link:
        async def main() -> Link:
            context = await refreshed(Setup)
            return context.get(Link)

        return asyncio.run(main())

    first, second = await asyncio.to_thread(in_own_loop), await asyncio.to_thread(in_own_loop)

    assert first is not second


class Promise:
    """A bean that looks like a future, as a channel's promise does."""

    _asyncio_future_blocking = False

    def __await__(self) -> Iterator[None]:
        yield

    def send(self, value: object) -> None: ...

    def throw(self, error: object) -> None: ...

    def close(self, *why: object) -> None: ...


async def test_g4_an_awaitable_bean_is_handed_over_as_it_is() -> None:
    """The library would await it, as a result and as an argument."""

    @Configuration
    class Setup:
        @Bean
        def promise(self) -> Promise:
            return Promise()

    @Component
    class User:
        def __init__(self, promise: Promise) -> None:
            self.promise = promise

    @Scope(Scope.PROTOTYPE)
    @Component
    class Many(User): ...

    context = await refreshed(Setup, User, Many)

    assert type(context.get(User, "user").promise) is Promise
    assert context.get(Many).promise is context.get(User, "user").promise


async def test_g5_teardown_is_the_exact_reverse_of_making() -> None:
    """Over a hundred random graphs."""
    chance = random.Random(7)
    for _ in range(100):
        made, ended = await _one_random_life(chance)
        assert 12 == len(made)
        assert list(reversed(made)) == ended


async def _one_random_life(chance: random.Random) -> tuple[list[str], list[str]]:
    made: list[str] = []
    ended: list[str] = []
    kinds: list[type] = []
    for number in range(12):
        needs = chance.sample(kinds, k=min(len(kinds), chance.randrange(4)))

        def init(self: Any, *beans: object, name: str = f"bean{number}", **rest: object) -> None:
            made.append(name)
            self.name = name

        body = {"__init__": _with_parameters(init, needs), "end": PreDestroy(lambda self: ended.append(self.name))}
        kinds.append(Component(type(f"Bean{number}", (), body)))
    chance.shuffle(kinds)
    context = await refreshed(*kinds)
    await context.aclose()
    return made, ended


def _with_parameters(init: Any, needs: list[type]) -> Any:
    """A constructor that asks for *needs*."""
    names = [f"need{number}" for number in range(len(needs))]
    scope: dict[str, Any] = {"inner": init}
    exec(f"def __init__(self, {', '.join(names)}): inner(self)" if names else "def __init__(self): inner(self)", scope)
    scope["__init__"].__annotations__.update(zip(names, needs, strict=True))
    return scope["__init__"]


async def test_g6_a_failing_asynchronous_start_undoes_the_others_and_a_failing_end_does_not_stop_the_rest() -> None:
    """Everything that was made is ended, and every failure is told."""
    log: list[str] = []

    class One: ...

    class Two: ...

    class Three: ...

    @Configuration
    class Setup:
        @Bean
        async def one(self) -> AsyncIterator[One]:
            yield One()
            log.append("end one")

        @Bean
        async def two(self, one: One) -> AsyncIterator[Two]:
            yield Two()
            log.append("end two")
            raise OSError("stuck")

        @Bean
        async def three(self, two: Two) -> Three:
            raise ValueError("no")

    with pytest.raises(BeanCreationError, match="ValueError: no") as raised:
        await refreshed(Setup)

    assert ["end two", "end one"] == log
    assert any("stuck" in note for note in getattr(raised.value, "__notes__", []))


class Managed:
    """Has both protocols of a context manager; neither is entered."""

    def __enter__(self) -> "Managed":
        raise AssertionError("entered")

    def __exit__(self, *error: object) -> None:
        raise AssertionError("left")

    async def __aenter__(self) -> "Managed":
        raise AssertionError("entered")

    async def __aexit__(self, *error: object) -> None:
        raise AssertionError("left")


async def test_g7_a_context_manager_is_not_entered_unasked() -> None:
    """Who wants it entered writes a generator."""

    @Configuration
    class Setup:
        @Bean
        def managed(self) -> Managed:
            return Managed()

        @Bean
        async def amanaged(self) -> "list[Managed]":
            return [Managed()]

    context = await refreshed(Setup)
    await context.aclose()


async def test_g8_a_lazy_bean_is_made_once_by_many_threads() -> None:
    """And one that waits for a thread, which asks for another lazy bean, does not deadlock."""
    made: list[str] = []

    @Lazy
    @Component
    class Other: ...

    @Lazy
    @Component
    class Slow:
        def __init__(self, other: Provider[Other]) -> None:
            made.append("slow")
            thread = threading.Thread(target=other.get)
            thread.start()
            thread.join(5)
            assert not thread.is_alive()

    context = await refreshed(Other, Slow)
    found = await asyncio.gather(*(asyncio.to_thread(context.get, Slow) for _ in range(8)))

    assert ["slow"] == made
    assert 1 == len(set(map(id, found)))


async def test_g9_a_deep_chain_is_made_without_recursion() -> None:
    """Three thousand beans, each needing the one before, all lazy but the last."""
    chain: list[type] = []
    for number in range(3000):
        init = _with_parameters(lambda self: None, chain[-1:])
        chain.append(Component(type(f"Link{number}", (), {"__init__": init})))
    context = await refreshed(*(Lazy(kind) for kind in chain))

    assert isinstance(context.get(chain[-1]), chain[-1])


async def test_g10_a_parameter_with_two_underscores_is_passed_like_any_other() -> None:
    """The library would take it for a nested name and drop it."""

    class User:
        def __init__(self, *, a__b: Link, __c: Link) -> None:
            self.both = (a__b, __c)

    @Bean
    def user(*, a__b: Link, c__d: Link) -> User:
        return User(a__b=a__b, _User__c=c__d)  # type: ignore[call-arg]  # the mangled name of __c

    context = await refreshed(Component(Link), user)

    assert (context.get(Link), context.get(Link)) == context.get(User).both


@pytest.mark.parametrize("name", ["wire", "traverse", "overridden", "parent", "providers", "reset_override", "graph", "get"])
async def test_g12_a_bean_may_have_any_name(name: str) -> None:
    """No method of a container is shadowed by it."""
    context = await refreshed(Component(name)(type("Thing", (Link,), {})))

    assert isinstance(context.get(Link, name), Link)


async def test_g15_a_constructor_that_does_not_fit_names_its_bean() -> None:
    """A bare ``TypeError`` would not."""

    @Component
    class User:
        def __init__(self, link: Link) -> None:
            raise TypeError("missing 1 required positional argument")

    with pytest.raises(BeanCreationError, match=r"'user' \(.*test_creator\.py:\d+\).*missing 1 required"):
        await refreshed(Component(Link), User)


async def test_a_post_processor_that_returns_nothing_is_an_error() -> None:
    """Every bean would be None; the method that forgot it is named."""

    @Component
    class Forgetful(BeanPostProcessor):
        def process(self, bean: Any, definition: BeanDefinition) -> Any:
            bean.seen = True

    @Component
    class Plain: ...

    with pytest.raises(DefinitionError, match="it returned None for 'app'; return the bean, or what shall stand for it") as caught:
        await refreshed(Forgetful, Plain)

    assert "Forgetful.process" in caught.value.subject


class Promised: ...


class Loud(Interceptor):
    def wrap(self, method: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args: method(*args).upper()


class Given(Promised):
    def __init__(self) -> None:
        self.calls: list[str] = []

    @PostConstruct
    def ready(self) -> None:
        self.calls.append("ready")

    @Loud()
    def greet(self) -> str:
        return "hello"

    def close(self) -> None:
        self.calls.append("ended")


class GivenLate(Promised):
    def __init__(self) -> None:
        self.calls: list[str] = []

    @PostConstruct
    async def ready(self) -> None:
        await asyncio.sleep(0)
        self.calls.append("ready")


@pytest.mark.parametrize(
    ("scope", "expected"), [("singleton", ["ready", "ended"]), ("prototype", ["ready"]), ("channel", ["ready", "ended"])]
)
async def test_what_stands_behind_a_promised_base_is_finished_like_any_other(scope: str, expected: list[str]) -> None:
    """Its own callbacks, its interceptors and the processors count, whatever the function promises."""
    seen: list[str] = []

    @Scope(scope)
    @Bean
    def given() -> Promised:
        return Given()

    @Component
    class Curious(BeanPostProcessor):
        def handles(self, definition: BeanDefinition) -> bool:
            return definition.provides is Given

        def process(self, bean: Any, definition: BeanDefinition) -> Any:
            seen.append(definition.name)
            return bean

    context = await refreshed(Curious, given)
    async with context.scope() as store:
        bean: Any = context.get(Promised, store=store if scope == "channel" else None)
        assert ("HELLO", ["ready"], ["given"]) == (bean.greet(), bean.calls, seen)
    await context.aclose()

    assert expected == bean.calls


async def test_an_awaited_callback_behind_a_promised_base_is_awaited() -> None:
    """At the start, and by whoever asks for it asynchronously; who cannot wait is told."""

    @Bean
    def given() -> Promised:
        return GivenLate()

    context = await refreshed(given)
    assert ["ready"] == context.get(Promised).calls  # type: ignore[attr-defined]  # behind the base

    context = await refreshed(Lazy(Bean(lazy_given)))
    with pytest.raises(BeanNotReadyError):
        context.get(Promised)
    assert ["ready"] == (await context.aget(Promised)).calls  # type: ignore[attr-defined]  # as above


def lazy_given() -> Promised:
    return GivenLate()


async def test_a_prototype_function_that_returns_nothing_is_an_error() -> None:
    """As that of any other scope."""

    @Scope("prototype")
    @Bean
    def nothing() -> Promised:
        return None  # type: ignore[return-value]  # the error on test

    context = await refreshed(nothing)
    with pytest.raises(BeanCreationError, match="its factory returned None"):
        context.get(Promised)


async def test_a_frozen_configuration_is_woven() -> None:
    """Nobody else may set anything on it."""

    @Configuration
    @dataclass(frozen=True)
    class Setup:
        @Bean
        def link(self) -> Link:
            return Link()

    context = await refreshed(Setup)

    assert isinstance(context.get(Link), Link)
