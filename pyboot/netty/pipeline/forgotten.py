"""Things that an application has written and no pipeline has: handlers without a label, pipelines under another name. Pure."""

import inspect
import sys
from collections.abc import Iterable, Iterator
from types import CodeType, ModuleType
from typing import Any, Final

from pyboot.boot.config.names import uniform
from pyboot.boot.model.label import is_labelled
from pyboot.boot.model.nearest import is_slip
from pyboot.boot.model.origin import origin_of
from pyboot.components.netty import ChannelHandler

from .problem import Problem

_ALSO_MEANT: Final = ("handlers", "codecs", "channelhandlers")


def misnamed_pipeline(owner: str, target: type[Any], label: str) -> Iterator[Problem]:
    """Return the attribute of *target*, the class labelled *label*, that looks like its ``pipeline`` and is read by nobody."""
    if "pipeline" in vars(target):
        return
    for name, value in vars(target).items():
        key = uniform(name)
        if isinstance(value, list | tuple) and (key in ("pipeline", *_ALSO_MEANT) or is_slip(key, "pipeline")):
            text = f"{target.__name__}.{name} ({origin_of(target)}) is read by nobody: what {label} looks for is called pipeline."
            yield Problem(owner, text, f"Rename it: pipeline = {value!r}.", is_fatal=key not in _ALSO_MEANT)


def forgotten_handlers(modules: Iterable[ModuleType], standing: Iterable[type[Any]]) -> list[type[Any]]:
    """Return the handler classes that *modules* define and nobody uses: not labelled, not *standing* in a pipeline, not named elsewhere.

    A class that a function names, that another derives from, or of which a module holds an object, may be put into pipelines by hand.
    """
    scanned = list(modules)
    defined = [each for module in scanned for each in vars(module).values() if _is_handler_of(each, module)]
    used = set(standing) | {base for each in defined for base in each.__mro__[1:]}
    used |= {type(value) for module in scanned for value in vars(module).values()}
    free = [each for each in dict.fromkeys(defined) if each not in used and not is_labelled(each)]
    if not free:
        return []
    named = {name for module in scanned for value in vars(module).values() for name in _names_in(value, module)}
    return [each for each in free if each.__name__ not in named]


def modules_below(bases: Iterable[str]) -> list[ModuleType]:
    """Return the imported modules that are, or stand inside, one of *bases*."""
    exact = frozenset(bases)
    inside = tuple(f"{base}." for base in exact)
    return [module for name, module in list(sys.modules.items()) if name in exact or name.startswith(inside)]


def forgetting(owner: str, handlers: Iterable[type[Any]]) -> Iterator[Problem]:
    """Return a problem for each of *handlers*; it may be meant for later, so no start is refused for it alone."""
    for each in handlers:
        text = f"{each.__name__} ({origin_of(each)}) is a ChannelHandler without @ChannelHandlerBean, and no pipeline holds it."
        yield Problem(owner, text, f"Label it, @ChannelHandlerBean above class {each.__name__}, or leave it out.", is_fatal=False)


def _is_handler_of(value: object, module: ModuleType) -> bool:
    return (
        isinstance(value, type)
        and issubclass(value, ChannelHandler)
        and value.__module__ == module.__name__
        and not value.__name__.startswith("_")
        and not any(getattr(member, "__isabstractmethod__", False) for member in vars(value).values())
    )


def _names_in(value: object, module: ModuleType) -> Iterator[str]:
    """The global names that a function, or the methods of a class, of *module* use."""
    if getattr(value, "__module__", None) != module.__name__:
        return
    for each in vars(value).values() if isinstance(value, type) else (value,):
        function = getattr(each, "__func__", each)
        if inspect.isfunction(function):
            yield from _names_of(function.__code__)
        elif isinstance(each, list | tuple):  # a pipeline of classes
            yield from (item.__name__ for item in each if isinstance(item, type))
            yield from (name for item in each if inspect.isfunction(item) for name in _names_of(item.__code__))


def _names_of(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_of(constant)
