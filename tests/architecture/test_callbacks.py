"""Callbacks: what users override takes its parameters by position, so that they may be called anything.

A type checker refuses an override whose parameter has another name, as somebody could pass it by the name of the base. Nobody does: a
pipeline and the container call by position. Holds for what is derived from `ChannelHandler`, our own codecs and handlers too, as users
derive from those, and for the other bases that an application derives from.
"""

import ast
import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest

from pyboot.boot import ApplicationRunner, BeanPostProcessor, BeanRegistrar, Condition, Interceptor
from pyboot.components.netty import ChannelHandler

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("pyboot/components/netty", "pyboot/netty")
BASES = (ApplicationRunner, BeanPostProcessor, BeanRegistrar, Condition, Interceptor)


def handler_classes() -> list[tuple[type[Any], ast.ClassDef]]:
    """Every class of ours that is derived from `ChannelHandler`, with its source."""
    found = []
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                thing = getattr(importlib.import_module(module), node.name)
                if isinstance(thing, type) and issubclass(thing, ChannelHandler):
                    found.append((thing, node))
    return found


def test_callbacks_of_handlers_are_called_by_position() -> None:
    """Each public method that takes a context takes it, and what follows, by position only."""
    classes = handler_classes()
    methods = [
        (f"{thing.__module__}.{thing.__qualname__}.{method.name}", method.args)
        for thing, node in classes
        for method in node.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and not method.name.startswith("_")
    ]

    assert 100 < len([name for name, arguments in methods if "ctx" in [each.arg for each in arguments.posonlyargs]])
    assert [] == [name for name, arguments in methods if "ctx" in [each.arg for each in arguments.args]]


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.__name__)
def test_what_applications_override_is_called_by_position(base: type[Any]) -> None:
    """Each method of the base that is no constructor and no class method."""
    methods = [method for name, method in vars(base).items() if inspect.isfunction(method) and not name.startswith("_")]

    assert methods
    for method in methods:
        _, *parameters = inspect.signature(method).parameters.values()
        assert {inspect.Parameter.POSITIONAL_ONLY} >= {each.kind for each in parameters}, method
