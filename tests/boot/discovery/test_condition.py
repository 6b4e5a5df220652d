"""Conditions: each answers with a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pyboot.boot.discovery.collect import collect
from pyboot.boot.discovery.condition import (
    Condition,
    ConditionalOnBean,
    ConditionalOnClass,
    ConditionalOnExpression,
    ConditionalOnMissingBean,
    ConditionalOnMissingClass,
    ConditionalOnProperty,
    ConditionalOnResource,
    ConditionalOnSingleCandidate,
    Profile,
    is_installed,
)
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.stereotype import Component


class Cache: ...


@Component
class Disk(Cache): ...


@Component
class Memory(Cache): ...


@dataclass
class KnownFacts:
    """Facts written down by a test."""

    settings: dict[str, str] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()
    beans: tuple[BeanDefinition, ...] = ()

    def text(self, key: str) -> str | None:
        return self.settings.get(key)

    def shown(self, key: str) -> str | None:
        return self.text(key)

    def accepts_profiles(self, expression: str) -> bool:
        return expression in self.profiles

    def has_module(self, requirement: str) -> bool:
        return is_installed(requirement)

    def offering(self, hint: Any) -> Sequence[BeanDefinition]:
        return [entry for entry in self.beans if issubclass(entry.provides, hint)]

    def named(self, name: str) -> BeanDefinition | None:
        return next((entry for entry in self.beans if entry.name == name), None)


DISK, MEMORY = collect([Disk, Memory])
FACTS = KnownFacts({"on": "true", "off": "False", "mode": "Fast"}, ("dev",), (DISK,))


@pytest.mark.parametrize(
    ("condition", "expected", "message"),
    [
        (Profile("dev"), True, "satisfy 'dev'"),
        (Profile("dev", "prod"), False, "do not satisfy 'prod'"),
        (ConditionalOnProperty("on"), True, "'on' is 'true'"),
        (ConditionalOnProperty("off"), False, "'off' is 'False', wanted is anything but false"),
        (ConditionalOnProperty("gone"), False, "'gone' is not set"),
        (ConditionalOnProperty("gone", if_missing=True), True, "'gone' is not set"),
        (ConditionalOnProperty("mode", having="fast"), True, "wanted is 'fast'"),
        (ConditionalOnProperty("mode", having="slow"), False, "'mode' is 'Fast', wanted is 'slow'"),
        (ConditionalOnClass("pydantic", "asyncio.tasks"), True, "installed: pydantic, asyncio.tasks"),
        (ConditionalOnClass("nowhere_at_all"), False, "not installed: nowhere_at_all"),
        (ConditionalOnClass("pydantic>=2.0"), True, "installed"),
        (ConditionalOnClass("pydantic>=999"), False, "not installed: pydantic>=999"),
        (ConditionalOnMissingClass("nowhere_at_all"), True, "not installed"),
        (ConditionalOnMissingClass("pydantic"), False, "installed: pydantic"),
        (ConditionalOnBean(Cache), True, "found Cache"),
        (ConditionalOnBean(Cache, name="memory"), False, "there is no bean 'memory'"),
        (ConditionalOnMissingBean(Cache), False, "there is the bean disk"),
        (ConditionalOnMissingBean(Memory), True, "there is no bean Memory"),
        (ConditionalOnMissingBean(name="disk"), False, "there is the bean disk"),
        (ConditionalOnMissingBean(), True, "there is no bean Memory"),
        (ConditionalOnSingleCandidate(Cache), True, "1 beans of type Cache"),
        (ConditionalOnExpression(lambda facts: facts.text("on") == "true", label="on"), True, "on is true"),
        (ConditionalOnResource("pyboot.boot:py.typed", str(Path(__file__))), True, "found"),
        (ConditionalOnResource("pyboot.boot:gone", "/gone"), False, "not found: pyboot.boot:gone, /gone"),
    ],
)
def test_each_condition_answers_with_its_reason(condition: Condition, expected: bool, message: str) -> None:
    """The subject is the bean ``memory``; ``disk`` is defined."""
    outcome = condition.outcome(FACTS, MEMORY)

    assert expected is outcome.matched
    assert message in outcome.message
    assert outcome.message.startswith("@")


def test_one_primary_among_several_is_a_single_candidate() -> None:
    """Two without a primary are not."""
    preferred = BeanDefinition(name="best", provides=Memory, factory=Memory, target=Memory, primary=True)

    assert ConditionalOnSingleCandidate(Cache).outcome(KnownFacts(beans=(DISK, preferred)), MEMORY).matched
    assert not ConditionalOnSingleCandidate(Cache).outcome(KnownFacts(beans=(DISK, MEMORY)), MEMORY).matched


def test_asking_for_a_module_does_not_import_it() -> None:
    """Importing is what conditions are there to avoid."""
    import sys

    sys.modules.pop("this", None)
    ConditionalOnClass("this").outcome(FACTS, MEMORY)

    assert "this" not in sys.modules


@pytest.mark.parametrize(
    ("value", "having", "matched"),
    [
        *((word, None, False) for word in ("false", "off", "no", "0", "disabled", "Off", " no ")),
        *((word, None, True) for word in ("true", "on", "yes", "1", "enabled", "anything", "")),
        *((word, "true", True) for word in ("true", "on", "yes", "1", "enabled")),
        *((word, "false", True) for word in ("false", "off", "no", "0", "disabled")),
        ("2", "true", False),
        ("on", "1", False),
        ("Redis", "redis", True),
    ],
)
def test_a_condition_reads_a_switch_as_a_field_of_bool_does(value: str, having: str | None, matched: bool) -> None:
    """One table of words for both."""
    settings = KnownFacts({"feature.x": value})

    assert matched is ConditionalOnProperty("feature.x", having=having).outcome(settings, DISK).matched


@dataclass
class MaskingFacts(KnownFacts):
    """Facts whose settings are secrets."""

    def shown(self, key: str) -> str | None:
        return "******"


@pytest.mark.parametrize("having", ["top-secret-1", "top-secret-2"])
def test_a_condition_shows_what_a_secret_should_be_no_more_than_what_it_is(having: str) -> None:
    """Where it holds, the one is the other."""
    (bean,) = collect([Disk])
    outcome = ConditionalOnProperty("db.password", having=having).outcome(MaskingFacts({"db.password": "top-secret-1"}), bean)

    assert "@ConditionalOnProperty: 'db.password' is '******', wanted is '******'" == outcome.message
