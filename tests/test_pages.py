"""The pages that are made of the code are those of today, and every page can be found."""

import re

from tests.pages.api import CONFIGURATION, navigation
from tests.pages.made import made
from tests.pages.sources import REFERENCE


def test_no_page_that_is_made_of_the_code_is_stale() -> None:
    """Write them anew: ``uv run python -m tests.pages``."""
    pages = made()
    there = {path.relative_to(REFERENCE).as_posix() for path in (REFERENCE / "api").glob("*.md")}

    assert [] == [name for name, text in pages.items() if not (REFERENCE / name).exists() or (REFERENCE / name).read_text("utf-8") != text]
    assert there == {name for name in pages if name.startswith("api/")}
    assert navigation(CONFIGURATION.read_text("utf-8")) == CONFIGURATION.read_text("utf-8")


def test_every_page_can_be_found() -> None:
    """It stands in the navigation of mkdocs.yml; translations follow their page, fragments and examples are no pages."""
    docs = CONFIGURATION.parent / "docs"
    pages = {path.relative_to(docs) for path in docs.rglob("*.md") if not path.name.endswith(".zh.md")}
    named = set(re.findall(r"^ +- (?:[^:]+: )?([\w./-]+\.md)$", CONFIGURATION.read_text("utf-8"), re.MULTILINE))

    assert named == {page.as_posix() for page in pages if page.parts[0] not in ("changes", "examples")}
