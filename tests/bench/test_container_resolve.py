"""Claim: a bean is had from the context as fast as from any container, and a fresh one faster than from those that compile.

Each figure is the median of rounds in which all containers take turns, so that a busy moment meets them all.
"""

import asyncio
import statistics
import timeit
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from pyboot.boot import Component, Import, PyBootApplication, Scope, prepare

pytestmark = pytest.mark.bench

ROUNDS, CALLS = 31, 5000


class One: ...


class Two: ...


class Three: ...


class OfThree:
    def __init__(self, one: One, two: Two, three: Three) -> None:
        self.parts = (one, two, three)


class Level1: ...


class Level2:
    def __init__(self, inner: Level1) -> None:
        self.inner = inner


class Level3:
    def __init__(self, inner: Level2) -> None:
        self.inner = inner


class Level4:
    def __init__(self, inner: Level3) -> None:
        self.inner = inner


class Level5:
    def __init__(self, inner: Level4) -> None:
        self.inner = inner


SINGLETONS = (One, Two, Three)
PROTOTYPES = (OfThree, Level1, Level2, Level3, Level4, Level5)


@dataclass
class Contender:
    """One container: how it gives a singleton, a prototype of three singletons, and five levels of prototypes."""

    singleton: Callable[[], object]
    three: Callable[[], object]
    five: Callable[[], object]


def pyboot() -> Contender:
    """This container."""

    class App: ...

    beans = [*map(Component, SINGLETONS), *(Scope(Scope.PROTOTYPE)(Component(kind)) for kind in PROTOTYPES)]
    blueprint = prepare(Import(*beans)(PyBootApplication(App)))
    context = blueprint.context
    asyncio.run(context.refresh(blueprint.graph))
    return Contender(lambda: context.get(One), lambda: context.get(OfThree), lambda: context.get(Level5))


def dependency_injector() -> Contender:
    """The library underneath, with its own containers."""
    from dependency_injector import containers, providers

    container = containers.DynamicContainer()
    container.one, container.two, container.three = map(providers.Singleton, SINGLETONS)
    container.of_three = providers.Factory(OfThree, one=container.one, two=container.two, three=container.three)
    level: Any = providers.Factory(Level1)
    for kind in (Level2, Level3, Level4, Level5):
        level = providers.Factory(kind, inner=level)
    container.five = level
    return Contender(lambda: container.one(), lambda: container.of_three(), lambda: container.five())


def dishka() -> Contender:
    """A container that compiles its factories."""
    library = pytest.importorskip("dishka", reason="dishka is not installed beside this project")
    provider = library.Provider(scope=library.Scope.APP)
    for kind in SINGLETONS:
        provider.provide(kind)
    for prototype in PROTOTYPES:
        provider.provide(prototype, cache=False)
    container = library.make_container(provider)
    return Contender(lambda: container.get(One), lambda: container.get(OfThree), lambda: container.get(Level5))


def wireup() -> Contender:
    """Another one."""
    library = pytest.importorskip("wireup", reason="wireup is not installed beside this project")
    beans = [*map(library.injectable, SINGLETONS), *map(library.injectable(lifetime="transient"), PROTOTYPES)]
    container = library.create_sync_container(injectables=beans)
    scope = container.enter_scope().__enter__()
    return Contender(lambda: container.get(One), lambda: scope.get(OfThree), lambda: scope.get(Level5))


def that_depends() -> Contender:
    """A container of providers in pure Python."""
    library = pytest.importorskip("that_depends", reason="that-depends is not installed beside this project")
    one, two, three = map(library.providers.Singleton, SINGLETONS)
    of_three = library.providers.Factory(OfThree, one, two, three)
    level = library.providers.Factory(Level1)
    for kind in (Level2, Level3, Level4, Level5):
        level = library.providers.Factory(kind, level)
    return Contender(one.resolve_sync, of_three.resolve_sync, level.resolve_sync)


def ratios(rival: Callable[[], Contender], what: str) -> float:
    """How many times as long the *rival* takes as this container."""
    own, other = getattr(pyboot(), what), getattr(rival(), what)
    own(), other()
    rounds = [timeit.timeit(other, number=CALLS) / timeit.timeit(own, number=CALLS) for _ in range(ROUNDS)]
    found = statistics.median(rounds)
    print(f"{what}: {rival.__name__} takes {found:.2f} times as long")
    return found


@pytest.mark.parametrize("rival", [dependency_injector, dishka, wireup, that_depends])
def test_a_singleton_is_had_as_fast_as_from_any(rival: Callable[[], Contender]) -> None:
    """A dict hit behind one call; within the noise of a fiftieth."""
    assert ratios(rival, "singleton") >= 0.98


@pytest.mark.parametrize("rival", [dependency_injector, dishka, wireup, that_depends])
@pytest.mark.parametrize("what", ["three", "five"])
def test_a_prototype_is_made_as_fast_as_by_any(rival: Callable[[], Contender], what: str) -> None:
    """Of three singletons, and of five levels of prototypes: generated code."""
    assert ratios(rival, what) >= 0.98


def test_a_compiled_factory_costs_little_more_than_the_calls_by_hand() -> None:
    """What makes the handlers of each connection."""

    class App: ...

    beans = [*map(Component, SINGLETONS), *(Scope(Scope.PROTOTYPE)(Component(kind)) for kind in PROTOTYPES)]
    blueprint = prepare(Import(*beans)(PyBootApplication(App)))
    context = blueprint.context
    asyncio.run(context.refresh(blueprint.graph))
    make, one, two, three = context.factory(context.definition(OfThree)), context.get(One), context.get(Two), context.get(Three)

    def by_hand(store: object = None) -> OfThree:
        return OfThree(one, two, three)

    rounds = [timeit.timeit(lambda: make(None), number=CALLS) / timeit.timeit(lambda: by_hand(None), number=CALLS) for _ in range(ROUNDS)]
    print(f"compiled factory: {statistics.median(rounds):.2f} times the calls by hand")

    assert statistics.median(rounds) <= 1.5
