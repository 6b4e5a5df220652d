"""Collecting: labelled classes and functions become definitions."""

import dataclasses
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated, Any, Self

import pytest
from pydantic import BaseModel

from pyboot.boot.discovery.collect import check_reached, collect
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.bean import Bean, DependsOn, Order, PostConstruct, PreDestroy, Primary
from pyboot.boot.model.definition import Making
from pyboot.boot.model.injection import Lazy, Qualifier
from pyboot.boot.model.label import Label
from pyboot.boot.model.scope import Scope
from pyboot.boot.model.stereotype import AutoConfiguration, Component, Configuration, ConfigurationProperties, Import, Service
from pyboot.boot.model.task import EventListener, Scheduled


class Thing: ...


def test_every_label_is_taken_over() -> None:
    """Name, scope, order, preference, laziness, qualifiers, needs."""

    @Service("mailer")
    @Scope("prototype")
    @Order(3)
    @Primary
    @Lazy
    @Qualifier("a")
    @Qualifier("b")
    @DependsOn("x", "y")
    class Mail: ...

    (made,) = collect([Mail])

    assert ("mailer", Mail, "prototype", 3, True, True, ("b", "a"), ("x", "y")) == (
        made.name,
        made.provides,
        made.scope,
        made.order,
        made.primary,
        made.lazy,
        made.qualifiers,
        made.depends_on,
    )


@pytest.mark.parametrize(("name", "expected"), [("HTTPServer", "http_server"), ("EchoServer", "echo_server"), ("A", "a")])
def test_a_class_is_named_in_snake_case(name: str, expected: str) -> None:
    """Abbreviations stay in one piece."""
    (made,) = collect([Component(type(name, (), {}))])

    assert expected == made.name


def test_bean_methods_are_read_with_their_way_of_making() -> None:
    """The type is what they return or yield."""

    @Configuration
    class Setup:
        @Bean
        def plain(self) -> Thing:
            return Thing()

        @Bean("renamed")
        async def awaited(self) -> Thing:
            return Thing()

        @Bean
        def opened(self) -> Iterator[Thing]:
            yield Thing()

        @Bean(destroy="shut", provides=object)
        async def aopened(self) -> AsyncIterator[Thing]:
            yield Thing()

    setup, *beans = collect([Setup])

    assert [
        ("plain", Thing, Making.CALL),
        ("renamed", Thing, Making.COROUTINE),
        ("opened", Thing, Making.GENERATOR),
        ("aopened", object, Making.ASYNC_GENERATOR),
    ] == [(entry.name, entry.provides, entry.making) for entry in beans]
    assert {setup} == {entry.owner for entry in beans}


def test_bean_methods_of_a_base_are_inherited() -> None:
    """An overridden one counts once."""

    class Base:
        @Bean
        def one(self) -> Thing:
            return Thing()

        @Bean
        def two(self) -> Thing:
            return Thing()

    @Configuration
    class Setup(Base):
        @Bean
        def two(self) -> Thing:
            return Thing()

    assert ["setup", "one", "two"] == [entry.name for entry in collect([Setup])]


def test_a_module_function_makes_a_bean_without_owner() -> None:
    """No configuration class is needed."""

    @Bean
    def thing() -> Thing:
        return Thing()

    (made,) = collect([thing])

    assert ("thing", None, thing) == (made.name, made.owner, made.factory)


def test_a_properties_class_is_bound_and_not_called() -> None:
    """Its definition knows the prefix."""

    @ConfigurationProperties("app.mail")
    class Mail(BaseModel): ...

    (made,) = collect([Mail])

    assert (Making.PROPERTIES, "app.mail") == (made.making, made.prefix)


def test_imports_are_followed_once() -> None:
    """Also of a class without any label, which becomes a bean itself."""

    class Plain: ...

    @Import(Plain)
    @Configuration
    class Inner: ...

    @Import(Inner, Plain)
    @Configuration
    class Outer: ...

    assert ["inner", "outer", "plain"] == sorted(entry.name for entry in collect([Outer, Inner]))


def test_a_static_bean_method_is_refused() -> None:
    """It would be called with its configuration."""

    @Configuration
    class Setup:
        @staticmethod
        @Bean
        def thing() -> Thing:
            return Thing()

    with pytest.raises(DefinitionError, match="staticmethod"):
        collect([Setup])


@pytest.mark.parametrize("entry", ["pkg.mod.Class", lambda: 1], ids=["name", "function"])
def test_g17_what_cannot_be_a_bean_is_not_imported(entry: object) -> None:
    """A name in a string would go stale unnoticed; a function needs its @Bean."""

    @Import(entry)  # type: ignore[arg-type]  # wrong on purpose
    @Configuration
    class Wrong: ...

    with pytest.raises(DefinitionError, match="@Import takes classes, @Bean functions and modules"):
        collect([Wrong])


def test_an_auto_configuration_is_named_with_its_module() -> None:
    """Two distributions may call theirs the same, and one may call a bean as itself."""

    @AutoConfiguration
    class Cache:
        @Bean
        def cache(self) -> int:
            return 1

    configuration, bean = collect([Cache])

    assert f"{__name__}:{Cache.__qualname__}" == configuration.name
    assert "cache" == bean.name


@pytest.mark.parametrize("is_asynchronous", [False, True])
def test_a_prototype_from_a_generator_is_refused(is_asynchronous: bool) -> None:
    """The container does not end prototypes, so nobody would run what follows the ``yield``."""

    class Link: ...

    def plain() -> Iterator[Link]:
        yield Link()

    async def asynchronous() -> AsyncIterator[Link]:
        yield Link()

    with pytest.raises(DefinitionError, match=r"test_collect\.py:\d+\): it is of the scope prototype.*return the bean"):
        collect([Bean(Scope(Scope.PROTOTYPE)(asynchronous if is_asynchronous else plain))])


def test_what_two_configurations_import_depends_on_both() -> None:
    """And on nobody where it is given itself, too; methods follow their class."""

    class Plain:
        @Bean
        def thing(self) -> Thing:
            return Thing()

    @Import(Plain)
    class First: ...

    @Import(Plain)
    class Second: ...

    first, plain, thing, second = collect([First, Second])

    assert ((first, second), ()) == (plain.importers, thing.importers)
    assert plain is thing.owner
    assert [(), (), (), ()] == [entry.importers for entry in collect([First, Second, Plain])]


@pytest.mark.parametrize("hint", [Thing | None, Thing | int, "Thing | None"], ids=["optional", "union", "text"])
def test_a_bean_of_a_union_is_refused(hint: object) -> None:
    """Whether it is there is said by a condition."""

    def thing() -> None: ...

    thing.__annotations__["return"] = hint

    with pytest.raises(DefinitionError, match="a bean is of one type"):
        collect([Bean(thing)])


@pytest.mark.parametrize("name", ["chanel", "Prototype", "singelton", "SINGLETON"])
def test_a_misspelt_scope_is_refused(name: str) -> None:
    """It would be a scope of one's own that nobody opens."""
    with pytest.raises(DefinitionError, match=r"did you mean '(channel|prototype|singleton)'"):
        collect([Scope(name)(Component(type("Thing", (), {})))])


@pytest.mark.parametrize("name", ["tenant", "session", "request", "job"])
def test_a_scope_of_ones_own_is_taken(name: str) -> None:
    """Any name that is not mistaken for one of the container's."""
    (made,) = collect([Scope(name)(Component(type("Thing", (), {})))])

    assert name == made.scope


class Polling:
    @Scheduled(every="1s")
    def poll(self) -> None: ...


class Closing:
    @PreDestroy
    def end(self) -> None: ...


class Listening:
    @EventListener
    def on(self, event: int) -> None: ...


@pytest.mark.parametrize("scope", ["prototype", "channel", "tenant"])
@pytest.mark.parametrize("base", [Polling, Listening], ids=["Scheduled", "EventListener"])
@pytest.mark.parametrize("is_made_by_function", [False, True])
def test_a_method_that_wants_the_one_bean_is_refused_where_there_are_many(scope: str, base: type, is_made_by_function: bool) -> None:
    """Of the class or of what a function promises."""

    def made() -> object: ...

    made.__annotations__["return"] = base
    target = Bean(made) if is_made_by_function else Component(type("Many", (base,), {}))

    with pytest.raises(DefinitionError, match=f"is of the scope {scope}: there is no one bean to call"):
        collect([Scope(scope)(target)])


def test_a_prototype_that_wants_to_be_ended_is_refused() -> None:
    """The container never ends one; a bean of a store it does."""
    with pytest.raises(DefinitionError, match="the container does not end its beans"):
        collect([Scope("prototype")(Component(type("Many", (Closing,), {})))])

    assert 1 == len(collect([Scope("channel")(Component(type("Many", (Closing,), {})))]))


def test_a_configuration_of_many_is_refused() -> None:
    """Its beans would belong to none of them."""

    @Scope("prototype")
    @Configuration
    class Setup:
        @Bean
        def thing(self) -> Thing:
            return Thing()

    with pytest.raises(DefinitionError, match="a class with @Bean methods is a singleton"):
        collect([Setup])


def test_a_properties_class_may_have_a_name_and_beans() -> None:
    """It is a bean like any other, but that it is bound."""

    @ConfigurationProperties("app.mail")
    @Component("post")
    class Mail(BaseModel):
        @Bean
        def thing(self) -> Thing:
            return Thing()

    mail, thing = collect([Mail])

    assert ("post", Making.PROPERTIES, mail) == (mail.name, mail.making, thing.owner)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (Service, "it stands on a class"),
        (Scheduled(every="1s"), "it stands on a method of a bean"),
        (EventListener, "it stands on a method of a bean"),
        (Primary, "label the function @Bean"),
    ],
)
def test_a_label_on_a_function_that_makes_no_bean_is_refused(entry: Callable[[object], object], reason: str) -> None:
    """Nobody would ever call it."""

    def function() -> None: ...

    with pytest.raises(DefinitionError, match=reason):
        collect([entry(function)])


def test_labelled_methods_of_a_class_that_is_no_bean_are_refused() -> None:
    """Unless a bean is of the class, or shares a base with it and so may turn out to be."""

    class Base: ...

    class Job(Base):
        @Scheduled(every="1s")
        def run(self) -> None: ...

    class Unready:
        @PostConstruct
        def ready(self) -> None: ...

    @Bean
    def base() -> Base:
        return Job()

    check_reached([Job], collect([Component(type("Sub", (Job,), {}))]))
    check_reached([Job], collect([base]))
    check_reached([Unready], [])
    with pytest.raises(DefinitionError, match="no bean is of the class Job: label the class @Component"):
        check_reached([Job], collect([Component(type("Other", (), {}))]))


def test_bean_methods_of_a_class_that_is_no_bean_are_refused() -> None:
    """Only the methods of a bean's own class are asked."""

    class Base: ...

    class Setup(Base):
        @Bean
        def thing(self) -> Thing:
            return Thing()

    with pytest.raises(DefinitionError, match="no bean is of the class Setup"):
        check_reached([Setup], collect([Component(type("Other", (Base,), {}))]))


class Plain:
    size: int = 1


@dataclasses.dataclass
class Data:
    size: int = 1


class Model(BaseModel):
    size: int = 1


def test_settings_are_bound_to_a_model_or_a_dataclass() -> None:
    """A plain class is refused with its place: nothing would be bound to it."""
    assert 2 == len(collect([ConfigurationProperties("data")(Data), ConfigurationProperties("model")(Model)]))
    with pytest.raises(DefinitionError, match=r"Plain \(.*test_collect\.py:\d+\).*derive from BaseModel, or label the class @dataclass"):
        collect([ConfigurationProperties("plain")(Plain)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Scope("prototype"), Scope("singleton")),
        (Order(1), Order(2)),
        (Component("a"), Service("b")),
        (ConfigurationProperties("a"), ConfigurationProperties("b")),
    ],
)
def test_labels_that_contradict_each_other_are_refused(one: Label, other: Label) -> None:
    """The start is refused whichever stands above; saying the same twice is none."""

    class Settings(BaseModel): ...

    with pytest.raises(DefinitionError, match=r"test_collect\.py.*it says .* there says"):
        collect([one(other(Settings))])

    class Repeated(BaseModel): ...

    assert 1 == len(collect([one(one(Repeated))]))


@pytest.mark.parametrize("mark", [Scope(3), Order("1"), DependsOn(Thing), DependsOn("a", 3)])  # type: ignore[arg-type]  # the mistake
def test_an_argument_of_another_kind_is_refused(mark: Label) -> None:
    """With the place of the class, before anybody compares it."""

    class Wrong: ...

    with pytest.raises(DefinitionError, match=r"Wrong.*test_collect\.py.*it takes a (name|number), not"):
        collect([Component(mark(Wrong))])


def test_an_imported_label_without_its_parentheses_is_told() -> None:
    """It stands where the class should."""
    with pytest.raises(DefinitionError, match=r"@Order on .*Thing.*parentheses"):
        collect([Import(Order(Thing))(Component(type("Importing", (), {})))])  # type: ignore[arg-type]  # the mistake


def decorated(function: Any) -> Any:
    """*function* behind a decorator that passes everything on."""

    @functools.wraps(function)
    def passed(*args: object) -> object:
        return function(*args)

    return passed


def any_hint() -> Any: ...
def own_hint() -> Self: ...  # type: ignore[misc]  # the mistake
def awaitable_hint() -> Awaitable[Thing]: ...
async def coroutine_hint() -> Coroutine[Any, Any, Thing]: ...
def labelled_hint() -> Annotated[Thing, Qualifier("q")]: ...
def bare_hint() -> Iterator:  # type: ignore[type-arg]  # the mistake
    yield Thing()


def yielding() -> Iterator[Thing]:
    yield Thing()


async def yielding_later() -> AsyncIterator[Thing]:
    yield Thing()


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (any_hint, "nobody can find it"),
        (own_hint, "nobody can find it"),
        (awaitable_hint, "write 'async def'"),
        (coroutine_hint, "write 'async def'"),
        (labelled_hint, "write it above the function"),
        (bare_hint, "does not say what"),
        (decorated(yielding), "a decorator between"),
        (contextmanager(yielding), "a decorator between"),
        (asynccontextmanager(yielding_later), "a decorator between"),
        (functools.partial(yielding), "write a function"),
    ],
)
def test_a_function_that_hides_what_it_makes_is_refused(function: Any, reason: str) -> None:
    """Nobody would find the bean, or have its teardown, and nothing would be said."""
    if hasattr(function, "__dict__"):
        vars(function).pop("__pyboot_labels__", None)
    with pytest.raises(DefinitionError, match=reason):
        collect([Bean(function)])


def test_a_decorated_function_that_makes_its_bean_at_once_is_one() -> None:
    """A decorator may do what it likes as long as the bean comes out."""

    def made() -> Thing:
        return Thing()

    (definition,) = collect([Bean(decorated(made))])

    assert Thing is definition.provides


class Named(Label):
    """Puts its name in the place of what it stands on."""

    def stand_in(self, target: object) -> object:
        """A text."""
        return f"stands for {target.__name__}"  # type: ignore[attr-defined]  # of classes and functions


@Named()
class NoBean:
    """Cannot be made: it wants what nobody has."""

    def __init__(self, missing: "NoBean") -> None:
        self.missing = missing


@Named()
def no_bean(missing: int) -> None: ...


@pytest.mark.parametrize("target", [NoBean, no_bean])
def test_a_label_may_put_a_bean_in_the_place_of_what_it_stands_on(target: Any) -> None:
    """What is labelled is never called; its labels and its place are those of the definition."""
    (definition,) = collect([target])

    assert (Making.INSTANCE, str, f"stands for {target.__name__}") == (definition.making, definition.provides, definition.factory())
    assert 1 == len(definition.labels(Named))
    assert f"{__name__}.{target.__name__}" == definition.name


def test_other_labels_beside_one_that_makes_no_bean_are_refused() -> None:
    """They would speak of a bean that is not there."""

    @Scope("prototype")
    @Named()
    class Both: ...

    with pytest.raises(DefinitionError, match="@Named there says that it is no bean itself"):
        collect([Both])
