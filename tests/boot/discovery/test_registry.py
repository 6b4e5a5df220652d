"""The registry: conditions decide in the right order, and the report tells what they decided."""

from dataclasses import dataclass, field

import pytest

from pyboot.boot.discovery.collect import collect
from pyboot.boot.discovery.condition import ConditionalOnBean, ConditionalOnMissingBean, ConditionalOnProperty
from pyboot.boot.discovery.registry import Registry
from pyboot.boot.errors import BeanClashError
from pyboot.boot.model.bean import Bean
from pyboot.boot.model.key import BeanKey
from pyboot.boot.model.stereotype import Component, Configuration, Import


@dataclass
class KnownSettings:
    """Settings written down by a test."""

    settings: dict[str, str] = field(default_factory=dict)

    def text(self, key: str) -> str | None:
        return self.settings.get(key)

    def shown(self, key: str) -> str | None:
        return self.text(key)

    def accepts_profiles(self, expression: str) -> bool:
        return False


class Cache: ...


def registered(*targets: object, overriding: bool = False, **settings: str) -> Registry:
    """A registry that these classes were offered to."""
    registry = Registry(KnownSettings(settings), overriding)
    registry.add(collect(targets))
    return registry


def names(registry: Registry) -> list[str]:
    """The names of what is registered."""
    return [definition.name for definition in registry.definitions]


def test_a_late_condition_is_asked_after_all_others_are_registered() -> None:
    """The order of definition does not matter."""

    @ConditionalOnMissingBean(Cache)
    @Component
    class Fallback(Cache): ...

    @Component
    class Own(Cache): ...

    assert ["own"] == names(registered(Fallback, Own))
    assert ["fallback"] == names(registered(Fallback))


def test_a_configuration_that_is_left_out_takes_its_beans_along() -> None:
    """They are not decided about on their own."""

    @ConditionalOnProperty("on")
    @Configuration
    class Setup:
        @Bean
        def cache(self) -> Cache:
            return Cache()

    assert [] == names(registered(Setup))
    assert ["setup", "cache"] == names(registered(Setup, on="true"))


def test_a_late_configuration_brings_its_beans_late() -> None:
    """A bean of a configuration waits for it."""

    @ConditionalOnBean(Cache)
    @Configuration
    class Setup:
        @Bean
        def wrapper(self) -> str:
            return ""

    @Component
    class Own(Cache): ...

    assert ["own", "setup", "wrapper"] == names(registered(Setup, Own))


def test_two_beans_of_one_name_clash() -> None:
    """Unless overriding is allowed: then the later one wins."""

    @Component("cache")
    class One: ...

    @Component("cache")
    class Two: ...

    with pytest.raises(BeanClashError, match="named 'cache'"):
        registered(One, Two)
    assert [Two] == [definition.provides for definition in registered(One, Two, overriding=True).definitions]


def test_the_report_tells_what_held_and_what_did_not() -> None:
    """With the place of each bean and the reason."""

    @ConditionalOnProperty("on")
    @Component
    class Switched(Cache): ...

    text = str(registered(Switched).report)

    assert "Negative matches:\n   switched (" in text
    assert "- @ConditionalOnProperty: 'on' is not set" in text
    assert "+ @ConditionalOnProperty: 'on' is 'yes'" in str(registered(Switched, on="yes").report)


def test_what_was_left_out_is_told_to_who_misses_it() -> None:
    """A missing bean is explained by the condition."""

    @ConditionalOnProperty("on")
    @Configuration
    class Setup:
        @Bean
        def cache(self) -> Cache:
            return Cache()

    (text,) = registered(Setup).withheld(BeanKey(Cache))

    assert text.startswith("'cache' (")
    assert text.endswith("@ConditionalOnProperty: 'on' is not set")


def test_what_a_left_out_configuration_imports_is_left_out_with_it() -> None:
    """Through any number of steps, with the reason; unless somebody who is there imports it as well."""

    @Component
    class Inner(Cache): ...

    @Import(Inner)
    @Configuration
    class Middle: ...

    @Import(Middle)
    @ConditionalOnProperty("on")
    @Configuration
    class Outer: ...

    @Import(Inner)
    @Configuration
    class Other: ...

    assert [] == names(registered(Outer))
    assert "@ConditionalOnProperty: 'on' is not set" in registered(Outer).withheld(BeanKey(Cache))[0]
    assert ["outer", "middle", "inner"] == names(registered(Outer, on="yes"))
    assert ["other", "inner"] == names(registered(Outer, Other))
    assert ["inner"] == names(registered(Outer, Inner))


def test_what_a_late_configuration_imports_is_decided_after_it() -> None:
    """A late condition of whoever imports decides about both."""

    @Component
    class Extra: ...

    @Import(Extra)
    @ConditionalOnMissingBean(Cache)
    @Configuration
    class Fallback: ...

    @Component
    class Own(Cache): ...

    assert ["own"] == names(registered(Fallback, Own))
    assert ["fallback", "extra"] == names(registered(Fallback))


def test_configurations_that_import_each_other_go_with_who_imports_them() -> None:
    """A circle that nothing leads into is no reason to be there."""

    class First: ...

    @Import(First)
    class Second: ...

    Import(Second)(First)

    @Import(First)
    @ConditionalOnProperty("on")
    @Configuration
    class Outer: ...

    assert [] == names(registered(Outer))
    assert ["first", "outer", "second"] == sorted(names(registered(Outer, on="yes")))


def test_an_overridden_configuration_takes_along_what_it_brought() -> None:
    """Its beans would be made by an owner that is not there."""

    @Component
    class Imported: ...

    @Import(Imported)
    @Configuration("setup")
    class Old:
        @Bean
        def cache(self) -> Cache:
            return Cache()

        @Bean
        def kept(self) -> int:
            return 1

    @Configuration("setup")
    class New:
        @Bean
        def kept(self) -> int:
            return 2

    registry = registered(Old, New, overriding=True)

    assert ["setup", "kept"] == names(registry)
    assert [New, New.kept] == [definition.target for definition in registry.definitions]
