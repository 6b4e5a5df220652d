"""What tests of the command line share."""

import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

_NUMBERS = count(1)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Write a module into a working directory of its own, which leaves no trace on the import path; gives its name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])

    def write(source: str) -> str:
        name = f"written_application_{next(_NUMBERS)}"
        (tmp_path / f"{name}.py").write_text(source)
        return name

    return write
