"""The endpoint ``conditions``: why beans are there or not. Source: Spring Boot's ``ConditionsReportEndpoint``."""

from collections.abc import Iterable
from typing import Any, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.boot import ApplicationContext, Outcome

from .contexts import in_context


@final
@Endpoint("conditions")
class ConditionsEndpoint:
    """Tells the conditions that held, those that did not, and what was excluded; secrets in their messages are masked."""

    def __init__(self, context: ApplicationContext) -> None:
        """Take the application."""
        self._context = context

    @ReadOperation
    def conditions(self) -> dict[str, Any]:
        """Answer with the report."""
        report = self._context.report
        held = {entry.definition.name: self._told(entry.outcomes) for entry in report.decisions if entry.matched}
        failed = {entry.definition.name: self._divided(entry.outcomes) for entry in report.withheld()}
        failed |= {name: self._divided(outcomes) for name, outcomes in report.refused.items()}
        told = {
            "positiveMatches": held,
            "negativeMatches": failed,
            "exclusions": list(report.exclusions),
            "unconditionalClasses": [],
        }
        return in_context(self._context, told)

    def _divided(self, outcomes: Iterable[Outcome]) -> dict[str, Any]:
        found = list(outcomes)
        matched, not_matched = [each for each in found if each.matched], [each for each in found if not each.matched]
        return {"notMatched": self._told(not_matched), "matched": self._told(matched)}

    def _told(self, outcomes: Iterable[Outcome]) -> list[dict[str, str]]:
        masked = self._context.environment.secrets.masked
        return [{"condition": each.message.partition(":")[0].lstrip("@"), "message": masked(each.message)} for each in outcomes]
