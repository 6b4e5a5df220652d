"""What every test may use: the root of the repository, and fresh processes of the interpreter that runs the tests."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return ROOT
