"""Surfaces that cost nothing: each name of a package is loaded from its file when it is first asked for (PEP 562).

A surface is one list: its imports, written down for people, editors and type checkers. The rest follows from them at run time::

    if TYPE_CHECKING:
        from .codec import *
        from .frames import FrameDecoder as FrameDecoder
    else:
        __getattr__, __dir__, __all__ = load_when_asked()

so an application imports the codecs and handlers that it uses, and no other. A name imported *as itself* is how type checkers
are told that it is passed on (the typing specification, "Import conventions"); a star passes on all that a surface below
offers. There is no second table that could go stale: the imports are executed once more, by an ``__import__`` that only notes
what each name would have come from.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any, Final, NamedTuple

__all__ = ["Home", "load_when_asked", "noted_imports"]


class Home(NamedTuple):
    """The home of a public name: *module*, relative as it was written, and what it is called there."""

    module: str
    name: str


class _NotedModule:
    """Stands for a module while imports are noted: any name taken from it is a note of where it lives."""

    def __init__(self, module: str, offered: list[str]) -> None:
        self._module: Final = module
        self.__all__: Final = offered  # what a star takes

    def __getattr__(self, name: str) -> Home:
        return Home(self._module, name)


def _note_import(name: str, scope: Mapping[str, Any], inner: object, names: tuple[str, ...], level: int) -> _NotedModule:
    module = "." * level + name
    offered = importlib.import_module(module, scope["__name__"]).__all__ if names == ("*",) else []  # a surface, lazy as this one
    return _NotedModule(module, offered)


def noted_imports(surface: CodeType, package: str) -> dict[str, Home]:
    """Return the names that *surface*, the code of *package*, imports for type checkers, sorted, each with its home.

    A note is true, ``TYPE_CHECKING`` as well; so the branch for type checkers is the one that is taken.
    """
    names: dict[str, Any] = {"__builtins__": {"__import__": _note_import}, "__name__": package}
    exec(surface, names)  # noqa: S102  the package's own code, which holds imports only
    return {name: names[name] for name in sorted(names) if isinstance(names[name], Home) and names[name].module != "typing"}


def load_when_asked(unknown: Callable[[str], object] | None = None) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of the surface that calls this, which must be a package.

    *unknown* gives the names that the surface does not import, or raises AttributeError.
    """
    caller = sys._getframe(1)
    surface = caller.f_globals
    package: str = surface["__name__"]
    homes = noted_imports(caller.f_code, package)

    def load(name: str) -> object:
        home = homes.get(name)
        if home is not None:
            surface[name] = getattr(importlib.import_module(home.module, package), home.name)
            return surface[name]
        if unknown is not None:
            return unknown(name)
        if name == "run":  # was here once; an ImportError, since `from ... import` shows the text of no other
            raise ImportError(
                f"{package} has no run: asyncio.run(main(), loop_factory=loop_factory()) runs a coroutine, "
                "run of pyboot.boot an application",
                name=package,
            )
        raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules.get(package))

    return load, lambda: sorted(surface.keys() | homes.keys()), list(homes)
