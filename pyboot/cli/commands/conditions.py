"""`pyboot conditions`: what the conditions decided, about each bean and each auto-configuration, and why."""

from typing import Any

from pyboot.boot import Blueprint, Outcome


def facts(blueprint: Blueprint) -> dict[str, Any]:
    """Return the decisions in their order, the auto-configurations that were not even imported, and the excluded ones."""
    report = blueprint.registry.report
    return {
        "decisions": [
            {
                "bean": decision.definition.name,
                "origin": str(decision.definition.origin),
                "matched": decision.matched,
                "outcomes": [_outcome(outcome) for outcome in decision.outcomes],
            }
            for decision in report.decisions
        ],
        "not_imported": {name: [_outcome(outcome) for outcome in outcomes] for name, outcomes in report.refused.items()},
        "exclusions": list(report.exclusions),
    }


def text(blueprint: Blueprint) -> str:
    """Return the report that `pyboot run --debug` prints."""
    return str(blueprint.registry.report)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {"matched": outcome.matched, "message": outcome.message}
