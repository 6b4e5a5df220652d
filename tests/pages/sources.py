"""What the pages are made of: the sources of the product, found in the folder, so that what is added tomorrow is in them.

Read, not imported, where that is enough: compiled classes keep no annotations, and what an extra needs may not be installed.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs/reference"
PROTOCOLS = ("NamedTuple", "Protocol", "Generic")


@cache
def sources() -> dict[str, str]:
    """Return the text of each module of the product by its name, in their order."""
    found = {path: path.relative_to(ROOT).with_suffix("").parts for path in sorted((ROOT / "pyboot").rglob("*.py"))}
    return {".".join(parts[:-1] if parts[-1] == "__init__" else parts): path.read_text("utf-8") for path, parts in found.items()}


@cache
def tree(module: str) -> ast.Module:
    """Return the syntax of *module*."""
    return ast.parse(sources()[module])


def modules_with(pattern: str) -> Iterator[str]:
    """Return each module whose text has a line that begins with *pattern*."""
    begins = re.compile(rf"^{pattern}", re.MULTILINE)
    yield from (module for module, text in sources().items() if begins.search(text))


def imported(module: str) -> ModuleType:
    """Import *module*."""
    return importlib.import_module(module)


def public_classes(pattern: str) -> Iterator[tuple[str, ast.ClassDef]]:
    """Return each class with a docstring whose name fits *pattern*, with its module."""
    for module in modules_with(r"class "):
        for node in tree(module).body:
            if isinstance(node, ast.ClassDef) and re.fullmatch(pattern, node.name) and node.name[0] != "_" and ast.get_docstring(node):
                yield module, node


def fields(node: ast.ClassDef) -> list[str]:
    """Return the facts of an event or an error: what is annotated in its body, or what its constructor takes."""
    body = [each.target.id for each in node.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)]
    makers = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
    taken = [each.arg for maker in makers for each in [*maker.args.args[1:], *maker.args.kwonlyargs]]
    return [name for name in dict.fromkeys(body + taken) if not name.startswith("_")]


def bases(node: ast.ClassDef) -> list[str]:
    """Return the names of the classes that *node* is derived from."""
    named = [ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases]
    return [name for name in named if name not in PROTOCOLS]


def sentence(documented: object) -> str:
    """Return the first paragraph of the docstring of *documented*, an object or its syntax, as a cell of a table."""
    text = ast.get_docstring(documented) if isinstance(documented, ast.ClassDef | ast.FunctionDef) else inspect.getdoc(documented)
    return cell(" ".join((text or "").partition("\n\n")[0].split()).replace("``", "`"))


def cell(text: str) -> str:
    """Return *text* so that it stays within one cell."""
    return text.replace("|", "\\|")
