"""Finding: something that is wrong with an application, or worth a look, with its place; and how findings are written."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, final

_PLACE = re.compile(r"([\w./\\-]+\.\w+):(\d+)")
_INDENT = " " * 4


class Level(StrEnum):
    """The weight of a finding; the words are those of SARIF."""

    ERROR = "error"
    """The application would not start."""
    WARNING = "warning"
    """It would start, and do something that is hardly meant."""


@final
class Finding(NamedTuple):
    """One thing that was found: its weight, what it is, what to do, and the *rule*, which the catalogue of errors explains."""

    level: Level
    rule: str
    text: str
    action: str = ""

    @property
    def place(self) -> tuple[str, int] | None:
        """The first file and line that the text names and that is there."""
        found = ((file, int(line)) for file, line in _PLACE.findall(self.text))
        return next(((file, line) for file, line in found if Path(file).is_file()), None)

    def facts(self) -> dict[str, Any]:
        """Return it for JSON."""
        file, line = self.place or (None, None)
        return {"level": str(self.level), "rule": self.rule, "text": self.text, "action": self.action, "file": file, "line": line}

    def __str__(self) -> str:
        """Return it for people: its level and rule, then what it is and what to do, indented."""
        paragraphs = [self.text, *([f"-> {self.action}"] if self.action else [])]
        lines = [line for paragraph in paragraphs for line in paragraph.strip().splitlines()]
        return "\n".join([f"{self.level} {self.rule}", *(f"{_INDENT}{line}".rstrip() for line in lines)])


def sarif(findings: Sequence[Finding], version: str) -> dict[str, Any]:
    """Return *findings* in the Static Analysis Results Interchange Format 2.1.0, which code hosts show beside the lines."""
    rules = dict.fromkeys(finding.rule for finding in findings)
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "pyboot check", "version": version, "rules": [{"id": rule} for rule in rules]}},
                "results": list(map(_result, findings)),
            }
        ],
    }


def _result(finding: Finding) -> dict[str, Any]:
    text = f"{finding.text}\n\n{finding.action}".strip()
    return {"ruleId": finding.rule, "level": str(finding.level), "message": {"text": text}, "locations": list(_locations(finding))}


def _locations(finding: Finding) -> Iterator[dict[str, Any]]:
    """The place as SARIF has it: a path below the folder that was checked, with slashes on every system."""
    if finding.place is not None:
        file, line = finding.place
        where = Path(file)
        uri = where.as_posix() if not where.is_absolute() else where.as_uri()
        yield {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}}
