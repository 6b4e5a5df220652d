"""Origins: the place where something was written, which is a file and a line, an environment variable, or an argument."""

import ast
import inspect
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple


class Origin(NamedTuple):
    """A place a person can go to: ``src/app/echo.py:12``, or ``environment variable NETTY_PORT``."""

    place: str
    line: int | None = None

    def __str__(self) -> str:
        return self.place if self.line is None else f"{self.place}:{self.line}"


def origin_of(target: object) -> Origin:
    """Return the file and line where the class or function *target* is defined.

    Python 3.13 keeps the line on the class; before that the source is searched, so this runs only when asked.
    """
    code = getattr(inspect.unwrap(target) if callable(target) else target, "__code__", None)
    if code is not None:
        return Origin(short_path(code.co_filename), code.co_firstlineno)
    if not isinstance(target, type):
        return Origin(f"{type(target).__module__}.{type(target).__qualname__} (given as an object)")
    module = sys.modules.get(target.__module__)
    file = getattr(module, "__file__", None)
    if file is None:
        return Origin(f"module {target.__module__}")
    return Origin(short_path(file), _line_of_class(target))


def origin_of_parameter(factory: object, name: str) -> Origin:
    """Return the line on which the parameter *name* of a class or function stands, or its field, where the source tells.

    The source is parsed, so this runs only when something has to be reported.
    """
    whole = origin_of(factory)
    for target in (getattr(factory, "__init__", None), factory) if isinstance(factory, type) else (factory,):
        try:
            lines, first = inspect.getsourcelines(target)  # type: ignore[arg-type]  # what has no source raises TypeError
            tree = ast.parse(textwrap.dedent("".join(lines)))
        except (OSError, TypeError, SyntaxError):
            continue
        for node in ast.walk(tree):
            is_parameter = isinstance(node, ast.arg) and node.arg == name
            is_field = isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name
            if isinstance(node, ast.arg | ast.AnnAssign) and (is_parameter or is_field):
                return Origin(whole.place, max(first, 1) + node.lineno - 1)
    return whole


def _line_of_class(target: type) -> int | None:
    line: int | None = getattr(target, "__firstlineno__", None)
    if line is not None:
        return line
    try:
        return inspect.getsourcelines(target)[1]
    except (OSError, TypeError):  # made at run time: there is no line to name
        return None


def short_path(file: str) -> str:
    """Return *file* relative to the working directory where it lies below it, else unchanged."""
    path = Path(file)
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else file
