"""Asking: which settings the code of an application names, so that they are not taken for typing errors.

Read only where a name is in doubt. What is looked at are the labels of all candidates, be they left out by a condition or not,
their parameters, and the texts in the code of their modules, for ``environment.get("a.b")`` cannot be seen otherwise before
it is called.
"""

import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType
from typing import Any

from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.hints import parameters
from pyboot.boot.model.injection import Value
from pyboot.boot.model.label import labels
from pyboot.boot.model.task import Scheduled

from .condition import ConditionalOnProperty, Profile

_TIMES = ("every", "delay", "cron", "zone", "initial")


def expressions_of(definitions: Iterable[BeanDefinition]) -> Iterator[str]:
    """Iterate over the texts with placeholders that the labels and parameters of *definitions* hold."""
    for definition in definitions:
        yield from _values(definition)
        for member in _functions(definition.target):
            for mark in labels(member, Scheduled):
                yield from (text for name in _TIMES if (text := getattr(mark, name)) is not None)


def conditions_of(definitions: Iterable[BeanDefinition]) -> Iterator[str]:
    """Iterate over the settings that conditions of *definitions* ask for."""
    for definition in definitions:
        yield from (entry.name for entry in labels(definition.target, ConditionalOnProperty))


def profiles_of(definitions: Iterable[BeanDefinition]) -> Iterator[str]:
    """Iterate over the expressions of profiles that *definitions* are labelled with."""
    for definition in definitions:
        yield from (expression for entry in labels(definition.target, Profile) for expression in entry.expressions)


def texts_of(definitions: Iterable[BeanDefinition]) -> Iterator[str]:
    """Iterate over the dotted texts in the code of the application's own *definitions*, and of the modules that define them."""
    own = [entry.target for entry in definitions if entry.source == "application"]
    modules = {getattr(target, "__module__", "") for target in own}
    places: list[Any] = [*own]  # Any: classes, functions and what else a module holds
    places += [value for name in modules if name in sys.modules for value in vars(sys.modules[name]).values()]
    for place in places:
        if isinstance(place, str):
            yield from [place] if _is_dotted(place) else []
        elif getattr(place, "__module__", None) in modules:
            for member in _functions(place):
                yield from _texts(member.__code__)


def _values(definition: BeanDefinition) -> Iterator[str]:
    try:
        found = parameters(definition.factory, skip_self=definition.owner is not None)
    except DefinitionError:  # of a bean that is left out, perhaps because a library is missing; else it is reported by itself
        return
    for parameter in found:
        yield from (entry.expression for entry in getattr(parameter.hint, "__metadata__", ()) if isinstance(entry, Value))


def _functions(target: Any) -> Iterator[FunctionType]:  # Any: as above
    """The functions of a class and its bases, or *target* itself."""
    members = [member for base in target.__mro__[:-1] for member in vars(base).values()] if isinstance(target, type) else [target]
    for member in members:
        function = getattr(member, "__func__", member) if isinstance(member, staticmethod | classmethod) else member
        if isinstance(function, FunctionType):
            yield function


def _texts(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, str) and _is_dotted(constant):
            yield constant
        elif isinstance(constant, CodeType):
            yield from _texts(constant)


def _is_dotted(text: str) -> bool:
    return "." in text and not any(letter.isspace() for letter in text)
