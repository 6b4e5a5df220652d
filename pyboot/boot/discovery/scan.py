"""Scanning: imports the modules of a package, and collects the labelled classes and functions that are defined there."""

import inspect
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.label import Label, is_labelled, labels, swallowed
from pyboot.boot.model.method import NEEDS_PARENTHESES, refusal
from pyboot.boot.model.origin import short_path
from pyboot.boot.model.stereotype import ApplicationLabel, AutoConfigurationLabel
from pyboot.boot.model.timeline import StartupTimeline

from .importing import import_module

_USES_US = r"(?m)^\s*(from|import)\s+pyboot\b"


class Scan(NamedTuple):
    """The result of a scan: the labelled classes and functions, and the classes without a label, which may be meant to have one."""

    labelled: tuple[object, ...]
    unlabelled: tuple[type, ...]


def scan(application: type, bases: str | Iterable[str | ModuleType] | None, timeline: StartupTimeline | None = None) -> Scan:
    """Return what is labelled in *bases* (packages or modules), or in the package of *application* where none are given.

    Tests (``test_*``, ``conftest``, ``tests``) and ``__main__`` are not imported. An application class that is defined
    inside a function brings along only what it imports itself.

    Raises:
        ApplicationNotFoundError: a module in the way cannot be imported.
        DefinitionError: a folder with modules that use pyboot is no package.
    """
    scanner = _Scanner(timeline or StartupTimeline())
    if bases is None:
        modules = [] if "<locals>" in application.__qualname__ else list(scanner.own(application))
    else:
        given = (bases,) if isinstance(bases, str) else bases  # a text is one name, not its letters
        modules = [module for base in given for module in scanner.below(scanner.load(base))]
    found = dict.fromkeys(target for module in modules for target in labelled(module))
    targets = tuple(target for target in found if not labels(target, ApplicationLabel) or target is application)
    return Scan(targets, tuple(dict.fromkeys(target for module in modules for target in unlabelled(module))))


def labelled(module: ModuleType) -> Iterator[object]:
    """Iterate over the labelled classes and functions that are defined in *module*, not imported into it."""
    for name, target in list(vars(module).items()):
        if isinstance(target, Label) and (held := swallowed(name, target)) is not None:
            raise refusal(target, held, NEEDS_PARENTHESES)
        if is_labelled(target) and getattr(target, "__module__", None) == module.__name__ and not labels(target, AutoConfigurationLabel):
            yield target


def unlabelled(module: ModuleType) -> Iterator[type]:
    """Iterate over the classes that are defined in *module*, carry no label, and are not abstract."""
    for target in list(vars(module).values()):
        is_own = isinstance(target, type) and target.__module__ == module.__name__ and not is_labelled(target)
        if is_own and not inspect.isabstract(target):
            yield target


class _Scanner:
    """Walks modules; the time of each import goes into the timeline."""

    def __init__(self, timeline: StartupTimeline) -> None:
        self.timeline = timeline

    def own(self, application: type) -> Iterator[ModuleType]:
        """Iterate over the module of the application, then the others of its package."""
        module = sys.modules[application.__module__]
        spec: ModuleSpec | None = module.__spec__
        package = spec.parent if spec is not None else ""
        yield module
        if package:
            skipped = {module.__name__, spec.name if spec is not None else ""}
            yield from (found for found in self.below(self.load(package), skipped) if found is not module)

    def below(self, module: ModuleType, skipped: Iterable[str] = ()) -> Iterator[ModuleType]:
        """Iterate over a module and those inside it, at any depth."""
        yield module
        for place in getattr(module, "__path__", ()):
            _check_folders(Path(place))
        for info in pkgutil.iter_modules(getattr(module, "__path__", ()), f"{module.__name__}."):
            if info.name not in skipped and not _is_test(info.name.rpartition(".")[2]):
                yield from self.below(self.load(info.name), skipped)

    def load(self, base: str | ModuleType) -> ModuleType:
        """Return the module called *base*, imported if need be."""
        if isinstance(base, ModuleType):
            return base
        if base in sys.modules:
            return sys.modules[base]
        with self.timeline.step(f"import {base}"):
            return import_module(base, base)


def _check_folders(package: Path) -> None:
    """Refuse a folder with modules of the application that is no package, and would be passed over without a word."""
    for folder in sorted(package.iterdir()) if package.is_dir() else ():
        is_plain = folder.is_dir() and folder.name.isidentifier() and not (folder / "__init__.py").exists()
        for file in sorted(folder.rglob("*.py")) if is_plain else ():
            is_test = any(map(_is_test, file.relative_to(package).with_suffix("").parts))
            if not is_test and re.search(_USES_US, file.read_text("utf-8", errors="replace")):
                reason = f"it is not scanned, since its folder is no package; add {short_path(str(folder / '__init__.py'))}"
                raise DefinitionError("A module that uses pyboot", short_path(str(file)), reason)


def _is_test(name: str) -> bool:
    return name in ("__main__", "conftest", "tests") or name.startswith("test_")
