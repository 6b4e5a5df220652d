"""Surfaces: what a public package offers is sorted, complete and unique, and nothing inside imports through it."""

import ast
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SURFACES = [
    "pyboot.actuator",
    "pyboot.boot",
    "pyboot.cluster",
    "pyboot.components.netty",
    "pyboot.components.netty.buffer",
    "pyboot.components.netty.channel",
    "pyboot.components.netty.codec",
    "pyboot.components.netty.codec.memcache",
    "pyboot.components.netty.codec.redis",
    "pyboot.components.netty.codec.stomp",
    "pyboot.components.netty.handler",
    "pyboot.components.netty.transport",
    "pyboot.components.netty.wire",
    "pyboot.netty",
    "pyboot.testing",
    "pyboot.web",
]
PUBLIC = ("pyboot.actuator", "pyboot.boot", "pyboot.cluster", "pyboot.components.netty", "pyboot.netty", "pyboot.testing", "pyboot.web")
# Two do without the mechanism: what `boot` offers is imported by every start; pytest imports `testing` in every run of every project.
LAZY = [name for name in SURFACES if name not in ("pyboot.boot", "pyboot.testing")]


def folder(package: str) -> Path:
    """Where *package* stands."""
    return ROOT / package.replace(".", "/")


@pytest.mark.parametrize("surface", SURFACES)
def test_what_is_offered_is_there(surface: str) -> None:
    """Each name of `__all__` stands once, is there, is listed by `dir`, and is not hidden by a module of the same name."""
    module = importlib.import_module(surface)

    assert sorted(set(module.__all__)) == sorted(module.__all__)
    assert [] == [name for name in module.__all__ if not hasattr(module, name)]
    assert set(module.__all__) <= set(dir(module))
    assert not {path.stem for path in folder(surface).iterdir()} & set(module.__all__)


@pytest.mark.parametrize("package", PUBLIC)
def test_type_checkers_are_told_to_look(package: str) -> None:
    """Without the marker of PEP 561 a user's checker takes every name for untyped."""
    assert (folder(package) / "py.typed").exists()


@pytest.mark.parametrize("surface", LAZY)
def test_surface_holds_imports_and_nothing_else(surface: str) -> None:
    """A docstring, the imports for type checkers, and one call from which the rest follows: a surface has no logic of its own."""
    tree = ast.parse((folder(surface) / "__init__.py").read_text())

    assert [] == [ast.unparse(node) for node in tree.body if not _belongs_to_a_surface(node)]


@pytest.mark.parametrize("surface", LAZY)
def test_each_name_is_passed_on_as_type_checkers_want_it(surface: str) -> None:
    """As itself (`X as X`), or by the star of a surface below; a name imported otherwise is offered at run time only."""
    aliases = [alias for node in _imports(surface) for alias in node.names]

    assert [] == [alias.name for alias in aliases if alias.name not in ("*", alias.asname)]


@pytest.mark.parametrize("surface", LAZY)
def test_what_is_offered_is_what_type_checkers_see(surface: str) -> None:
    """The names of the imports, those of the stars included; mypy resolves them from the same lines."""
    assert importlib.import_module(surface).__all__ == sorted(_names_seen(surface))


def test_the_eager_surface_lists_what_it_imports() -> None:
    """No name is in `__all__` alone, or in the imports alone."""
    module = importlib.import_module("pyboot.boot")

    assert sorted(module.__all__) == sorted(alias.asname or alias.name for node in _imports("pyboot.boot") for alias in node.names)


@pytest.mark.parametrize("surface", SURFACES)
def test_nothing_inside_imports_through_its_surface(surface: str) -> None:
    """A module imports from the file where a name lives; importing from the package's own surface is how circles begin."""
    inside = [path for path in folder(surface).rglob("*.py") if path != folder(surface) / "__init__.py"]
    through = re.compile(rf"^from {re.escape(surface)} import|^from \. import|^import {re.escape(surface)}$", re.MULTILINE)

    assert [] == [str(path.relative_to(ROOT)) for path in inside if path.parent == folder(surface) and through.search(path.read_text())]


@pytest.mark.parametrize("package", ["pyboot", "pyboot/components"])
def test_the_namespace_stays_open(package: str) -> None:
    """An `__init__.py` here would hide what other distributions put into the same namespace."""
    assert not (ROOT / package / "__init__.py").exists()


@pytest.mark.parametrize("package", ["boot", "components/netty", "netty", "cli", "testing"])
def test_each_portion_is_typed(package: str) -> None:
    """Type checkers look for `py.typed` in each portion of a namespace."""
    assert (ROOT / "pyboot" / package / "py.typed").is_file()


def test_starters_hold_no_code() -> None:
    """A starter is a list of dependencies; `pyboot_netty` is a second name for one surface."""
    modules = [str(path.relative_to(ROOT)) for path in (ROOT / "starters").rglob("*.py") if "build" not in path.parts]  # of wheels
    assert ["starters/pyboot-netty/pyboot_netty/__init__.py"] == modules


def test_examples_import_public_packages_only() -> None:
    """What the pages and the template show, a user can write: nothing in them reaches behind a surface."""
    shown = [*(ROOT / "docs/examples").rglob("*.py"), *(ROOT / "app_template").rglob("*.py")]
    folders = [path.parent.name for path in (ROOT / "pyboot/components/netty/codec").glob("*/__init__.py")]  # surfaces of their own
    allowed = {*PUBLIC, "pyboot.components.netty.server", "pyboot.components.netty.codec", "pyboot.components.netty.handler"}
    allowed |= {f"pyboot.components.netty.{name}" for name in ("errors", "resolver", *(f"codec.{each}" for each in folders))}
    imported = re.compile(r"^(?:from|import) (pyboot[\w.]*)", re.MULTILINE)

    assert [] == [(str(path), name) for path in shown for name in imported.findall(path.read_text()) if name not in allowed]


def _imports(surface: str) -> list[ast.ImportFrom]:
    """The imports of our own that *surface* holds, those for type checkers included."""
    tree = ast.parse((folder(surface) / "__init__.py").read_text())
    body = [entry for node in tree.body for entry in (node.body if isinstance(node, ast.If) else [node])]
    return [node for node in body if isinstance(node, ast.ImportFrom) and (node.level or "pyboot" in str(node.module))]


def _names_seen(surface: str) -> set[str]:
    """The names that a type checker finds in *surface*, by its imports and those of the surfaces whose stars it takes."""
    seen: set[str] = set()
    for node in _imports(surface):
        if node.names[0].name == "*":
            seen |= _names_seen(f"{surface}.{node.module}" if node.level else str(node.module))
        else:
            seen |= {str(alias.asname) for alias in node.names}
    return seen


def _belongs_to_a_surface(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":  # imported by type checkers, loaded when asked for
        *imports, load = node.orelse
        own = ast.unparse(load).startswith("__getattr__, __dir__, __all__ = load_when_asked(")
        return own and all(isinstance(entry, ast.ImportFrom) for entry in [*node.body, *imports])
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def test_every_code_has_its_entry_in_the_catalogue() -> None:
    """A report names a code; the page says what it means. No entry is left without a code, either."""
    source = "\n".join(path.read_text() for path in (ROOT / "pyboot").rglob("*.py"))
    page = (ROOT / "docs/reference/errors.md").read_text()
    code = re.compile(r"PB-[A-Z]\d{3}")

    assert set(code.findall(source)) == set(code.findall(page))


def test_run_is_one_name_for_one_thing() -> None:
    """It starts an application; where there are none, whoever asks for it is told what there is instead."""
    assert importlib.import_module("pyboot.netty").run is importlib.import_module("pyboot.boot").run
    with pytest.raises(ImportError, match=r"asyncio\.run\(main\(\), loop_factory=loop_factory\(\)\).*run of pyboot\.boot"):
        _ = importlib.import_module("pyboot.components.netty").run
