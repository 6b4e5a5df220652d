"""Surfaces that cost nothing: each name of a package is loaded from its file when it is first asked for (PEP 562).

A surface writes its names down as imports, for people, editors and type checkers, and hands them over with one call::

    if TYPE_CHECKING:
        from .frames import FrameDecoder, LengthFieldBasedFrameDecoder
    else:
        __getattr__, __dir__ = load_when_asked()

    __all__ = ["FrameDecoder", "LengthFieldBasedFrameDecoder"]

so an application imports the codecs and handlers that it uses, and no other. There is no second table that could go
stale: the imports above are executed once more, by an ``__import__`` that only notes what each name would have come from.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any, Final, NamedTuple

__all__ = ["Home", "load_when_asked", "noted_imports"]


class Home(NamedTuple):
    """Where a name lives: *module*, relative as it was written, and what it is called there."""

    module: str
    name: str


class _NotedModule:
    """Stands for a module while imports are noted: any name taken from it is a note of where it lives."""

    def __init__(self, module: str) -> None:
        self._module: Final = module

    def __getattr__(self, name: str) -> Home:
        return Home(self._module, name)


def _note_import(name: str, scope: object = None, inner: object = None, names: object = (), level: int = 0) -> _NotedModule:
    return _NotedModule("." * level + name)


def noted_imports(surface: CodeType) -> dict[str, Home]:
    """Return the names that the module *surface*, a surface, imports for type checkers, each with its home.

    A note is true, ``TYPE_CHECKING`` as well; so the branch for type checkers is the one that is taken.
    """
    names: dict[str, Any] = {"__builtins__": {"__import__": _note_import}}
    exec(surface, names)  # noqa: S102  the package's own code, which holds imports and a list
    return {name: home for name, home in names.items() if isinstance(home, Home)}


def load_when_asked() -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of the surface that calls this, which must be a module.

    A ``__getattr__`` that the surface has already is asked for the names that it does not import.
    """
    caller = sys._getframe(1)
    surface, homes, unknown = caller.f_globals, noted_imports(caller.f_code), caller.f_globals.get("__getattr__")
    package: str = surface["__name__"]

    def load(name: str) -> object:
        home = homes.get(name)
        if home is not None:
            surface[name] = getattr(importlib.import_module(home.module, package), home.name)
            return surface[name]
        if unknown is not None:
            return unknown(name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules.get(package))

    return load, lambda: sorted(surface.keys() | homes.keys())
