"""Binding: gives every properties class its settings before the graph is built, so that all refusals are known at once."""

from collections.abc import Iterable
from typing import NamedTuple

from pyboot.boot.config.environment import Environment
from pyboot.boot.errors import BindError, BootError, DefinitionError
from pyboot.boot.model.definition import BeanDefinition, Making


class Bound(NamedTuple):
    """The objects of the properties classes that took their settings, and the refusals of the others."""

    beans: dict[BeanDefinition, object]
    problems: list[BootError]


def bind(environment: Environment, definitions: Iterable[BeanDefinition]) -> Bound:
    """Return the properties classes among *definitions*, each bound to the settings below its prefix."""
    found = [entry for entry in definitions if entry.prefix is not None]
    for definition in found:
        environment.claim(definition.prefix or "", definition.provides)  # all, before one of them judges what is unknown
    bound = Bound({}, [])
    for definition in found:
        if definition.making is not Making.PROPERTIES:  # something stands in its place
            continue
        try:
            bound.beans[definition] = environment.bind(definition.prefix or "", definition.provides)
        except BindError as error:
            bound.problems.append(error)
        except ValueError as error:
            reason = f"@ConfigurationProperties: {error}"
            bound.problems.append(DefinitionError(f"'{definition.name}'", str(definition.origin), reason))
    return bound
