"""The types of the public surface, as a user's type checker sees them."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("subject", [["tests/typing/api.py"], ["-p", "pyboot_netty"]], ids=" ".join)
def test_what_users_write_is_typed(subject: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """mypy, strict, finds nothing."""
    monkeypatch.setenv("MYPYPATH", str(ROOT / "starters/pyboot-netty"))
    checked = subprocess.run([sys.executable, "-m", "mypy", *subject], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)

    assert 0 == checked.returncode, checked.stdout + checked.stderr
