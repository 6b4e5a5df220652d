"""Collecting: labelled classes and functions become definitions."""

from collections.abc import AsyncIterator, Iterator

import pytest
from pydantic import BaseModel

from pyboot.boot.discovery.collect import collect
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.bean import Bean, DependsOn, Order, Primary
from pyboot.boot.model.definition import Making
from pyboot.boot.model.injection import Lazy, Qualifier
from pyboot.boot.model.scope import Scope
from pyboot.boot.model.stereotype import AutoConfiguration, Component, Configuration, ConfigurationProperties, Import, Service


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

    with pytest.raises(DefinitionError, match="static method"):
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
