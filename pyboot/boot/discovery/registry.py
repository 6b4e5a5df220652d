"""The registry: holds the definitions that apply, as conditions decide it; the user's come before those of auto-configurations."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from pyboot.boot.errors import BeanClashError, BootError, DefinitionError
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.generic import Hint, bare, fits, offered
from pyboot.boot.model.key import BeanKey
from pyboot.boot.model.label import labels

from .condition import Condition, Outcome, Profile, is_installed
from .report import ConditionReport, Decision


class Settings(Protocol):
    """The part of the environment that the registry needs."""

    def text(self, key: str) -> str | None:
        """Return the setting *key*."""

    def shown(self, key: str) -> str | None:
        """Return the setting *key* as a message may show it."""

    def accepts_profiles(self, expression: str) -> bool:
        """Tell whether the active profiles satisfy *expression*."""


class Registry:
    """The definitions that apply, by name, with the report of the conditions; it answers what conditions ask."""

    def __init__(
        self,
        settings: Settings,
        allows_overriding: bool = False,
        report: ConditionReport | None = None,
        has_module: Callable[[str], bool] = is_installed,
    ) -> None:
        self.settings = settings
        self._has_module = has_module
        self.allows_overriding = allows_overriding
        self.report = ConditionReport() if report is None else report
        self._by_name: dict[str, BeanDefinition] = {}
        self._decided: set[BeanDefinition] = set()
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
        waiting = [candidate for candidate in candidates if not self._decide_early(candidate)]
        while waiting:
            left = [candidate for candidate in waiting if not self._decide(candidate, tuple(_conditions(candidate)))]
            if len(left) == len(waiting):  # they import each other, and nothing that is there imports one of them
                self._leave_out(left)
                left = []
            waiting = left

    def _decide_early(self, candidate: BeanDefinition) -> bool:
        """Decide about *candidate* unless a condition of it is late, or its owner or importer is undecided; tell whether it is decided."""
        conditions = tuple(_conditions(candidate))
        early = [condition for condition in conditions if not condition.is_late]
        if len(early) == len(conditions) and self._decide(candidate, conditions):
            return True
        is_refused = not all(self._asked(condition, candidate).matched for condition in early)
        return is_refused and not self._holds(candidate, early)

    def _asked(self, condition: Condition, candidate: BeanDefinition) -> Outcome:
        """Return the answer of *condition*; one that cannot be asked is reported with its place."""
        try:
            return condition.outcome(self, candidate)
        except Exception as error:
            if isinstance(error, BootError) and not isinstance(condition, Profile):
                raise  # what is wrong is a setting, which has its own place
            reason = str(error) if isinstance(error, BootError | ValueError) else f"it raised {type(error).__name__}: {error}"
            subject = f"@{type(condition).__name__} on '{candidate.name}'"
            raise DefinitionError(subject, str(candidate.origin), reason) from error

    def _decide(self, candidate: BeanDefinition, conditions: Sequence[Condition]) -> bool:
        """Decide about *candidate* unless its owner or importer is undecided; tell whether it is decided."""
        bringing = (candidate.owner,) if candidate.owner is not None else candidate.importers
        if bringing and not any(entry is self.named(entry.name) for entry in bringing):
            if any(entry not in self._decided for entry in bringing):
                return False
            self._leave_out([candidate])
        elif self._holds(candidate, conditions):
            self._decided.add(candidate)
            self._put(candidate)
        return True

    def _holds(self, candidate: BeanDefinition, conditions: Sequence[Condition]) -> bool:
        """Ask *conditions* about *candidate*, note what they say, and leave it out where one of them does not hold."""
        if not conditions:
            return True
        decision = Decision(candidate, tuple(self._asked(condition, candidate) for condition in conditions))
        self.report.decisions.append(decision)
        if not decision.matched:
            self._decided.add(candidate)
        return decision.matched

    def _leave_out(self, candidates: Iterable[BeanDefinition]) -> None:
        """Note that *candidates* are left out with their owner or importer, and why."""
        for candidate in candidates:
            bringing = candidate.owner or candidate.importers[0]
            self._decided.add(candidate)
            self._orphans.append(Decision(candidate, self._outcomes(bringing)))

    def _outcomes(self, definition: BeanDefinition) -> tuple[Outcome, ...]:
        """Return the reasons why *definition* is left out: its own conditions, or those of its owner or importer."""
        return next((entry.outcomes for entry in (*self.report.decisions, *self._orphans) if entry.definition is definition), ())

    def _put(self, definition: BeanDefinition) -> None:
        other = self._by_name.get(definition.name)
        if other is not None and not self.allows_overriding:
            raise BeanClashError(definition.name, [str(other.origin), str(definition.origin)])
        self._by_name[definition.name] = definition
        if other is not None:
            self._leave_out_with(other)

    def _leave_out_with(self, overridden: BeanDefinition) -> None:
        """Leave out the beans that *overridden* alone has brought: those of its methods, and those that nobody else imports."""
        for entry in self.definitions:
            bringing = (entry.owner,) if entry.owner is not None else entry.importers
            if overridden in bringing and not any(other is self.named(other.name) for other in bringing):
                del self._by_name[entry.name]
                self._leave_out([entry])
                self._leave_out_with(entry)

    def text(self, key: str) -> str | None:
        """Return the setting *key*."""
        return self.settings.text(key)

    def shown(self, key: str) -> str | None:
        """Return the setting *key* as a message may show it."""
        return self.settings.shown(key)

    def accepts_profiles(self, expression: str) -> bool:
        """Tell whether the active profiles satisfy *expression*."""
        return self.settings.accepts_profiles(expression)

    def has_module(self, requirement: str) -> bool:
        """Tell whether a module is installed, at a version with ``name>=5.1``."""
        return self._has_module(requirement)

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
