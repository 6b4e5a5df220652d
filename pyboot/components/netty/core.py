"""The core: which of its two forms runs, compiled or pure, and why. Imported before everything else here.

The hot modules, listed in ``_core.json``, are compiled when the distribution is built. The compiled form is passed over in
favour of the sources when ``PYBOOT_PURE=1`` is set, and when a source is newer than what was compiled of it, so that
an extension left over from yesterday never runs in place of today's code.
"""

from __future__ import annotations

import importlib.machinery
import json
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

__all__ = ["CoreInfo", "core_info"]

_HERE: Final = Path(__file__).parent
_PACKAGE: Final = __name__.rpartition(".")[0]


class CoreInfo(NamedTuple):
    """The core that runs: *form* is ``compiled`` or ``pure``, *reason* says why it is that one."""

    form: str
    reason: str


class _SourceFinder:
    """Finds the modules of this package as sources, whatever extensions stand beside them."""  # no importlib.abc: its import costs 5 ms

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if path is None or not fullname.startswith(_PACKAGE + "."):
            return None
        loader = (importlib.machinery.SourceFileLoader, importlib.machinery.SOURCE_SUFFIXES)
        for folder in path:
            spec = importlib.machinery.FileFinder(folder, loader).find_spec(fullname)
            if spec is not None:
                return spec
        return None


def _choose() -> CoreInfo:
    record = _HERE / "_compiled.json"
    if os.environ.get("PYBOOT_PURE") == "1":
        return CoreInfo("pure", "PYBOOT_PURE=1 is set")
    if not record.is_file():
        return CoreInfo("pure", "it was built without a compiler, or with PYBOOT_PURE=1")
    if not (_HERE / "channel" / f"context{importlib.machinery.EXTENSION_SUFFIXES[0]}").is_file():
        return CoreInfo("pure", f"no extensions for this interpreter ({importlib.machinery.EXTENSION_SUFFIXES[0]})")
    compiled: dict[str, str] = json.loads(record.read_text())
    changed = [*_changed_since(record, compiled), *_strays(compiled)]
    if changed:
        warnings.warn(
            f"pyboot runs its pure core, a third as fast: {', '.join(changed)} changed after the core was compiled; "
            "build it again (uv run does)",
            RuntimeWarning,
            stacklevel=2,
        )
        return CoreInfo("pure", f"{', '.join(changed)} changed after compiling")
    return CoreInfo("compiled", "extensions match the sources")


def _changed_since(record: Path, compiled: dict[str, str]) -> list[str]:
    """Compiled modules whose source is another now; the times of the files decide whether to look into them at all."""
    built_at = record.stat().st_mtime_ns
    touched = [name for name in compiled if (_HERE / name).stat().st_mtime_ns > built_at]
    return [name for name in touched if _digest(_HERE / name) != compiled[name]]


def _digest(source: Path) -> str:
    import hashlib  # only a tree that was touched after it was compiled needs it

    return hashlib.sha256(source.read_bytes()).hexdigest()


def _strays(compiled: dict[str, str]) -> list[str]:
    """Extensions left over from a build that compiled more than the last one; they would be imported before their sources."""
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    names = (path.relative_to(_HERE).as_posix().removesuffix(suffix) + ".py" for path in _HERE.glob(f"*/*{suffix}"))
    return [name for name in names if name not in compiled]


_info: Final = _choose()
if _info.form == "pure":
    sys.meta_path.insert(0, _SourceFinder())


def core_info() -> CoreInfo:
    """The form of the core that runs, and why."""
    return _info
