"""A file holds one idea, and a function one step: where either grows past its ceiling a second idea hides in it."""

import ast
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "pyboot"
LONGEST_FILE = 500
LONGEST_FUNCTION = 60


def test_no_file_has_more_than_500_lines() -> None:
    """Split by idea, never by size; a file that is named here wants its second idea found."""
    too_long = {path.relative_to(SOURCES).as_posix(): lines for path in SOURCES.rglob("*.py") if (lines := length(path)) > LONGEST_FILE}
    assert {} == too_long


def test_no_function_has_more_than_60_lines() -> None:
    """Its docstring does not count."""
    too_long = {}
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (lines := body_length(node)) > LONGEST_FUNCTION:
                too_long[f"{path.relative_to(SOURCES).as_posix()} {node.name}"] = lines
    assert {} == too_long


def length(path: Path) -> int:
    """The number of lines of a file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def body_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The number of lines from the name to the end, without the docstring."""
    first = function.body[0]
    docstring = first.end_lineno - first.lineno + 1 if ast.get_docstring(function) is not None and first.end_lineno else 0
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1 - docstring
