"""`pyboot check`: everything of a start but making and binding, and all that is wrong, in words, as JSON or as SARIF."""

import json
import time
from collections import Counter
from collections.abc import Collection, Sequence
from importlib.metadata import version
from typing import Any, NamedTuple, final

from pyboot.cli.finding import Level, sarif
from pyboot.cli.survey import Survey, surveyed
from pyboot.cli.target import change_to_project


@final
class Check(NamedTuple):
    """A survey and how long it took."""

    survey: Survey
    seconds: float

    def is_passed(self, *, strict: bool) -> bool:
        """Tell whether nothing was found that ends a check: errors, and where it is *strict*, warnings."""
        return not self.survey.findings if strict else self.survey.is_well

    def written(self, form: str) -> str:
        """Return it in *form*: "text", "json" or "sarif"."""
        if form == "sarif":
            return json.dumps(sarif(self.survey.findings, version("pyboot-framework")), indent=2)
        return json.dumps(self.facts(), indent=2) if form == "json" else str(self)

    def facts(self) -> dict[str, Any]:
        """Return what was looked at, and every finding."""
        found = self.survey.blueprint
        return {
            "application": None if found is None else found.name,
            "profiles": [] if found is None else list(found.environment.active_profiles),
            "beans": 0 if found is None else len(found.graph.index.definitions),
            "servers": [each.name for each in self.survey.endpoints if each.kind == "server"],
            "clients": [each.name for each in self.survey.endpoints if each.kind == "client"],
            "seconds": round(self.seconds, 3),
            "passed": self.survey.is_well,
            "findings": [finding.facts() for finding in self.survey.findings],
        }

    def __str__(self) -> str:
        """Return the findings, and a line on what was looked at."""
        return "\n\n".join([*map(str, self.survey.findings), self._summary()])

    def _summary(self) -> str:
        found, counts = self.survey.blueprint, Counter(finding.level for finding in self.survey.findings)
        seen = ", ".join(_counted(counts[level], level) for level in Level if counts[level]) or "nothing is wrong"
        if found is None:
            return f"{seen}; the application could not be read any further"
        profiles = f" with the profiles {', '.join(found.environment.active_profiles)}" if found.environment.active_profiles else ""
        kinds = Counter(["bean" for _ in found.graph.index.definitions] + [each.kind for each in self.survey.endpoints])
        looked = ", ".join(_counted(number, kind) for kind, number in kinds.items())
        return f"{found.name}{profiles}: {seen}; {looked} in {self.seconds:.2f} s"


def check(target: str, arguments: Sequence[str], skipped: Collection[str] = ()) -> Check:
    """Check the application *target* under the command line *arguments*; nothing is made and nothing listens."""
    began = time.perf_counter()
    survey = surveyed(change_to_project(target), arguments, skipped)
    return Check(survey, time.perf_counter() - began)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
