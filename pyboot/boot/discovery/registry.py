"""The registry: conditions decide which definitions stay, the user's before those of auto-configurations."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from pyboot.boot.errors import BeanClashError
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.generic import Hint, bare, fits, offered
from pyboot.boot.model.key import BeanKey
from pyboot.boot.model.label import labels

from .condition import Condition
from .report import ConditionReport, Decision


class Settings(Protocol):
    """What the registry needs of the environment."""

    def text(self, key: str) -> str | None:
        """The setting *key*."""

    def accepts_profiles(self, expression: str) -> bool:
        """Whether the active profiles satisfy *expression*."""


class Registry:
    """The definitions that apply, by name, with the report of why; answers what conditions ask."""

    def __init__(self, settings: Settings, allows_overriding: bool = False, report: ConditionReport | None = None) -> None:
        self.settings = settings
        self.allows_overriding = allows_overriding
        self.report = ConditionReport() if report is None else report
        self._by_name: dict[str, BeanDefinition] = {}
        self._orphans: list[Decision] = []

    @property
    def definitions(self) -> tuple[BeanDefinition, ...]:
        """All definitions that apply, in the order they were added."""
        return tuple(self._by_name.values())

    @property
    def candidates(self) -> tuple[BeanDefinition, ...]:
        """All definitions, those that a condition left out as well."""
        return (*self._by_name.values(), *(decision.definition for decision in (*self.report.withheld(), *self._orphans)))

    def add(self, candidates: Iterable[BeanDefinition]) -> None:
        """Add those of *candidates* whose conditions hold: first those with early conditions or none, then the late ones.

        Raises:
            BeanClashError: a name is taken and overriding is not allowed.
        """
        late = [candidate for candidate in candidates if not self._add_early(candidate)]
        for candidate in late:
            self._decide(candidate, tuple(_conditions(candidate)))

    def _add_early(self, candidate: BeanDefinition) -> bool:
        """Decide about *candidate* unless a condition is late; tell whether it has been decided."""
        conditions = tuple(_conditions(candidate))
        if any(condition.is_late for condition in conditions) or not self._is_decided(candidate.owner):
            early = [condition for condition in conditions if not condition.is_late]
            return bool(early) and not self._holds(candidate, early)
        self._decide(candidate, conditions)
        return True

    def _is_decided(self, owner: BeanDefinition | None) -> bool:
        return owner is None or owner is self.named(owner.name) or any(entry.definition is owner for entry in self.report.decisions)

    def _holds(self, candidate: BeanDefinition, conditions: Sequence[Condition]) -> bool:
        outcomes = tuple(condition.outcome(self, candidate) for condition in conditions)
        if all(outcome.matched for outcome in outcomes):
            return True
        self.report.decisions.append(Decision(candidate, outcomes))
        return False

    def _decide(self, candidate: BeanDefinition, conditions: Sequence[Condition]) -> None:
        if candidate.owner is not None and candidate.owner is not self.named(candidate.owner.name):
            self._follow(candidate, candidate.owner)
            return
        decision = Decision(candidate, tuple(condition.outcome(self, candidate) for condition in conditions))
        if conditions:
            self.report.decisions.append(decision)
        if decision.matched:
            self._put(candidate)

    def _follow(self, candidate: BeanDefinition, owner: BeanDefinition) -> None:
        """Remember that *candidate* is left out with its *owner*, and why."""
        outcomes = next((entry.outcomes for entry in self.report.decisions if entry.definition is owner), ())
        self._orphans.append(Decision(candidate, outcomes))

    def _put(self, definition: BeanDefinition) -> None:
        other = self._by_name.get(definition.name)
        if other is not None and not self.allows_overriding:
            raise BeanClashError(definition.name, [str(other.origin), str(definition.origin)])
        self._by_name[definition.name] = definition

    def text(self, key: str) -> str | None:
        """Return the setting *key*."""
        return self.settings.text(key)

    def accepts_profiles(self, expression: str) -> bool:
        """Tell whether the active profiles satisfy *expression*."""
        return self.settings.accepts_profiles(expression)

    def named(self, name: str) -> BeanDefinition | None:
        """Return the definition called *name*."""
        return self._by_name.get(name)

    def offering(self, hint: Hint) -> tuple[BeanDefinition, ...]:
        """Return the definitions that offer *hint*."""
        wanted = bare(hint)
        return tuple(entry for entry in self._by_name.values() if any(fits(given, wanted) for given in offered(entry.provides)))

    def withheld(self, key: BeanKey) -> list[str]:
        """Return what would offer *key*, had a condition not left it out, each with the reason."""
        found = []
        for decision in (*self.report.withheld(), *self._orphans):
            if key.hint in offered(decision.definition.provides):
                reason = "; ".join(outcome.message for outcome in decision.outcomes if not outcome.matched)
                found.append(f"'{decision.definition.name}' ({decision.definition.origin}): {reason}")
        return found


def _conditions(candidate: BeanDefinition) -> Iterator[Condition]:
    return iter(labels(candidate.target, Condition))
