"""The pages of public classes and functions: one for each surface, found by what it passes on; mkdocstrings fills them from the sources."""

import ast
from collections.abc import Iterator, Mapping

from tests.pages.sources import ROOT, sources, tree

INDEX = """# Classes and functions

What can be imported, by the package it is imported from. An application needs `pyboot.boot` and `pyboot.netty`, and the latter passes on
all of `pyboot.components.netty`; what stands in a package further down is offered by those above it, too, unless it needs an extra.

| package | | |
|---|---|---|
"""
CONFIGURATION, BEGIN, END = ROOT / "mkdocs.yml", "      # api: made by tests.pages\n", "      # end of api\n"


def pages() -> dict[str, str]:
    """Return the text of each page by its name below the folder of the reference."""
    found = {surface: names for surface in surfaces() if (names := passed_on(surface))}
    made = {f"api/{surface}.md": _page(surface, names) for surface, names in found.items()}
    rows = [f"| [`{surface}`]({surface}.md) | {len(names)} names | {_summary(surface)} |\n" for surface, names in found.items()]
    return {"api/index.md": INDEX + "".join(rows), **made}


def navigation(text: str) -> str:
    """Return the configuration *text* with the pages of today between the marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "".join(f"          - reference/{name}\n" for name in pages()) + END + after


def surfaces() -> Iterator[str]:
    """Return the packages that are there to be imported from; the commands and the supervisor are programs."""
    for module in sources():
        parts = module.split(".")
        is_package = (ROOT.joinpath(*parts) / "__init__.py").exists()
        if is_package and parts[1] not in ("cli", "supervisor") and "compat13" not in parts:
            yield module


def passed_on(surface: str) -> Mapping[str, str]:
    """Return the names that *surface* itself passes on, without those of stars, each with the module where it lives."""
    found: dict[str, str] = {}
    for node in _imports(surface):
        home = _home(surface, node)
        if node.names[0].name == "*" or not home.startswith(f"{surface}."):
            continue
        found |= {str(each.asname or each.name): _chased(home, each.name) for each in node.names if not each.name.startswith("_")}
    return dict(sorted(found.items()))


def _imports(surface: str, *, is_ours: bool = True) -> Iterator[ast.ImportFrom]:
    for node in tree(surface).body:
        inner = node.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" else [node]
        found = (each for each in inner if isinstance(each, ast.ImportFrom))
        yield from (each for each in found if not is_ours or each.level or str(each.module).startswith("pyboot."))


def _home(surface: str, node: ast.ImportFrom) -> str:
    return f"{surface}.{node.module}" if node.level else str(node.module)


def _chased(module: str, name: str) -> str:
    """Return the module that defines *name*, which *module* may only pass on; one of somebody else's in parentheses."""
    for node in _imports(module, is_ours=False):
        for each in node.names:
            if name == (each.asname or each.name):
                if not node.level and not str(node.module).startswith("pyboot."):
                    return f"({node.module}.{each.name})"
                package = module if (ROOT / module.replace(".", "/")).is_dir() else module.rpartition(".")[0]
                return _chased(_home(package, node), each.name)
    return module


def _page(surface: str, names: Mapping[str, str]) -> str:
    return f"# `{surface}`\n\n{_summary(surface)}\n\n" + "\n\n".join(map(_entry, names, names.values())) + "\n"


def _entry(name: str, home: str) -> str:
    return f"## {name}\n\n`{home.strip('()')}` of the library that defines it." if home.startswith("(") else f"::: {home}.{name}"


def _summary(surface: str) -> str:
    return " ".join((ast.get_docstring(tree(surface)) or "").partition("\n\n")[0].split()).replace("``", "`")
