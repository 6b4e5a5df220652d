"""Asking: finds the settings that the code of an application names, so that they are not taken for typing errors.

Read only where a name is in doubt. What is looked at are the labels of all candidates, be they left out by a condition or not,
their parameters, and the texts in the code of their modules, for ``environment.get("a.b")`` cannot be seen otherwise before
it is called.
"""

import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType
from typing import Any, get_args

from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.generic import Hint, get_origin, unalias
from pyboot.boot.model.hints import parameters
from pyboot.boot.model.injection import Value
from pyboot.boot.model.label import Label, labels

from .condition import ConditionalOnProperty, Profile


def expressions_of(definitions: Iterable[BeanDefinition]) -> Iterator[str]:
    """Iterate over the texts with placeholders that labels, a package's own ones too, and parameters of *definitions* hold."""
    for definition in definitions:
        yield from (text for text, _ in _values(definition))
        for target in (definition.target, get_origin(definition.provides) or definition.provides):
            for member in (target, *_functions(target)):
                texts = (value for mark in labels(member, Label) for value in vars(mark).values())
                yield from (text for text in texts if isinstance(text, str) and "${" in text)


def conditions_of(definitions: Iterable[BeanDefinition]) -> Iterator[str]:
    """Iterate over the settings that conditions of *definitions* ask for."""
    for definition in definitions:
        yield from (entry.name for entry in labels(definition.target, ConditionalOnProperty))


def profiles_of(definitions: Iterable[BeanDefinition]) -> Iterator[str]:
    """Iterate over the expressions of profiles that *definitions* are labelled with."""
    for definition in definitions:
        yield from (expression for entry in labels(definition.target, Profile) for expression in entry.expressions)


def texts_of(definitions: Iterable[BeanDefinition]) -> Iterator[str]:
    """Iterate over the texts in the code of the application's own *definitions*, and over the dotted ones in that of their packages."""
    own = [entry.target for entry in definitions if entry.source == "application"]
    for target in own:
        yield from _texts_in(target)
    packages = {getattr(target, "__module__", "").partition(".")[0] for target in own}
    modules = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] in packages]
    for place in (value for module in modules for value in list(vars(module).values())):
        if isinstance(place, str):
            yield from [place] if _is_dotted(place) else []
        elif str(getattr(place, "__module__", None)).partition(".")[0] in packages:
            yield from filter(_is_dotted, _texts_in(place))


def values_of(definitions: Iterable[BeanDefinition]) -> Iterator[tuple[str, Hint]]:
    """Iterate over the expressions of the ``Value`` parameters of *definitions*, each with the hint that it stands in."""
    for definition in definitions:
        yield from _values(definition)


def _values(definition: BeanDefinition) -> Iterator[tuple[str, Hint]]:
    try:
        found = parameters(definition.factory, skip_self=definition.owner is not None)
    except DefinitionError:  # of a bean that is left out, perhaps because a library is missing; else it is reported by itself
        return
    for parameter in found:
        yield from ((entry.expression, parameter.hint) for entry in _metadata(parameter.hint) if isinstance(entry, Value))


def _metadata(hint: Hint) -> Iterator[object]:
    """Iterate over the metadata of every ``Annotated`` in *hint*, also behind a ``type`` alias or beside ``None``."""
    hint = unalias(hint)
    yield from getattr(hint, "__metadata__", ())
    for inner in get_args(hint):
        yield from _metadata(inner)


def _functions(target: Any) -> Iterator[FunctionType]:  # Any: as above
    """Iterate over the functions of a class and its bases, or *target* itself."""
    members = [member for base in target.__mro__[:-1] for member in vars(base).values()] if isinstance(target, type) else [target]
    for member in members:
        function = getattr(member, "__func__", member) if isinstance(member, staticmethod | classmethod) else member
        if isinstance(function, FunctionType):
            yield function


def _texts_in(target: object) -> Iterator[str]:
    for function in _functions(target):
        yield from _texts(function.__code__)


def _texts(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, str) and not any(letter.isspace() for letter in constant):
            yield constant
        elif isinstance(constant, CodeType):
            yield from _texts(constant)


def _is_dotted(text: str) -> bool:
    return "." in text and not any(letter.isspace() for letter in text)
