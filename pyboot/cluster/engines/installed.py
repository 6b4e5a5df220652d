"""Installed engines: the classes behind the entry point group ``pyboot.cluster.engines``, and ``local``, which is always there."""

from typing import Final

from pyboot.boot.discovery.entrypoints import installed
from pyboot.boot.model.nearest import nearest
from pyboot.cluster.engine import ClusterEngine
from pyboot.cluster.errors import EngineExtraError, UnknownEngineError

__all__ = ["GROUP", "engine_class", "engine_names"]

GROUP: Final = "pyboot.cluster.engines"
_LOCAL: Final = "local"


def engine_names() -> list[str]:
    """Return the names of the engines that are installed."""
    return sorted({_LOCAL, *(entry.name for entry in installed(GROUP))})


def engine_class(name: str) -> type[ClusterEngine]:
    """Return the class of the engine *name*; no other one is imported.

    Raises:
        EngineExtraError: it is there, and a package that it needs is not.
        UnknownEngineError: there is none.
    """
    if name == _LOCAL:
        from .local.engine import LocalEngine

        return LocalEngine
    entry = next((entry for entry in installed(GROUP) if entry.name == name), None)
    if entry is None:
        names = engine_names()
        raise UnknownEngineError(name, names, nearest(name, names))
    try:
        found: type[ClusterEngine] = entry.load()
    except ModuleNotFoundError as error:
        raise EngineExtraError(name, error.name or "?") from error
    return found
