"""The programs of the documentation, as type checkers read them: those that stand on pages, and those of docs/examples.

A block of a page is a program where it begins with an import and compiles; the others are pieces of one.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs/examples"
BLOCK = re.compile(r"^```python\n((?:from|import) .*?)^```$", re.MULTILINE | re.DOTALL)
RECORDS = EXAMPLES / "decoder"  # that pages speak of

pytestmark = pytest.mark.slow


@pytest.fixture
def programs(tmp_path: Path) -> list[Path]:
    """Each complete program of README and pages, in a file called after its page."""
    written = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for number, code in enumerate(BLOCK.findall(page.read_text())):
            try:
                compile(code, str(page), "exec")
            except SyntaxError:  # the inside of a coroutine function
                continue
            program = tmp_path / f"{re.sub(r'\W', '_', str(page.relative_to(ROOT)))}_{number}.py"
            program.write_text(code)
            written.append(program)
    assert 30 < len(written)
    (tmp_path / "records.py").write_text((RECORDS / "records.py").read_text())
    return written


def test_mypy_takes_the_programs_of_pages(programs: list[Path], mypy: Callable[..., str]) -> None:
    """Strict; libraries that come without types are none of ours."""
    assert "" == mypy("--disable-error-code=import-untyped", *programs, folder=programs[0].parent)


def test_pyright_takes_the_programs_of_pages(programs: list[Path], pyright: Callable[..., str]) -> None:
    """Strict."""
    assert "" == pyright(*programs, apart={programs[0].parent: []})


@pytest.mark.parametrize("folder", sorted(path for path in EXAMPLES.iterdir() if path.is_dir()), ids=lambda folder: folder.name)
def test_mypy_takes_the_examples(folder: Path, mypy: Callable[..., str]) -> None:
    """Strict; each folder is a project of its own."""
    assert "" == mypy(*sorted(path.name for path in folder.glob("*.py")), folder=folder)


def test_pyright_takes_the_examples(pyright: Callable[..., str]) -> None:
    """Strict, all of them in one run."""
    folders = [path for path in EXAMPLES.iterdir() if path.is_dir()]
    assert "" == pyright(EXAMPLES, apart={folder: [] for folder in folders})
