"""Conditions: decide whether a bean or a whole configuration applies, each with a sentence for the report."""

import importlib.util
import inspect
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, final, overload

from pyboot.boot.model.bean import ON_BEANS
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.generic import Hint, spell
from pyboot.boot.model.label import Label
from pyboot.boot.model.switch import switch_of
from pyboot.boot.record import Record


class Outcome(Record):
    """The answer of a condition: whether it holds, and one sentence that says why."""

    matched: bool
    message: str


class Facts(Protocol):
    """The facts that conditions may ask for."""

    def text(self, key: str) -> str | None:
        """Return the setting *key*."""

    def shown(self, key: str) -> str | None:
        """Return the setting *key* as a message may show it: a secret is masked."""

    def accepts_profiles(self, expression: str) -> bool:
        """Tell whether the active profiles satisfy *expression*."""

    def has_module(self, requirement: str) -> bool:
        """Tell whether a module is installed, at a version with ``name>=5.1``."""

    def offering(self, hint: Hint) -> Sequence[BeanDefinition]:
        """Return the beans defined so far that offer *hint*."""

    def named(self, name: str) -> BeanDefinition | None:
        """Return the bean of that name, if it is defined so far."""


class Condition(Label):
    """Base of all conditions, also of your own; one that ``is_late`` is asked after all other beans are defined."""

    places: ClassVar = ON_BEANS
    is_late = False

    def outcome(self, facts: Facts, subject: BeanDefinition, /) -> Outcome:
        """Tell whether *subject* applies."""
        raise NotImplementedError


@final
class Profile(Condition):
    """Holds where the active profiles satisfy every expression: ``@Profile("prod & !cloud")``."""

    def __init__(self, *expressions: str) -> None:
        self.expressions = expressions

    def outcome(self, facts: Facts, subject: BeanDefinition, /) -> Outcome:
        """Compare with the active profiles."""
        for expression in self.expressions:
            if not facts.accepts_profiles(expression):
                return Outcome(False, f"@Profile: the active profiles do not satisfy '{expression}'")
        return Outcome(True, f"@Profile: the active profiles satisfy {' and '.join(map(repr, self.expressions))}")


@final
class ConditionalOnProperty(Condition):
    """Holds where a setting is there and not off (``false``, ``off``, ``no``, ``0``, ``disabled``), or where it has a given value.

    Args:
        name: the setting.
        having: the value it must have, in any case; ``true`` and ``false`` stand for every word that means on and off.
        if_missing: whether the condition holds where nobody sets it.
    """

    def __init__(self, name: str, *, having: str | None = None, if_missing: bool = False) -> None:
        self.name = name
        self.having = having
        self.if_missing = if_missing

    def outcome(self, facts: Facts, subject: BeanDefinition, /) -> Outcome:
        """Look the setting up."""
        value = facts.text(self.name)
        if value is None:
            return Outcome(self.if_missing, f"@ConditionalOnProperty: '{self.name}' is not set")
        matched = _means(value, self.having) if self.having is not None else switch_of(value) is not False
        shown = facts.shown(self.name)
        wanted = f"'{self.having if shown == value else shown}'" if self.having is not None else "anything but false"  # may be the secret
        return Outcome(matched, f"@ConditionalOnProperty: '{self.name}' is '{shown}', wanted is {wanted}")


def _means(value: str, having: str) -> bool:
    if having.lower() in ("true", "false"):
        return switch_of(value) is switch_of(having)
    return value.lower() == having.lower()


@final
class ConditionalOnClass(Condition):
    """Holds where modules are installed: ``@ConditionalOnClass("redis")``, with a version ``"redis>=5"``; nothing is imported."""

    def __init__(self, *modules: str) -> None:
        self.modules = modules

    def outcome(self, facts: Facts, subject: BeanDefinition, /) -> Outcome:
        """Look the modules up without importing them."""
        missing = [module for module in self.modules if not facts.has_module(module)]
        if missing:
            return Outcome(False, f"@ConditionalOnClass: not installed: {', '.join(missing)}")
        return Outcome(True, f"@ConditionalOnClass: installed: {', '.join(self.modules)}")


@final
class ConditionalOnMissingClass(Condition):
    """Holds where none of the modules is installed."""

    def __init__(self, *modules: str) -> None:
        self.modules = modules

    def outcome(self, facts: Facts, subject: BeanDefinition, /) -> Outcome:
        """Look the modules up without importing them."""
        there = [module for module in self.modules if facts.has_module(module)]
        if there:
            return Outcome(False, f"@ConditionalOnMissingClass: installed: {', '.join(there)}")
        return Outcome(True, f"@ConditionalOnMissingClass: not installed: {', '.join(self.modules)}")


@final
class ConditionalOnBean(Condition):
    """Holds where beans of all these types, or of this name, are defined."""

    is_late = True

    def __init__(self, *types: Hint, name: str | None = None) -> None:
        self.types = types
        self.name = name

    def outcome(self, facts: Facts, subject: BeanDefinition, /) -> Outcome:
        """Look among the beans defined so far."""
        missing = [spell(hint) for hint in self.types if not facts.offering(hint)]
        if self.name is not None and facts.named(self.name) is None:
            missing.append(f"'{self.name}'")
        if missing:
            return Outcome(False, f"@ConditionalOnBean: there is no bean {', '.join(missing)}")
        return Outcome(True, f"@ConditionalOnBean: found {', '.join([*map(spell, self.types), *filter(None, [self.name])])}")


@final
class MissingBeanCondition(Condition):
    """Holds where no bean of these types, or of this name, is defined; default: the type of the bean itself.

    This is how an auto-configuration steps back for the user's own bean. On a method it works bare, ``@ConditionalOnMissingBean``;
    on a class it needs its parentheses.
    """

    is_late = True

    def __init__(self, *types: Hint, name: str | None = None) -> None:
        self.types = types
        self.name = name

    @property
    def spelling(self) -> str:
        """The decorator's name."""
        return "ConditionalOnMissingBean"

    @overload
    def __call__(self, *types: type, name: str | None = None) -> "MissingBeanCondition": ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, name: str | None = None) -> Any:
        if self is not ConditionalOnMissingBean or (len(targets) == 1 and inspect.isfunction(targets[0])):
            return Label.__call__(self, *targets)
        return MissingBeanCondition(*targets, name=name)

    def outcome(self, facts: Facts, subject: BeanDefinition, /) -> Outcome:
        """Look among the beans defined so far."""
        types = self.types or (() if self.name is not None else (subject.provides,))
        there = [found.name for hint in types for found in facts.offering(hint) if found is not subject]
        if self.name is not None and facts.named(self.name) not in (None, subject):
            there.append(self.name)
        if there:
            return Outcome(False, f"@ConditionalOnMissingBean: there is the bean {', '.join(dict.fromkeys(there))}")
        return Outcome(True, f"@ConditionalOnMissingBean: there is no bean {', '.join([*map(spell, types), *filter(None, [self.name])])}")


ConditionalOnMissingBean = MissingBeanCondition()


@final
class ConditionalOnSingleCandidate(Condition):
    """Holds where exactly one bean of the type is defined, or one of several is primary."""

    is_late = True

    def __init__(self, type_: Hint) -> None:
        self.type = type_

    def outcome(self, facts: Facts, subject: BeanDefinition, /) -> Outcome:
        """Count the beans defined so far."""
        found = facts.offering(self.type)
        single = len(found) == 1 or sum(entry.primary for entry in found) == 1
        return Outcome(single, f"@ConditionalOnSingleCandidate: {len(found)} beans of type {spell(self.type)}")


@final
class ConditionalOnExpression(Condition):
    """Holds where a function of the settings answers true; *label* says in the report what the function asks."""

    def __init__(self, expression: Callable[[Facts], bool], *, label: str) -> None:
        self.expression = expression
        self.label = label

    def outcome(self, facts: Facts, subject: BeanDefinition, /) -> Outcome:
        """Call the function."""
        matched = bool(self.expression(facts))
        return Outcome(matched, f"@ConditionalOnExpression: {self.label} is {str(matched).lower()}")


@final
class ConditionalOnResource(Condition):
    """Holds where files exist: a path, or ``package:name`` for a file that a package brings along."""

    def __init__(self, *resources: str) -> None:
        self.resources = resources

    def outcome(self, facts: Facts, subject: BeanDefinition, /) -> Outcome:
        """Look the files up."""
        missing = [resource for resource in self.resources if not _exists(resource)]
        if missing:
            return Outcome(False, f"@ConditionalOnResource: not found: {', '.join(missing)}")
        return Outcome(True, f"@ConditionalOnResource: found {', '.join(self.resources)}")


def is_installed(requirement: str) -> bool:
    """Tell whether a module is installed, at a version with ``name>=5.1``; nothing but parent packages is imported."""
    name, bounded, bound = (part.strip() for part in requirement.partition(">="))
    if importlib.util.find_spec(name.partition(".")[0]) is None or importlib.util.find_spec(name) is None:
        return False
    return not bounded or _version(name.partition(".")[0]) >= _numbers(bound)


def _version(name: str) -> tuple[int, ...]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return _numbers(version(name))
    except PackageNotFoundError:
        return ()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])


def _exists(resource: str) -> bool:
    package, colon, name = resource.partition(":")
    if not colon or Path(resource).exists():
        return Path(resource).exists()
    spec = importlib.util.find_spec(package)
    places = (spec.submodule_search_locations or ()) if spec is not None else ()
    return any((Path(place) / name).exists() for place in places)
