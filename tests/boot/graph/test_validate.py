"""Checking the graph: circles, scopes, the order."""

import pytest

from pyboot.boot.config.environment import Environment
from pyboot.boot.discovery.collect import collect
from pyboot.boot.errors import CircularDependencyError, GraphError, ScopeMismatchError
from pyboot.boot.graph.build import Graph, GraphBuilder
from pyboot.boot.graph.validate import check
from pyboot.boot.model.bean import DependsOn
from pyboot.boot.model.injection import Provider
from pyboot.boot.model.scope import Scope
from pyboot.boot.model.stereotype import Component


@Component
class A:
    def __init__(self, b: "B") -> None: ...


@Component
class B:
    def __init__(self, c: "C") -> None: ...


@Component
class C: ...


@Component
class Egg:
    def __init__(self, hen: "Hen") -> None: ...


@Component
class Hen:
    def __init__(self, egg: Egg) -> None: ...


@Scope(Scope.CHANNEL)
@Component
class Session: ...


@Scope(Scope.PROTOTYPE)
@Component
class Handler:
    def __init__(self, session: Session) -> None: ...


def checked(*targets: object) -> Graph:
    """The checked graph of these classes."""
    return check(GraphBuilder(Environment([])).build(collect(targets)))


def problems(*targets: object) -> list[object]:
    """What is wrong with the graph of these classes."""
    with pytest.raises(GraphError) as raised:
        checked(*targets)
    return list(raised.value.problems)


def test_what_is_needed_comes_first() -> None:
    """Whatever the order of definition."""
    assert ["c", "b", "a"] == [definition.name for definition in checked(A, B, C).order]


def test_what_is_independent_stays_in_the_order_of_definition() -> None:
    """So that a start is the same each time."""
    assert ["c", "session", "handler"] == [definition.name for definition in checked(C, Session, Handler).order]


def test_depends_on_is_an_edge() -> None:
    """Although nothing is injected."""

    @DependsOn("c")
    @Component
    class First: ...

    assert ["c", "first"] == [definition.name for definition in checked(First, C).order]


def test_a_circle_is_reported_with_its_beans() -> None:
    """Each with its place."""
    (problem,) = problems(Egg, Hen)

    assert isinstance(problem, CircularDependencyError)
    assert ["egg", "hen"] == [name.partition(" ")[0] for name in problem.loop]


def test_two_circles_are_reported_at_once() -> None:
    """One that goes through itself is a circle, too."""

    @Component
    class Narcissus:
        def __init__(self, narcissus: "Narcissus") -> None: ...

    Narcissus.__init__.__annotations__["narcissus"] = Narcissus

    assert [["egg", "hen"], ["narcissus"]] == [
        [name.partition(" ")[0] for name in problem.loop]
        for problem in problems(Egg, Hen, Narcissus)
        if isinstance(problem, CircularDependencyError)
    ]


def test_a_provider_cuts_a_circle() -> None:
    """It is asked after both are made."""

    @Component
    class Late:
        def __init__(self, early: "Provider[Early]") -> None: ...

    @Component
    class Early:
        def __init__(self, late: Late) -> None: ...

    Late.__init__.__annotations__["early"] = Provider[Early]

    assert ["late", "early"] == [definition.name for definition in checked(Late, Early).order]


def test_a_chain_of_any_length_can_be_walked() -> None:
    """Five thousand beans in a row: no recursion."""
    chain: list[type] = [Component(type("Link0", (), {}))]
    for number in range(1, 5000):

        def init(self: object, previous: object) -> None: ...

        init.__annotations__["previous"] = chain[-1]
        chain.append(Component(type(f"Link{number}", (), {"__init__": init})))

    assert 5000 == len(checked(*reversed(chain)).order)


def test_a_singleton_may_not_hold_a_bean_of_a_channel() -> None:
    """Neither itself nor through a prototype."""

    @Component
    class Direct:
        def __init__(self, session: Session) -> None: ...

    @Component
    class Through:
        def __init__(self, handler: Handler) -> None: ...

    found = problems(Session, Handler, Direct, Through)

    assert [("direct", "channel"), ("through", "prototype (of channel)")] == [
        (problem.owner, problem.wanted_scope) for problem in found if isinstance(problem, ScopeMismatchError)
    ]


def test_a_singleton_may_ask_for_a_bean_of_a_channel_each_time() -> None:
    """A provider holds nothing."""

    @Component
    class Asking:
        def __init__(self, session: Provider[Session]) -> None: ...

    assert 2 == len(checked(Session, Asking).order)


def test_a_bean_of_one_store_may_not_hold_one_of_another() -> None:
    """Neither outlives the other for sure."""

    @Scope("job")
    @Component
    class Job:
        def __init__(self, session: Session) -> None: ...

    (problem,) = problems(Session, Job)

    assert isinstance(problem, ScopeMismatchError)
