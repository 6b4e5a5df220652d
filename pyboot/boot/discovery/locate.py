"""Locating: finds the application class that a command line names: a package, a module, ``module:Class``, a folder, a file."""

import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from pyboot.boot.errors import ApplicationNotFoundError, NotAnApplicationError
from pyboot.boot.model.label import labels
from pyboot.boot.model.origin import short_path
from pyboot.boot.model.stereotype import ApplicationLabel

from .importing import import_module


def resolve_application(target: str) -> type:
    """Return the class labelled ``@PyBootApplication`` that *target* names.

    A package is searched itself first, then its modules ``app``, ``application``, ``main`` and ``__main__``, then the
    rest. The working directory, and its ``src`` folder, are put on the import path.

    Raises:
        ApplicationNotFoundError: *target* cannot be imported; a ModuleImportError where it is there, and raised.
        NotAnApplicationError: it holds no application, or several.
    """
    name, _, attribute = _as_module(target).partition(":")
    _extend_path(Path.cwd())
    module = import_module(name, target)
    if attribute:
        found = getattr(module, attribute, None)
        if not isinstance(found, type):
            raise ApplicationNotFoundError(target, f"the module {name} has no class {attribute}")
        if not labels(found, ApplicationLabel):
            raise NotAnApplicationError(target)
        return found
    return _only(target, module)


def _as_module(target: str) -> str:
    """Return the name of the module that a folder or a file is, and put its parent on the import path."""
    if not target:
        raise ApplicationNotFoundError(target, "nothing is named")
    path, colon, attribute = Path(target), "", ""
    if not path.exists() and ":" in target:
        place, colon, attribute = target.rpartition(":")
        path = Path(place)
    if not path.exists() or (path.suffix != ".py" and "/" not in str(target) and "\\" not in target and not path.is_dir()):
        return target
    path = path.resolve()
    named = _application_of(path, target) if path.is_dir() and not (path / "__init__.py").is_file() else None
    if named is not None:
        return named + colon + attribute
    top = path
    while (top.parent / "__init__.py").is_file():
        top = top.parent
    _put_first(top.parent)
    parts = path.relative_to(top.parent).with_suffix("").parts
    return ".".join(parts) + colon + attribute


def _application_of(folder: Path, target: str) -> str | None:
    """Return what a project's folder runs: what its ``pyproject.toml`` names, else its one package that has an application.

    None where modules stand in the folder itself, and one of them has it.
    """
    configured = _configured(folder / "pyproject.toml", target)
    if configured is not None:
        _extend_path(folder)
        return configured
    if any(map(_mentions_application, folder.glob("*.py"))):
        return None
    packages = [place.parent for root in (folder / "src", folder) for place in sorted(root.glob("*/__init__.py"))]
    packages = [package for package in packages if package.name != "tests"]
    holding = (
        packages if len(packages) == 1 else [package for package in packages if any(map(_mentions_application, package.rglob("*.py")))]
    )
    if len(holding) != 1:
        names = ", ".join(package.name for package in holding or packages)
        seen = f"its packages are {names}" if names else "there is no package in it"
        raise ApplicationNotFoundError(target, f"the folder names no application: {seen}")
    _put_first(holding[0].parent)
    return holding[0].name


def _configured(file: Path, target: str) -> str | None:
    """Return the setting ``app`` of the table ``[tool.pyboot]`` in *file*: a package, a module or ``module:Class``."""
    if not file.is_file():
        return None
    import tomllib  # a start that names its application does not need it

    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("pyboot", {})
    except (OSError, ValueError) as error:
        raise ApplicationNotFoundError(target, f"{short_path(str(file))} cannot be read: {error}") from error
    named = settings.get("app")
    if named is not None and (not isinstance(named, str) or not named):
        raise ApplicationNotFoundError(
            target, f'{short_path(str(file))} names none: [tool.pyboot] app is {named!r}, and should be like "app"'
        )
    return named


def _mentions_application(file: Path) -> bool:
    """Tell whether *file* may hold one: nothing is imported to find out."""
    return b"PyBootApplication" in file.read_bytes()


def _only(target: str, module: ModuleType) -> type:
    for stage in _stages(module):
        found = {entry for place in stage for entry in vars(place).values() if isinstance(entry, type) and labels(entry, ApplicationLabel)}
        if len(found) > 1:
            raise NotAnApplicationError(target, sorted(f"{entry.__module__}:{entry.__qualname__}" for entry in found))
        if found:
            return found.pop()
    raise NotAnApplicationError(target)


def _stages(module: ModuleType) -> Iterator[list[ModuleType]]:
    yield [module]
    if not hasattr(module, "__path__"):
        return
    names = [info.name for info in pkgutil.iter_modules(module.__path__) if not info.name.startswith(("test_", "conftest"))]
    usual = [name for name in ("app", "application", "main") if name in names]
    for name in usual:
        yield [import_module(f"{module.__name__}.{name}", module.__name__)]
    others = [name for name in names if name not in usual and name not in ("__main__", "tests")]
    yield [import_module(f"{module.__name__}.{name}", module.__name__) for name in others]


def _extend_path(directory: Path) -> None:
    if (directory / "src").is_dir():
        _put_first(directory / "src")
    _put_first(directory)


def _put_first(directory: Path) -> None:
    if str(directory) not in sys.path:
        sys.path.insert(0, str(directory))
