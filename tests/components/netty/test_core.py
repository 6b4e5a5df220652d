"""Which form of the core runs, and why: asked in fresh interpreters, over a copy of the package that tests may spoil."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

import pyboot.components.netty as netty

PACKAGE = Path(netty.__file__).parent

type Ask = Callable[..., tuple[str, str]]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package's sources, without anything compiled, under a root of their own."""
    target = tmp_path / "pyboot/components/netty"
    shutil.copytree(PACKAGE, target, ignore=shutil.ignore_patterns("*.so", "__pycache__", "_compiled.json"))
    return target


@pytest.fixture
def ask(copy: Path) -> Ask:
    """What a fresh interpreter that imports the copy says of its core, and what it warned about."""

    def asked(**environment: str) -> tuple[str, str]:
        inherited = {key: value for key, value in os.environ.items() if key not in ("PYBOOT_PURE", "PYTHONPATH")}
        ended = subprocess.run(
            [sys.executable, "-c", "from pyboot.components.netty import core_info; print(*core_info(), sep='|')"],
            env=inherited | {"PYTHONPATH": str(copy.parents[2])} | environment,
            cwd=copy.parents[2],
            capture_output=True,
            text=True,
            check=True,
        )
        return ended.stdout.strip(), ended.stderr

    return asked


def compiled(copy: Path, digest: str = "") -> None:
    """Make *copy* look as if it had been compiled from sources with *digest*, a while ago."""
    (copy / f"channel/context{EXTENSION_SUFFIXES[0]}").write_bytes(b"no extension")
    (copy / "_compiled.json").write_text(f'{{"channel/context.py": "{digest}"}}')
    os.utime(copy / "_compiled.json", (0, 0))


def test_without_a_compiler_the_sources_run(ask: Ask) -> None:
    """And it is said why."""
    assert ("pure|it was built without a compiler, or with PYBOOT_PURE=1", "") == ask()


def test_the_pure_core_can_be_asked_for(ask: Ask, copy: Path) -> None:
    """Whatever stands beside the sources is passed over."""
    compiled(copy)

    assert ("pure|PYBOOT_PURE=1 is set", "") == ask(PYBOOT_PURE="1")


def test_extensions_of_another_interpreter_are_passed_over(ask: Ask, copy: Path) -> None:
    """The suffix says whose they are."""
    compiled(copy)
    (copy / f"channel/context{EXTENSION_SUFFIXES[0]}").rename(copy / "channel/context.cpython-30-x86_64.so")

    assert (f"pure|no extensions for this interpreter ({EXTENSION_SUFFIXES[0]})", "") == ask()


def test_a_source_that_changed_after_it_was_compiled_runs_in_place_of_the_extension(ask: Ask, copy: Path) -> None:
    """With a warning, for it is a third as fast."""
    compiled(copy, "of another text")

    said, warned = ask()

    assert "pure|channel/context.py changed after compiling" == said
    assert "pyboot runs its pure core, a third as fast: channel/context.py changed after the core was compiled" in warned


def test_this_very_process_knows_its_core() -> None:
    """One of the two forms, with a reason."""
    form, reason = netty.core_info()

    assert form in ("compiled", "pure")
    assert reason


@pytest.mark.skipif("CI" not in os.environ or os.environ.get("PYBOOT_PURE") == "1", reason="continuous integration only: it has a compiler")
def test_the_core_was_compiled() -> None:
    """A mistake of the C compiler would otherwise go unnoticed: the build goes on, and the sources run."""
    assert "compiled" == netty.core_info().form, netty.core_info().reason


def test_an_extension_of_a_module_that_is_compiled_no_more_is_passed_over(ask: Ask, copy: Path) -> None:
    """It would be imported before its source, and belong to nothing."""
    digest = hashlib.sha256((copy / "channel/context.py").read_bytes()).hexdigest()
    compiled(copy, digest)
    (copy / f"channel/event{EXTENSION_SUFFIXES[0]}").write_bytes(b"no extension")
    core, warned = ask()
    assert "pure|channel/event.py changed after compiling" == core
    assert "RuntimeWarning: pyboot runs its pure core" in warned
