"""The page of exceptions: every class of the product that can be raised, below what else it is caught by."""

import ast
import re
from collections.abc import Iterator

from tests.pages.sources import bases, fields, public_classes, sentence

INTRODUCTION = """# Exceptions

Every exception of the framework, by the module that defines it: what it says, the facts that it carries as attributes, and what else
catches it. The reports of a failed start have codes, and those have [a catalogue](errors.md) of causes and cures.
"""


def page() -> str:
    """Return the page."""
    modules: dict[str, list[ast.ClassDef]] = {}
    for module, node in public_classes(r"\w+(Error|Exception|Warning)"):
        modules.setdefault(module, []).append(node)
    return "\n".join([INTRODUCTION, *(line for module in sorted(modules) for line in _table(module, modules[module]))])


def _table(module: str, nodes: list[ast.ClassDef]) -> Iterator[str]:
    yield from (f"## `{module}`", "", "| exception | is a | carries | code | |", "|---|---|---|---|---|")
    for node in nodes:
        code = re.search(r"^    code(?:: [\w\[\]]+)? = \"(PB-\w+)\"", ast.unparse(node).replace("'", '"'), re.MULTILINE)
        carried = [name for name in fields(node) if name not in ("code", "message", "title")]
        told = [", ".join(f"`{name}`" for name in names) for names in (bases(node), carried)]
        yield f"| `{node.name}` | {told[0]} | {told[1]} | {code[1] if code else ''} | {sentence(node)} |"
    yield ""
