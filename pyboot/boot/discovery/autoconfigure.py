"""Auto-configurations: finds them through the entry-point group ``pyboot.autoconfigure``, excludes and orders them before use."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from pyboot.boot.errors import CircularDependencyError, DefinitionError
from pyboot.boot.model.label import labels
from pyboot.boot.model.nearest import nearest
from pyboot.boot.model.origin import origin_of
from pyboot.boot.model.stereotype import AutoConfigurationLabel
from pyboot.boot.record import Record

from .condition import Facts, Outcome, is_installed
from .descriptor import refusals
from .entrypoints import EntryPoint, installed

GROUP = "pyboot.autoconfigure"


def identity(target: type | str) -> str:
    """Return the name of an auto-configuration: ``module:Class``."""
    if not isinstance(target, str | type):
        raise DefinitionError(repr(target), "auto-configurations", "name one by its class, or as 'module:Class'")
    return target if isinstance(target, str) else f"{target.__module__}:{target.__qualname__}"


class AutoConfigurations(NamedTuple):
    """The auto-configurations that apply, in order: by name, then by ``before`` and ``after``.

    ``refused`` are those whose descriptor speaks against them, with the reasons; they have not been imported.
    """

    found: tuple[type, ...]
    refused: Mapping[str, tuple[Outcome, ...]]


def auto_configurations(excluded: Iterable[str], facts: Facts) -> AutoConfigurations:
    """Return the auto-configurations of the installed distributions.

    Args:
        excluded: names (``module:Class``) to leave out; they are not even imported.
        facts: what the conditions in descriptors ask.

    Raises:
        DefinitionError: an entry point names nothing that is labelled ``@AutoConfiguration``.
        CircularDependencyError: ``before`` and ``after`` lead in a circle.
    """
    left_out, there = set(excluded), installed(GROUP)
    for name in left_out.difference(entry.value for entry in there):
        _check_exclusion(name, [entry.value for entry in there])
    entries = [entry for entry in there if entry.value not in left_out]
    refused = {entry.value: reasons for entry in entries if (reasons := refusals(entry, facts))}
    targets = [_load(entry) for entry in entries if entry.value not in refused]
    return AutoConfigurations(ordered(targets), refused)


def _check_exclusion(name: str, known: Iterable[str]) -> None:
    """Refuse to exclude *name*, which is none of the *known*, if its module is installed; another one may be installed next time."""
    if is_installed(name.partition(":")[0].partition(".")[0]):
        near = nearest(name, known)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise DefinitionError(f"The exclusion of '{name}'", "exclude", f"no auto-configuration is called so{hint}")


class Installed(Record):
    """The installation that an application finds: its modules and its auto-configurations, by default those of this interpreter."""

    has_module: Callable[[str], bool] = staticmethod(is_installed)
    configurations: Callable[[Iterable[str], Facts], AutoConfigurations] = staticmethod(auto_configurations)


def _load(entry: EntryPoint) -> type:
    try:
        target = entry.load()
    except Exception as error:
        reason = f"it cannot be imported: {type(error).__name__}: {error}"
        raise DefinitionError(entry.value, f"entry point {entry.name} of {GROUP}", reason) from error
    if not isinstance(target, type) or not labels(target, AutoConfigurationLabel):
        raise DefinitionError(entry.value, f"entry point {entry.name} of {GROUP}", "it names no class labelled @AutoConfiguration")
    return target


def ordered(configurations: Sequence[type]) -> tuple[type, ...]:
    """Return *configurations* by name, then by their ``before`` and ``after``.

    Raises:
        CircularDependencyError: these lead in a circle.
    """
    targets = {identity(target): target for target in configurations}
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
