"""Reloading: the settings files are read again, and what is bound to changed settings is brought up to date in place."""

from collections.abc import Callable, Mapping
from typing import Any

from pyboot.boot.config.environment import Environment
from pyboot.boot.config.names import split_key, uniform
from pyboot.boot.config.tree import Leaf
from pyboot.boot.container.context import ApplicationContext
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.stereotype import ConfigurationProperties

from .events import ApplicationEvent


class EnvironmentChangedEvent(ApplicationEvent):
    """The settings *keys* have other values now; refreshable properties have them already."""

    keys: frozenset[str]


class SettingsReloader:
    """Reads the sources of settings again, as a bean: ``await reloader.reload()``.

    Only classes that say so are brought up to date: ``@ConfigurationProperties("shop", refreshable=True)``. They stay the
    same objects, so whoever holds one sees the new values at the next look. What was decided at the start (conditions,
    profiles, other properties) stays as it was.
    """

    def __init__(self, context: ApplicationContext, load: Callable[[], Environment]) -> None:
        self._context = context
        self._load = load

    async def reload(self) -> frozenset[str]:
        """Read everything again, update, publish an :class:`EnvironmentChangedEvent`, and return the changed keys.

        Raises:
            ConfigurationError: a source cannot be read, or a new value does not fit; then nothing has changed.
        """
        environment = self._context.environment
        former, before = environment.sources, environment.settings()
        environment.follow(self._load())
        keys = _changed(before, environment.settings())
        try:
            bound = [(self._context.bean(entry), self._bind(entry)) for entry in self._refreshable() if _touches(entry, keys)]
        except BaseException:
            environment.sources = former
            raise
        if not keys:
            return keys
        for bean, new in bound:
            vars(bean).update(vars(new))
        await self._context.publish(EnvironmentChangedEvent(self._context, keys))
        return keys

    def _refreshable(self) -> list[BeanDefinition]:
        return [
            definition
            for definition in self._context.definitions(ConfigurationProperties)
            if definition.prefix is not None and any(entry.refreshable for entry in definition.labels(ConfigurationProperties))
        ]

    def _bind(self, definition: BeanDefinition) -> Any:
        assert definition.prefix is not None
        return self._context.environment.bind(definition.prefix, definition.provides)


def _changed(before: Mapping[str, Leaf], after: Mapping[str, Leaf]) -> frozenset[str]:
    return frozenset(key for key in before.keys() | after.keys() if _text(before, key) != _text(after, key))


def _text(settings: Mapping[str, Leaf], key: str) -> str | None:
    leaf = settings.get(key)
    return None if leaf is None else leaf.text


def _touches(definition: BeanDefinition, keys: frozenset[str]) -> bool:
    """Tell whether one of *keys* lies below the definition's prefix."""
    prefix = _uniform(definition.prefix or "")
    return any(_uniform(key)[: len(prefix)] == prefix for key in keys)


def _uniform(key: str) -> tuple[str, ...]:
    return tuple(uniform(str(part)) for part in split_key(key))
