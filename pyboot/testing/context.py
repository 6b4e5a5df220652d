"""Runs a context inside a test from a few classes and settings: for auto-configurations, conditions and single beans."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from pyboot.boot import ApplicationContext, Blueprint, Import, PyBootApplication, prepare
from pyboot.boot.application import running
from pyboot.boot.config.load import Given
from pyboot.boot.container.override import Wiring
from pyboot.boot.discovery.autoconfigure import AutoConfigurations, Installed, ordered
from pyboot.boot.discovery.condition import is_installed


@dataclass(frozen=True)
class ContextRunner:
    """A context that is described step by step; each step gives a new runner, so that tests can share a beginning.

    Nothing of the machine comes in: no settings files, no environment variables, no installed auto-configurations.

    ::

        runner = ContextRunner().with_auto(CacheAutoConfiguration).with_property("cache.on", "true")

        async def test_it_steps_back() -> None:
            async with runner.with_beans(OwnCache).run() as context:
                assert isinstance(context.get(Cache), OwnCache)
    """

    beans: tuple[object, ...] = ()
    auto: tuple[type, ...] = ()
    properties: Mapping[str, object] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    replaced: Mapping[Any, object] = field(default_factory=dict)

    def with_beans(self, *targets: object) -> Self:
        """Add labelled classes or functions, as an application's own."""
        return replace(self, beans=(*self.beans, *targets))

    def with_auto(self, *configurations: type) -> Self:
        """Add auto-configurations: they come after the application's own beans, in their order."""
        return replace(self, auto=(*self.auto, *configurations))

    def with_property(self, key: str, value: object) -> Self:
        """Set a setting."""
        return replace(self, properties={**self.properties, key: value})

    def with_profiles(self, *names: str) -> Self:
        """Activate profiles."""
        return replace(self, profiles=(*self.profiles, *names))

    def without_module(self, *names: str) -> Self:
        """Make conditions find these modules not installed."""
        return replace(self, missing=(*self.missing, *names))

    def with_replaced(self, key: type | str, bean: object) -> Self:
        """Put *bean* in place of the one of this type or name."""
        return replace(self, replaced={**self.replaced, key: bean})

    def prepare(self) -> Blueprint:
        """Check the application as a whole; nothing is made.

        Raises:
            BootError: something is wrong.
        """

        @Import(*self.beans)
        @PyBootApplication
        class TestApplication: ...

        found = AutoConfigurations(ordered(self.auto), {})
        installed = Installed(lambda name: _top(name) not in self.missing and is_installed(name), lambda excluded, facts: found)
        given = Given(self.properties, (), self.profiles, {}, Path("/nonexistent"))
        return prepare(TestApplication, given, Wiring(self.replaced), installed=installed)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[ApplicationContext]:
        """Start the context for the time of the block.

        Raises:
            BootError: it could not start.
        """
        blueprint = self.prepare()
        async with running(blueprint):
            yield blueprint.context


def _top(requirement: str) -> str:
    return requirement.partition(">=")[0].partition(".")[0].strip()
