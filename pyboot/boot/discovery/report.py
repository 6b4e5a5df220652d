"""The condition report: the conditions that held, those that did not, and the excluded auto-configurations."""

from collections.abc import Iterable, Iterator, Mapping

from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.record import Record

from .condition import Outcome


class Decision(Record):
    """The decision about one bean: the outcomes of its conditions, and whether all of them held."""

    definition: BeanDefinition
    outcomes: tuple[Outcome, ...]

    @property
    def matched(self) -> bool:
        """Tell whether the bean is there."""
        return all(outcome.matched for outcome in self.outcomes)


class ConditionReport:
    """The decisions in their order, the excluded auto-configurations, and those that were refused without being imported."""

    def __init__(self, decisions: Iterable[Decision] = (), exclusions: tuple[str, ...] = ()) -> None:
        self.decisions = list(decisions)
        self.exclusions = exclusions
        self.refused: Mapping[str, tuple[Outcome, ...]] = {}

    def withheld(self) -> Iterator[Decision]:
        """Iterate over what a condition left out."""
        return (decision for decision in self.decisions if not decision.matched)

    def __str__(self) -> str:
        lines = ["CONDITION REPORT"]
        for title, matched in (("Positive matches:", True), ("Negative matches:", False)):
            lines += ["", title]
            found = [decision for decision in self.decisions if decision.matched is matched]
            for decision in found:
                lines.append(f"   {decision.definition.name} ({decision.definition.origin}):")
                lines += [f"      {'+' if outcome.matched else '-'} {outcome.message}" for outcome in decision.outcomes]
            for name, outcomes in () if matched else self.refused.items():
                lines += [f"   {name} (not imported):", *(f"      - {outcome.message}" for outcome in outcomes)]
            if not found and (matched or not self.refused):
                lines.append("   none")
        lines += ["", "Exclusions:", *(f"   {name}" for name in self.exclusions or ("none",))]
        return "\n".join(lines)
