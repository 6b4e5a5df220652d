"""Scanning: import the modules of a package and collect the labelled classes and functions that are defined there."""

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType

from pyboot.boot.errors import ApplicationNotFoundError
from pyboot.boot.model.label import is_labelled, labels
from pyboot.boot.model.stereotype import ApplicationLabel, AutoConfigurationLabel


def scan(application: type, bases: Iterable[str | ModuleType] | None) -> tuple[object, ...]:
    """Return what is labelled in *bases* (packages or modules), or in the package of *application* where none are given.

    Tests (``test_*``, ``conftest``, ``tests``) and ``__main__`` are not imported. An application class that is defined
    inside a function brings along only what it imports itself.

    Raises:
        ApplicationNotFoundError: a module in the way cannot be imported.
    """
    if bases is None:
        modules = [] if "<locals>" in application.__qualname__ else list(_own_modules(application))
    else:
        modules = [module for base in bases for module in _modules_below(_module(base))]
    found = dict.fromkeys(target for module in modules for target in labelled(module))
    return tuple(target for target in found if not labels(target, ApplicationLabel) or target is application)


def labelled(module: ModuleType) -> Iterator[object]:
    """Iterate over the labelled classes and functions that are defined in *module*, not imported into it."""
    for target in list(vars(module).values()):
        if is_labelled(target) and getattr(target, "__module__", None) == module.__name__ and not labels(target, AutoConfigurationLabel):
            yield target


def _own_modules(application: type) -> Iterator[ModuleType]:
    module = sys.modules[application.__module__]
    spec: ModuleSpec | None = module.__spec__
    package = spec.parent if spec is not None else ""
    yield module
    if package:
        skipped = {module.__name__, spec.name if spec is not None else ""}
        yield from (found for found in _modules_below(_module(package), skipped) if found is not module)


def _modules_below(module: ModuleType, skipped: Iterable[str] = ()) -> Iterator[ModuleType]:
    yield module
    for info in pkgutil.iter_modules(getattr(module, "__path__", ()), f"{module.__name__}."):
        if info.name not in skipped and not _is_test(info.name.rpartition(".")[2]):
            child = _module(info.name)
            if info.ispkg:
                yield from _modules_below(child, skipped)
            else:
                yield child


def _is_test(name: str) -> bool:
    return name in ("__main__", "conftest", "tests") or name.startswith("test_")


def _module(base: str | ModuleType) -> ModuleType:
    if isinstance(base, ModuleType):
        return base
    try:
        return sys.modules.get(base) or importlib.import_module(base)
    except ImportError as error:
        raise ApplicationNotFoundError(base, f"{type(error).__name__}: {error}") from error
