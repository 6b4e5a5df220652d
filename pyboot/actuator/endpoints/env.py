"""The endpoint ``env``: all sources of settings, and what each says. Source: Spring Boot's ``EnvironmentEndpoint``.

What is shown of a value is decided by `pyboot.boot.config.secrets`, and nothing is shown of one unless ``show-values`` says so.
"""

import os
from collections.abc import Iterator
from typing import Any, NamedTuple, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.actuator.invocation import InvocationContext
from pyboot.actuator.properties import ValuesProperties, shows
from pyboot.boot import ApplicationContext, ConfigurationProperties, Import
from pyboot.boot.config.names import is_name, uniform
from pyboot.boot.config.read.sources import Source, TreeSource, canonical
from pyboot.boot.config.read.variables import EnvironmentVariables
from pyboot.boot.config.secrets import MASK
from pyboot.boot.config.tree import Leaf, leaves


@ConfigurationProperties("management.endpoint.env")
class EnvProperties(ValuesProperties):
    """`management.endpoint.env`: who sees values."""


class _Entry(NamedTuple):
    """One value of a source: its *name* there, and the *key* by which it is known whether it is a secret."""

    name: str
    key: str
    leaf: Leaf
    is_variable: bool = False


@final
@Endpoint("env")
@Import(EnvProperties)
class EnvEndpoint:
    """Tells the sources, the winning one first, with their values and where these are written."""

    def __init__(self, context: ApplicationContext, settings: EnvProperties) -> None:
        """Take the application, and who sees values."""
        self._environment = context.environment
        self._settings = settings

    @ReadOperation
    def all(self, context: InvocationContext, pattern: str | None = None) -> dict[str, Any]:
        """Answer with all sources; with *pattern*, with the settings that have it in their names."""
        is_shown, found = self._is_shown(context), list[dict[str, Any]]()
        for source in self._environment.sources:
            entries = (each for each in _entries(source) if pattern is None or pattern.lower() in each.name.lower())
            found.append({"name": source.place, "properties": {each.name: self._told(each, is_shown=is_shown) for each in entries}})
        return {**self._profiles(), "propertySources": found}

    @ReadOperation("{name}")
    def one(self, name: str, context: InvocationContext) -> dict[str, Any] | None:
        """Answer with the value of the setting *name* in each source, the winning one first; 404 where nobody sets it."""
        if not is_name(name):
            return None
        is_shown = self._is_shown(context)
        values = list[tuple[str, dict[str, Any]]]()
        for leaf, source in self._environment.leaves(name):
            values.append((source.place, self._told(_Entry(name, name, leaf, isinstance(source, EnvironmentVariables)), is_shown=is_shown)))
        if not values:
            return self._process_id() if name == "PID" else None
        winner, told = values[0]
        sources = [{"name": source.place, **_first(values, source.place)} for source in self._environment.sources]
        return {"property": {"source": winner, "value": told["value"]}, **self._profiles(), "propertySources": sources}

    def _process_id(self) -> dict[str, Any]:
        """Return what Spring Boot has as a setting, and its admin server asks for."""
        told = {"value": os.getpid()}
        return {"property": {"source": "process", **told}, **self._profiles(), "propertySources": [{"name": "process", "property": told}]}

    def _is_shown(self, context: InvocationContext) -> bool:
        return shows(self._settings.show_values, self._settings.roles, context)

    def _profiles(self) -> dict[str, list[str]]:
        return {"activeProfiles": list(self._environment.active_profiles), "defaultProfiles": ["default"]}

    def _told(self, entry: _Entry, *, is_shown: bool) -> dict[str, Any]:
        return {"value": self._shown(entry) if is_shown else MASK, "origin": str(entry.leaf.origin)}

    def _shown(self, entry: _Entry) -> str | None:
        if entry.is_variable and self._environment.secrets.is_secret_at(entry.leaf.origin):
            return MASK
        return self._environment.shown_leaf(entry.key, entry.leaf)


def _first(values: list[tuple[str, dict[str, Any]]], place: str) -> dict[str, Any]:
    return next(({"property": told} for source, told in values if source == place), {})


def _entries(source: Source) -> Iterator[_Entry]:
    """Iterate over the values of *source*; a variable is known by its own name, and judged by its words."""
    if isinstance(source, EnvironmentVariables):
        for variable, _ in source.below(()):
            yield _Entry(variable.name, "-".join(map(uniform, variable.tokens)) or variable.name, variable.leaf, is_variable=True)
    elif isinstance(source, TreeSource):
        for path, leaf in leaves(source.tree):
            name = canonical(path)
            yield _Entry(name, name, leaf)
