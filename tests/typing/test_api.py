"""The types of the public surface, as a user's type checker sees them."""

import importlib
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


SURFACES = ["pyboot.boot", "pyboot.components.netty", "pyboot.components.netty.wire", "pyboot.netty", "pyboot.testing", "pyboot_netty"]


@pytest.mark.slow
def test_type_checkers_see_every_name_that_is_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each name of each `__all__`, which follows from the surface at run time, is one that mypy, strict, finds there."""
    monkeypatch.setenv("MYPYPATH", str(ROOT / "starters/pyboot-netty"))
    program = tmp_path / "names.py"
    offered = [(surface, name) for surface in SURFACES for name in importlib.import_module(surface).__all__]
    program.write_text("".join(f"from {surface} import {name} as of_{index}\n" for index, (surface, name) in enumerate(offered)))

    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(program)], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )

    assert 0 == checked.returncode, checked.stdout + checked.stderr
