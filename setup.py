"""Builds the compiled core: typed Python of the netty tower, turned into extension modules by mypyc.

Everything else about the distribution stands in pyproject.toml. Without a C compiler, without mypy, or with
``PYBOOT_PURE=1`` the same files are installed as they are, and run interpreted.
"""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
CORE = "pyboot/components/netty"
RECORD = f"{CORE}/_compiled.json"

# The hot modules: what runs per message or per read.
COMPILED: list[str] = json.loads((ROOT / CORE / "_core.json").read_text())


# Commands that build something; the others only ask for metadata and must not wait for a compiler.
BUILDING = {"build", "build_ext", "bdist_wheel", "develop", "editable_wheel", "install"}


def compiled_extensions() -> list[Extension]:
    """Extensions for the hot modules, or none where they cannot or shall not be built."""
    if not BUILDING & set(sys.argv):
        return []
    if os.environ.get("PYBOOT_PURE") == "1":
        print("pyboot: PYBOOT_PURE=1, the core is installed uncompiled", file=sys.stderr)
        return []
    try:
        from mypyc.build import mypycify
    except ImportError:
        print("pyboot: mypy is not at hand, the core is installed uncompiled", file=sys.stderr)
        return []
    print(f"pyboot: compiling {len(COMPILED)} modules of the core (about half a minute)", file=sys.stderr)
    files = [f"{CORE}/{name}" for name in COMPILED]
    return mypycify(
        ["--namespace-packages", "--explicit-package-bases", "--config-file", "pyproject.toml", *files],
        opt_level="3",
        debug_level="0",
        group_name="pyboot_netty",
    )


class BuildCore(build_ext):
    """Compiles the core; a failing compiler leaves the pure files in charge and says so."""

    def run(self) -> None:
        self._remove_leftovers()
        try:
            super().run()
        except Exception as error:
            if os.environ.get("PYBOOT_REQUIRE_COMPILED") == "1":
                raise
            print(f"pyboot: no compiled core ({error}); the pure one works, at a third of the speed", file=sys.stderr)
            self._remove_outputs()
            return
        if self.extensions:
            self._record()

    def _remove_leftovers(self) -> None:
        """Extensions of an earlier build in this tree: one of a module that is compiled no more would be imported all the same."""
        (ROOT / RECORD).unlink(missing_ok=True)
        suffix = self.get_ext_filename("")
        for leftover in (*ROOT.glob(f"pyboot_netty__mypyc{suffix}"), *(ROOT / CORE).rglob(f"*{suffix}")):
            leftover.unlink()

    def _remove_outputs(self) -> None:
        for output in self.get_outputs():
            Path(output).unlink(missing_ok=True)
        self.extensions = []

    def _record(self) -> None:
        """Write down which sources were compiled, so that a stale extension never shadows a newer file unnoticed."""
        digests = {name: hashlib.sha256((ROOT / CORE / name).read_bytes()).hexdigest() for name in COMPILED}
        target = ROOT if self.inplace or self.editable_mode else Path(self.build_lib)
        (target / RECORD).write_text(json.dumps(digests, indent=1))


# What stands elsewhere in the repository and beside the command that needs it in a distribution: the template, the bench's peers.
ELSEWHERE = {"app_template": "pyboot/cli/app_template", "tests/bench/peers": "pyboot/cli/bench/peers"}
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv", ".env", "uv.lock")


class BuildPython(build_py):
    """Builds what is not compiled, and takes along what stands elsewhere: into wheels where it is used, into the sdist where it stands."""

    def run(self) -> None:
        super().run()
        if not self.distribution.has_ext_modules():
            (ROOT / RECORD).unlink(missing_ok=True)
        if not self.editable_mode:
            for source, place in ELSEWHERE.items():
                target = Path(self.build_lib) / place
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(ROOT / source, target, ignore=LEFT_OUT)

    def get_source_files(self) -> list[str]:
        """Everything that a build reads: a wheel is built from the sdist, too."""
        return [*super().get_source_files(), f"{CORE}/_core.json", *(file for source in ELSEWHERE for file in _files(source))]


def _files(folder: str) -> Iterator[str]:
    """Iterate over the files below *folder*, without what `LEFT_OUT` leaves out."""
    for place, folders, names in os.walk(folder):
        left_out = LEFT_OUT(place, [*folders, *names])
        folders[:] = [name for name in folders if name not in left_out]
        yield from (os.path.join(place, name) for name in names if name not in left_out)


setup(ext_modules=compiled_extensions(), cmdclass={"build_ext": BuildCore, "build_py": BuildPython})
