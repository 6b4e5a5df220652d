"""The reference of codecs: every example on its pages is run."""

import re
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[1] / "docs/reference/codecs"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = [(page.name, number, code) for page in sorted(PAGES.glob("*.md")) for number, code in enumerate(BLOCK.findall(page.read_text()))]


@pytest.mark.parametrize(("page", "number", "code"), EXAMPLES, ids=lambda value: str(value) if not str(value).count("\n") else "")
def test_the_example_runs(page: str, number: int, code: str) -> None:
    """As it stands on the page, its assertions included."""
    exec(compile(code, f"{page}, example {number}", "exec"), {"__name__": "example"})


def test_every_page_but_the_index_has_an_example() -> None:
    """What is only described is half described."""
    assert {"index.md"} == {page.name for page in PAGES.glob("*.md")} - {page for page, _, _ in EXAMPLES}
