"""Building the graph: parameters are matched with definitions, and problems are collected."""

from dataclasses import dataclass
from typing import Annotated

import pytest
from pydantic import BaseModel

from pyboot.boot.config.environment import Environment
from pyboot.boot.config.load import flat_tree
from pyboot.boot.config.read.sources import TreeSource
from pyboot.boot.discovery.collect import collect
from pyboot.boot.errors import AmbiguousBeanError, BindError, DefinitionError, MissingBeanError, PlaceholderError
from pyboot.boot.graph.build import Graph, GraphBuilder, needed_by
from pyboot.boot.graph.request import Kind
from pyboot.boot.model.bean import Bean, DependsOn, Primary
from pyboot.boot.model.injection import Lazy, Provider, Value
from pyboot.boot.model.stereotype import Component, Configuration, ConfigurationProperties


class Cache: ...


@Component
class Disk(Cache): ...


@Component
class Memory(Cache): ...


def graph_of(*targets: object) -> Graph:
    """The graph of these classes, problems included."""
    return GraphBuilder(Environment([])).build(collect(targets))


def handed(graph: Graph, name: str) -> dict[str, list[str]]:
    """What each parameter of the bean called *name* gets."""
    edges = graph.edges[graph.index.by_name[name]]
    return {edge.parameter.name: [target.name for target in edge.targets] for edge in edges}


def test_every_form_of_injection_is_matched() -> None:
    """Collections are complete, deferred ones name their target."""

    @Component
    class User:
        def __init__(
            self, disk: Disk, caches: list[Cache], by_name: dict[str, Cache], later: Provider[Disk], once: Lazy[Memory], maybe: str | None
        ) -> None: ...

    graph = graph_of(Disk, Memory, User)

    assert [] == graph.problems
    assert {
        "disk": ["disk"],
        "caches": ["disk", "memory"],
        "by_name": ["disk", "memory"],
        "later": ["disk"],
        "once": ["memory"],
        "maybe": [],
    } == handed(graph, "user")


def test_a_default_is_used_where_nobody_offers_the_type() -> None:
    """Parameters behind the gap are passed by name."""

    @Component
    class User:
        def __init__(self, size: int = 3, disk: Disk | None = None) -> None: ...

    graph = graph_of(Disk, User)
    (edge,) = graph.edges[graph.index.by_name["user"]]

    assert ("disk", True) == (edge.parameter.name, edge.parameter.by_name)


def test_a_bean_is_left_out_of_its_own_collection() -> None:
    """A composite of its own kind does not need itself."""

    @Component
    class All(Cache):
        def __init__(self, caches: list[Cache]) -> None: ...

    assert {"caches": ["disk", "memory"]} == handed(graph_of(Disk, Memory, All), "all")


def test_a_bean_that_is_a_collection_beats_collecting() -> None:
    """A ``@Bean`` of exactly that type is meant."""

    @Configuration
    class Setup:
        @Bean
        def chosen(self) -> list[Cache]:
            return []

    @Component
    class User:
        def __init__(self, caches: list[Cache]) -> None: ...

    assert {"caches": ["chosen"]} == handed(graph_of(Setup, Disk, User), "user")


def test_an_optional_collection_that_is_a_bean_stays_optional() -> None:
    """It is asked for as one bean, with all that the hint says."""

    @Configuration
    class Setup:
        @Bean
        def chosen(self) -> list[Cache]:
            return []

    @Component
    class User:
        def __init__(self, caches: list[Cache] | None) -> None: ...

    graph = graph_of(Setup, Disk, User)
    (edge,) = graph.edges[graph.index.by_name["user"]]

    assert (Kind.ONE, True, list[Cache]) == (edge.request.kind, edge.request.is_optional, edge.request.whole)


def test_a_method_of_a_configuration_needs_its_configuration_and_what_it_asks_for() -> None:
    """And what `@DependsOn` names; nothing of that is a parameter but what it asks for."""

    @Configuration
    class Setup:
        @DependsOn("memory")
        @Bean
        def made(self, disk: Disk, absent: str | None) -> Cache:
            return disk

    graph = graph_of(Setup, Disk, Memory)
    made = graph.index.by_name["made"]

    assert [] == graph.problems
    assert {"disk": ["disk"], "absent": []} == handed(graph, "made")
    assert ["disk", "setup", "memory"] == [needed.name for needed in graph.needs(made)]
    assert [[], []] == [list(graph.needs(graph.index.by_name[name])) for name in ("disk", "setup")]


def test_who_needs_a_bean_is_told_up_to_who_needs_nobody() -> None:
    """A parameter by its place, a method of a configuration as a whole."""

    @Component
    class Pool:
        def __init__(self, disk: Disk) -> None: ...

    @Configuration
    class Setup:
        def __init__(self, pool: Pool) -> None: ...

        @Bean
        def made(self, later: Provider[Memory]) -> str:
            return ""

    graph = graph_of(Setup, Pool, Disk, Memory)
    graph.order = graph.index.definitions
    told = needed_by(graph, graph.index.by_name["disk"])

    assert 3 == len(told)
    assert told[0].startswith("Parameter 'disk' of ")
    assert "Pool (" in told[0]
    assert told[1].startswith("Parameter 'pool' of ")
    assert "Setup (" in told[1]
    assert told[2].startswith("'made' (")
    assert [] == needed_by(graph, graph.index.by_name["memory"])
    assert [] == needed_by(graph, graph.index.by_name["made"])


def test_a_problem_names_the_bean_by_its_own_name_and_what_it_asked_for() -> None:
    """Of a method that is the bean's name; what a condition withholds is asked for by the key."""
    asked: list[str] = []

    class Absent: ...

    @Configuration
    class Setup:
        @Bean
        def made(self, absent: Absent, cache: Cache) -> str:
            return ""

    def withheld(key: object) -> tuple[str, ...]:
        asked.append(str(key))
        return ("'absent' (Absent): not now",)

    missing, ambiguous = GraphBuilder(Environment([]), withheld).build(collect((Setup, Disk, Memory))).problems

    assert isinstance(missing, MissingBeanError)
    assert isinstance(ambiguous, AmbiguousBeanError)
    assert ([missing.required], ("'absent' (Absent): not now",)) == (asked, tuple(missing.withheld))
    assert missing.required.endswith("Absent")
    assert ambiguous.required.endswith("Cache")
    assert ["made", "made"] == [problem.injection_point.owner for problem in (missing, ambiguous) if problem.injection_point is not None]


def test_a_value_is_handed_over_as_what_was_asked_for() -> None:
    """Also where it is refused: the edge says that it is a value."""

    @Component
    class User:
        def __init__(
            self,
            port: Annotated[int, Value("${port:80}")],
            size: Annotated[int, Value("${size:many}")],
            name: Annotated[str, Value("port")],
        ) -> None: ...

    environment = Environment([TreeSource("test", flat_tree({"port": "8080"}, "test"))])
    graph = GraphBuilder(environment).build(collect((User,)))
    definition = graph.index.by_name["user"]
    edges = graph.edges[definition]

    assert [(Kind.VALUE, 8080), (Kind.VALUE, None), (Kind.VALUE, "port")] == [(edge.request.kind, edge.value) for edge in edges]
    refused, plain = graph.problems
    assert isinstance(refused, BindError)
    assert isinstance(plain, DefinitionError)
    assert str(definition.origin) == plain.location


def test_all_problems_are_collected() -> None:
    """Missing, ambiguous, a wrong value, a hint that cannot be read, an unknown name: one each."""

    class Absent: ...

    @DependsOn("nobody")
    @Component
    class User:
        def __init__(self, absent: Absent, cache: Cache, port: Annotated[int, Value("${port:x}")]) -> None: ...

    @Component
    class Unreadable:
        def __init__(self, thing: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821  the missing name is the point

    kinds = [type(problem) for problem in graph_of(Disk, Memory, User, Unreadable).problems]

    assert [MissingBeanError, AmbiguousBeanError, BindError, DefinitionError, DefinitionError] == kinds


def test_a_missing_bean_names_who_needs_it_and_where() -> None:
    """The parameter, the class, the file and the line."""

    class Absent: ...

    @Component
    class User:
        def __init__(self, absent: Absent) -> None: ...

    (problem,) = graph_of(User).problems

    assert isinstance(problem, MissingBeanError)
    assert problem.injection_point is not None
    assert ("absent", "User") == (problem.injection_point.parameter, problem.injection_point.owner.rpartition(".")[2])
    assert "test_build.py:" in problem.injection_point.location


@pytest.mark.parametrize("hint", [Provider[Cache], Lazy[Cache]])
def test_a_deferred_bean_must_be_there_all_the_same(hint: object) -> None:
    """It is made later; whether it can be is checked now."""

    class User: ...

    def user(cache: hint) -> User:  # type: ignore[valid-type]  # made by parametrize
        return User()

    (problem,) = graph_of(Bean(user)).problems

    assert isinstance(problem, MissingBeanError)


def test_who_needs_a_bean_is_no_candidate_for_it() -> None:
    """Though its name resembles what it needs."""

    class Absent: ...

    @Component
    class NeedsAbsent:
        def __init__(self, absent: Absent) -> None: ...

    (problem,) = graph_of(NeedsAbsent).problems

    assert isinstance(problem, MissingBeanError)
    assert [] == list(problem.near)


def test_a_placeholder_that_leads_nowhere_names_its_parameter() -> None:
    """It is no value that does not fit."""

    @Component
    class Mailer:
        def __init__(self, host: Annotated[str, Value("${mail.host}")]) -> None: ...

    (problem,) = graph_of(Mailer).problems

    assert isinstance(problem, PlaceholderError)
    assert "'${mail.host}' (Parameter 'host' of Mailer (" in str(problem)
    assert "there is no setting 'mail.host'" in str(problem)


def test_a_primary_wrapper_gets_what_it_wraps() -> None:
    """In every form: itself is left out, as from a collection."""

    class Cache: ...

    @Component
    class Memory(Cache): ...

    @Primary
    @Component
    class Wrapper(Cache):
        def __init__(self, one: Cache, all: list[Cache], later: Provider[Cache]) -> None: ...

    graph = graph_of(Memory, Wrapper)

    assert [] == graph.problems
    assert [["memory"], ["memory"], ["memory"]] == [
        [target.name for target in edge.targets] for edge in graph.edges[graph.index.by_name["wrapper"]]
    ]


class AsDefault:
    def __init__(self, port: int = Value("${x.port}")) -> None: ...  # type: ignore[assignment]  # the mistake itself


class AsHint:
    def __init__(self, port: Value("${x.port}")) -> None: ...  # type: ignore[valid-type]  # the mistake itself


class WithoutExpression:
    def __init__(self, port: Annotated[int, Value]) -> None: ...


class OfANumber:
    def __init__(self, port: Annotated[int, Value(5)]) -> None: ...  # type: ignore[arg-type]  # the mistake itself


class AsClassField:
    port: int = Value("${x.port}")  # type: ignore[assignment]  # the mistake itself


class AsHintOfAField:
    port: Annotated[int, Value("${x.port}")]


class OfABase(AsHintOfAField): ...


@dataclass
class AsDefaultOfADataclass:
    port: int = Value("${x.port}")  # type: ignore[assignment]  # the mistake itself


class WithoutBraces:
    def __init__(self, port: Annotated[str, Value("x.port")]) -> None: ...


MISUSED = [
    (AsDefault, 'port: Annotated[int, Value("${x.port}")]'),
    (AsHint, 'port: Annotated[str, Value("${x.port}")]'),
    (WithoutExpression, 'port: Annotated[int, Value("${port}")]'),
    (OfANumber, 'port: Annotated[int, Value("${port}")]'),
    (AsClassField, 'port: Annotated[int, Value("${x.port}")]'),
    (AsHintOfAField, 'port: Annotated[int, Value("${x.port}")]'),
    (OfABase, 'port: Annotated[int, Value("${x.port}")]'),
    (AsDefaultOfADataclass, 'port: Annotated[int, Value("${x.port}")]'),
    (WithoutBraces, 'write Value("${x.port}")'),
]


@pytest.mark.parametrize(("target", "told"), MISUSED)
def test_a_value_where_it_gives_nothing_is_refused_with_its_place(target: type, told: str) -> None:
    """The mistake, and what to write instead."""
    environment = Environment([TreeSource("file", flat_tree({"x.port": "1"}, "file"))])
    graph = GraphBuilder(environment).build(collect([Component(target)]))

    (problem,) = graph.problems
    assert isinstance(problem, DefinitionError)
    assert told in str(problem)
    assert "test_build.py:" in str(problem)


def test_a_value_of_a_dataclass_or_a_plain_text_is_none_of_these() -> None:
    """Its constructor has the parameter; and a text may be meant as one."""

    @Component
    @dataclass
    class Data:
        port: Annotated[int, Value("${x.port}")]
        text: Annotated[str, Value("plain.text")]

    environment = Environment([TreeSource("file", flat_tree({"x.port": "1"}, "file"))])
    assert [] == GraphBuilder(environment).build(collect([Data])).problems


def test_a_prefix_that_is_none_is_refused_with_its_place() -> None:
    """Not with an error of the interpreter."""

    @ConfigurationProperties("shop..mail")
    class Shop(BaseModel): ...

    (problem,) = GraphBuilder(Environment([])).build(collect([Shop])).problems

    assert "not a setting's name" in str(problem)
    assert "test_build.py:" in str(problem)
