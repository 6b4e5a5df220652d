"""Methods of a handler class with their source, those that the interpreter would find. Nothing is executed.

A class whose source is not there has none, and neither has one that is defined twice in its file: of these nothing can be told.
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, final

from pyboot.boot.model.origin import Origin, short_path

CALLBACKS: Final[Mapping[str, tuple[int, str]]] = {  # how many arguments each is called with, and which
    "channel_registered": (1, "ctx"),
    "channel_unregistered": (1, "ctx"),
    "channel_active": (1, "ctx"),
    "channel_inactive": (1, "ctx"),
    "channel_read": (2, "ctx, msg"),
    "channel_read_complete": (1, "ctx"),
    "channel_writability_changed": (1, "ctx"),
    "user_event_triggered": (2, "ctx, event"),
    "exception_caught": (2, "ctx, error"),
    "channel_event": (2, "ctx, event, *args"),
    "channel_write_complete": (1, "ctx"),
    "channel_write": (2, "ctx, msg"),
    "bind": (3, "ctx, address, promise"),
    "connect": (3, "ctx, address, promise"),
    "disconnect": (2, "ctx, promise"),
    "close": (2, "ctx, promise"),
    "deregister": (2, "ctx, promise"),
    "read": (1, "ctx"),
    "write": (3, "ctx, msg, promise"),
    "flush": (1, "ctx"),
    "handler_added": (1, "ctx"),
    "handler_removed": (1, "ctx"),
}
_CODEC_METHODS: Final = ("message_received", "decode", "decode_last", "encode", "channel_idle")


@final
class Method(NamedTuple):
    """A method: its source, and the function that it has become, which knows its module and its hints.

    One that is *wrapped* by a decorator gets what that one gives it, which need not be the message that came.
    """

    node: ast.FunctionDef | ast.AsyncFunctionDef
    function: Any
    is_wrapped: bool

    @property
    def name(self) -> str:
        """Its name."""
        return self.node.name

    @property
    def parameters(self) -> list[str]:
        """The names of its parameters that are given by place, ``self`` first."""
        return [argument.arg for argument in (*self.node.args.posonlyargs, *self.node.args.args)]

    @property
    def is_callback(self) -> bool:
        """Tell whether the pipeline calls it for a connection."""
        return self.name in CALLBACKS or self.name in _CODEC_METHODS

    def origin(self, node: ast.AST) -> Origin:
        """Return the place of *node* in it."""
        return Origin(short_path(self.function.__code__.co_filename), getattr(node, "lineno", None))


def methods_of(cls: type[Any]) -> Iterator[Method]:
    """The methods of *cls* that the interpreter would find, each with its source."""
    found: set[str] = set()
    for base in cls.__mro__:
        if base.__module__.startswith("pyboot.components.netty.") or base.__module__ in ("builtins", "typing", "abc"):
            continue
        for node in body_of(base):
            member = vars(base).get(node.name)
            function = inspect.unwrap(member) if callable(member) else None
            if node.name not in found and inspect.isfunction(function):
                yield Method(node, function, function is not member)
        found |= set(vars(base))


def body_of(cls: type[Any]) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    found = _classes(file).get(cls.__qualname__, []) if file else []
    return [node for node in found[0].body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)] if len(found) == 1 else []


@lru_cache(maxsize=64)
def _classes(file: str) -> Mapping[str, list[ast.ClassDef]]:
    """The classes that *file* defines, by qualified name: of one that is defined twice nothing can be told."""
    classes: dict[str, list[ast.ClassDef]] = {}

    def walk(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):  # no class is defined inside of one, and most nodes are
                continue
            inner = prefix
            if isinstance(child, ast.ClassDef):
                classes.setdefault(f"{prefix}{child.name}", []).append(child)
                inner = f"{prefix}{child.name}."
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = f"{prefix}{child.name}.<locals>."
            walk(child, inner)

    try:
        with open(file, encoding="utf-8") as source:
            walk(ast.parse(source.read()), "")
    except (OSError, SyntaxError, ValueError):
        return {}
    return classes


def own_nodes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """The nodes of the body of *function*, without those of functions and classes inside of it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop(0)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield node
            waiting[:0] = ast.iter_child_nodes(node)
