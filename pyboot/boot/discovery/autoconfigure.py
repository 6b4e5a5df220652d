"""Auto-configurations: found through the entry-point group ``pyboot.autoconfigure``, excluded and ordered before use."""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import EntryPoint, EntryPoints, entry_points

from pyboot.boot.errors import CircularDependencyError, DefinitionError
from pyboot.boot.model.label import labels
from pyboot.boot.model.origin import origin_of
from pyboot.boot.model.stereotype import AutoConfigurationLabel

GROUP = "pyboot.autoconfigure"


@cache
def installed(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of *group*, sorted by value; the metadata of all distributions is read once."""
    return tuple(sorted(_all_groups().select(group=group), key=lambda entry: entry.value))


@cache
def _all_groups() -> EntryPoints:
    return entry_points()


def identity(target: type | str) -> str:
    """Return the name of an auto-configuration: ``module:Class``."""
    return target if isinstance(target, str) else f"{target.__module__}:{target.__qualname__}"


def auto_configurations(excluded: Iterable[str] = (), given: Sequence[type] | None = None) -> tuple[type, ...]:
    """Return the auto-configurations in their order: by name, then ``before`` and ``after``.

    Args:
        excluded: names (``module:Class``) to leave out; they are not even imported.
        given: take these instead of the installed ones.

    Raises:
        DefinitionError: an entry point names nothing that is labelled ``@AutoConfiguration``.
        CircularDependencyError: ``before`` and ``after`` lead in a circle.
    """
    left_out = set(excluded)
    if given is None:
        given = [_load(entry) for entry in installed(GROUP) if entry.value not in left_out]
    return _ordered({identity(target): target for target in given if identity(target) not in left_out})


def _load(entry: EntryPoint) -> type:
    target = getattr(importlib.import_module(entry.module), entry.attr, None)
    if not isinstance(target, type) or not labels(target, AutoConfigurationLabel):
        raise DefinitionError(entry.value, f"entry point {entry.name} of {GROUP}", "it names no class labelled @AutoConfiguration")
    return target


def _ordered(targets: Mapping[str, type]) -> tuple[type, ...]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name in sorted(targets):
        sorter.add(name)
        for mark in labels(targets[name], AutoConfigurationLabel):
            for other in map(identity, mark.after):
                if other in targets:
                    sorter.add(name, other)
            for other in map(identity, mark.before):
                if other in targets:
                    sorter.add(other, name)
    try:
        return tuple(targets[name] for name in sorter.static_order())
    except CycleError as error:
        raise CircularDependencyError([f"{name} ({origin_of(targets[name])})" for name in error.args[1][:-1]]) from error
