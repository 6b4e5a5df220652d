"""`pyboot conditions`: lists the decisions about each bean and each auto-configuration, and the reasons."""

from collections.abc import Callable
from typing import Any

from pyboot.boot import Outcome
from pyboot.boot.discovery.report import ConditionReport


def facts(report: ConditionReport, masked: Callable[[str], str] = str) -> dict[str, Any]:
    """Return the decisions in their order, the auto-configurations that were not even imported, and the excluded ones.

    *masked* takes the secrets out of the messages.
    """
    return {
        "decisions": [
            {
                "bean": decision.definition.name,
                "origin": str(decision.definition.origin),
                "matched": decision.matched,
                "outcomes": [_outcome(outcome, masked) for outcome in decision.outcomes],
            }
            for decision in report.decisions
        ],
        "not_imported": {name: [_outcome(outcome, masked) for outcome in outcomes] for name, outcomes in report.refused.items()},
        "exclusions": list(report.exclusions),
    }


def _outcome(outcome: Outcome, masked: Callable[[str], str]) -> dict[str, Any]:
    return {"matched": outcome.matched, "message": masked(outcome.message)}
