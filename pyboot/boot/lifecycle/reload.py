"""Reloading: reads the sources of settings again, and brings refreshable properties up to date in place.

A reload is all or nothing. The new sources are put into the environment, every properties class that a changed key touches is bound
anew, and only if all of them take their values are the objects changed; a refusal puts the former sources back. Between the first
changed object and the last nothing is awaited, so no task of the loop sees half of a reload. An object keeps its identity: its
attributes are replaced, past what makes it frozen, and whatever it has worked out from the former ones (a cached property) is
forgotten with them.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pyboot.boot.config.environment import Environment
from pyboot.boot.config.names import split_key, uniform
from pyboot.boot.config.secrets import Secrets
from pyboot.boot.config.tree import Leaf
from pyboot.boot.container.context import ApplicationContext
from pyboot.boot.model.definition import BeanDefinition, Making
from pyboot.boot.model.stereotype import ConfigurationProperties

from .events import ApplicationEvent

_log = logging.getLogger(__name__)

_LATER = "; it takes effect at the next start"
_OWN = ("pyboot", "logging")
_NOT_SETTINGS = ("__dict__", "__weakref__", "__pydantic_private__")


class EnvironmentChangedEvent(ApplicationEvent):
    """The settings *keys* have other values now, and refreshable properties have taken them over."""

    keys: frozenset[str]


class SettingsReloader:
    """Reads the sources of settings again; as a bean it is asked by ``await reloader.reload()``.

    Only classes that say so are brought up to date: ``@ConfigurationProperties("shop", refreshable=True)``. They stay the
    same objects, so whoever holds one sees the new values at the next look. What was decided at the start (conditions,
    profiles, other properties) stays as it was. Every change is logged with its place, secrets masked.
    """

    def __init__(self, context: ApplicationContext, load: Callable[[], Environment]) -> None:
        self._context = context
        self._load = load

    async def reload(self) -> frozenset[str]:
        """Read everything again, update, publish an :class:`EnvironmentChangedEvent`, and return the changed keys.

        Raises:
            ConfigurationError: a source cannot be read, or a new value does not fit, be it of a class that does not follow; then
                nothing has changed.
        """
        environment = self._context.environment
        bound = [entry for entry in self._context.graph.index.definitions if entry.making is Making.PROPERTIES]
        kinds = [(entry.prefix or "", entry.provides) for entry in bound]
        former, before = environment.sources, environment.effective(kinds)
        environment.follow(self._load())
        try:
            after = environment.effective(kinds)
            keys = frozenset(key for key in before.keys() | after.keys() if _text(before, key) != _text(after, key))
            fresh = [(entry, environment.bind(entry.prefix or "", entry.provides)) for entry in bound if _touches(entry.prefix or "", keys)]
        except BaseException:
            environment.sources = former
            raise
        for key in sorted(keys):
            _log.info(
                "the setting %s %s%s", key, _shown(key, after.get(key), environment.secrets), "" if self._follows(key, bound) else _LATER
            )
        for entry, new in fresh:
            if _is_refreshable(entry):
                _take_over(self._context.bean(entry), new)
        if keys:
            await self._context.publish(EnvironmentChangedEvent(self._context, keys))
        return keys

    def _follows(self, key: str, bound: Iterable[BeanDefinition]) -> bool:
        """Tell whether a change of *key* takes effect at once: no properties class holds it, or one that is refreshable does."""
        holders = [entry for entry in bound if _touches(entry.prefix or "", (key,))]
        return any(map(_is_refreshable, holders)) or not (holders or any(_touches(prefix, (key,)) for prefix in _OWN))


def _is_refreshable(definition: BeanDefinition) -> bool:
    return any(entry.refreshable for entry in definition.labels(ConfigurationProperties))


def _take_over(bean: Any, new: Any) -> None:
    """Give *bean* the values of *new*, another of its class; values that it has worked out from its former ones are forgotten."""
    slots = {name for base in type(bean).__mro__ for name in getattr(base, "__slots__", ())}.difference(_NOT_SETTINGS)
    for name in slots:
        if hasattr(new, name):
            object.__setattr__(bean, name, getattr(new, name))  # past what makes it frozen
    if hasattr(bean, "__dict__"):
        vars(bean).clear()
        vars(bean).update(vars(new))


def _shown(key: str, leaf: Leaf | None, secrets: Secrets) -> str:
    if leaf is None:
        return "is no longer set"
    return f"is now {secrets.shown(key, leaf.text or '')} ({leaf.origin})"


def _text(settings: Mapping[str, Leaf], key: str) -> str | None:
    leaf = settings.get(key)
    return None if leaf is None else leaf.text


def _touches(prefix: str, keys: Iterable[str]) -> bool:
    """Tell whether one of *keys* lies below *prefix*."""
    parts = _uniform(prefix)
    return any(_uniform(key)[: len(parts)] == parts for key in keys)


def _uniform(key: str) -> tuple[str, ...]:
    return tuple(uniform(str(part)) for part in split_key(key))
