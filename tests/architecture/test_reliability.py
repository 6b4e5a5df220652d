"""The page of faults names tests that are there: a table that nothing holds is a promise."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text()
NAME = r"`((?:\w+/)*test_\w+)`"
NAMED = sorted(set(re.findall(NAME, PAGE + (ROOT / "docs" / "design" / "management.md").read_text())))


def test_the_page_names_tests() -> None:
    """Or there would be nothing to hold."""
    assert len(NAMED) > 20


@pytest.mark.parametrize("name", NAMED)
def test_a_test_that_the_page_names_is_there(name: str) -> None:
    """One file ends in that name."""
    assert [path for path in (ROOT / "tests").rglob("test_*.py") if f"/{path.with_suffix('').as_posix()}".endswith(f"/{name}")]


def test_each_fault_has_its_test() -> None:
    """No row without one."""
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| fault |", "| what |"))]
    assert [] == [row for row in rows if not re.search(r"`(?:\w+/)*test_\w+`", row)]
