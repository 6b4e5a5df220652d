"""Auto-configurations: found by entry point, excluded, ordered, and not imported where they do not match."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from pyboot.boot import AutoConfiguration, Import, PyBootApplication, Service, TaskExecutor, prepare
from pyboot.boot.config.environment import Environment
from pyboot.boot.config.load import Given
from pyboot.boot.discovery import autoconfigure
from pyboot.boot.discovery.autoconfigure import GROUP, auto_configurations, identity, ordered
from pyboot.boot.discovery.entrypoints import EntryPoint
from pyboot.boot.discovery.registry import Registry
from pyboot.boot.errors import CircularDependencyError, DefinitionError, GraphError


@AutoConfiguration
class Basic: ...


@AutoConfiguration(after=(Basic,), before=("nowhere:Absent",))
class AfterBasic: ...


@AutoConfiguration(before=(Basic, AfterBasic))
class ZFirst: ...


def test_they_are_ordered_by_name_then_by_before_and_after() -> None:
    """Absent neighbours are ignored."""
    assert (ZFirst, Basic, AfterBasic) == ordered([AfterBasic, Basic, ZFirst])


def test_a_circle_is_named() -> None:
    """With the places of its members."""

    @AutoConfiguration(after=("here:B",))
    class A: ...

    @AutoConfiguration(after=(A,))
    class B: ...

    B.__module__, B.__qualname__ = "here", "B"
    with pytest.raises(CircularDependencyError) as raised:
        ordered([A, B])

    assert {"here:B", identity(A)} == {name.partition(" ")[0] for name in raised.value.loop}


MODULE = """
    from pyboot.boot import *

    class Cache: ...

    @ConditionalOnProperty("cache.on")
    @AutoConfiguration(defaults={"cache.size": "${cache.wanted:5}", "pyboot.main.loop": "${cache.loop}"})
    class CacheAutoConfiguration:
        @Bean
        @ConditionalOnMissingBean
        def cache(self) -> Cache:
            return Cache()
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module with an auto-configuration, as if its distribution were installed."""
    path = tmp_path / "demo_cache_auto.py"
    path.write_text(dedent(MODULE))
    monkeypatch.syspath_prepend(str(tmp_path))
    entry = EntryPoint("cache", "demo_cache_auto:CacheAutoConfiguration", GROUP)
    monkeypatch.setattr(autoconfigure, "installed", lambda group: (entry,))
    yield path
    sys.modules.pop("demo_cache_auto", None)


@PyBootApplication
class App: ...


def beans(**settings: str) -> set[str]:
    """The names of the beans of an application with these settings."""
    App.__qualname__ = "<locals>.App"
    given = Given({name.replace("__", "."): value for name, value in settings.items()}, variables={})
    return {definition.name for definition in prepare(App, given).graph.order}


def test_it_applies_where_its_conditions_hold(installed: Path) -> None:
    """Its own bean is made where the user has none."""
    assert "cache" in beans(cache__on="true")
    assert "cache" not in beans()


def test_its_bean_steps_back_for_the_users(installed: Path) -> None:
    """User definitions come first."""
    sys.path_importer_cache.clear()
    demo_cache_auto = importlib.import_module("demo_cache_auto")

    @Service("own")
    class OwnCache(demo_cache_auto.Cache): ...  # type: ignore[misc, name-defined]  # the module is made by the test

    @Import(OwnCache)
    @PyBootApplication
    class Owning: ...

    made = prepare(Owning, Given({"cache.on": "true"}, variables={}))

    assert "own" in made.graph.index.by_name
    assert "cache" not in made.graph.index.by_name


def test_it_may_bring_default_settings(installed: Path) -> None:
    """Of the lowest precedence; placeholders lead to the user's."""
    App.__qualname__ = "<locals>.App"
    given = {"cache.on": "true", "cache.wanted": "7"}

    assert "7" == prepare(App, Given(given, variables={})).environment.get("cache.size")
    assert "9" == prepare(App, Given({**given, "cache.size": "9"}, variables={})).environment.get("cache.size")


@pytest.mark.parametrize("given", [{}, {"cache.loop": None}])
def test_a_default_that_is_another_setting_is_there_where_that_one_is(installed: Path, given: dict[str, object]) -> None:
    """So that a start which sets neither does not pay for checking it."""
    App.__qualname__ = "<locals>.App"
    unset = prepare(App, Given({"cache.on": "true", **given}, variables={}))
    by_variable = prepare(App, Given({"cache.on": "true"}, variables={"CACHE_LOOP": "asyncio"}))

    assert (None, "auto") == (unset.environment.get("pyboot.main.loop"), unset.settings.main.loop)
    assert ("asyncio", "asyncio") == (by_variable.environment.get("pyboot.main.loop"), by_variable.settings.main.loop)


def test_an_excluded_one_is_not_imported(installed: Path) -> None:
    """By setting or in the application's label; the switch turns all of them off."""
    name = "demo_cache_auto:CacheAutoConfiguration"

    @PyBootApplication(exclude=(name,))
    class Excluding: ...

    beans(cache__on="true", pyboot__autoconfigure__exclude=name)
    beans(cache__on="true", pyboot__autoconfigure__enabled="false")
    prepare(Excluding, Given({"cache.on": "true"}, variables={}))

    assert "demo_cache_auto" not in sys.modules


def test_one_whose_descriptor_does_not_match_is_not_imported(installed: Path) -> None:
    """The report says why."""
    installed.with_suffix(".json").write_text('{"CacheAutoConfiguration": {"properties": [{"name": "cache.on"}]}}')
    App.__qualname__ = "<locals>.App"
    report = str(prepare(App, Given(variables={})).registry.report)

    assert "demo_cache_auto" not in sys.modules
    assert "demo_cache_auto:CacheAutoConfiguration (not imported):\n      - @ConditionalOnProperty: 'cache.on' is not set" in report
    assert "cache" in beans(cache__on="true")


@pytest.mark.parametrize("text", ["class CacheAutoConfiguration: ...", "", "import nowhere_at_all"])
def test_an_entry_point_that_leads_nowhere_is_an_error(installed: Path, text: str) -> None:
    """It names the entry point."""
    installed.write_text(text)
    with pytest.raises(DefinitionError, match=r"entry point cache of pyboot\.autoconfigure"):
        beans()


def test_who_misses_a_bean_that_a_condition_left_out_is_told(installed: Path) -> None:
    """The commonest question has its answer in the report."""
    demo_cache_auto = importlib.import_module("demo_cache_auto")

    @Service
    class Needy:
        def __init__(self, cache: object) -> None: ...

    Needy.__init__.__annotations__["cache"] = demo_cache_auto.Cache

    @Import(Needy)
    @PyBootApplication
    class Wanting: ...

    with pytest.raises(GraphError, match=r"(?s)a condition left it out:.*'cache'.*'cache\.on' is not set"):
        prepare(Wanting, Given(variables={}))


def test_defaults_may_be_settings_of_the_container(installed: Path) -> None:
    """The application's own settings win, as over every default."""
    installed.write_text(dedent(MODULE.replace('"cache.size": "${cache.wanted:5}"', '"pyboot.task.threads": "3"')))

    def threads(**given: object) -> int:
        blueprint = prepare(App, Given(properties={"cache.on": True, **given}))
        assert blueprint.settings.task.threads == blueprint.framework_bean(TaskExecutor).threads
        return blueprint.settings.task.threads

    assert (3, 5) == (threads(), threads(**{"pyboot.task.threads": 5}))


@pytest.mark.parametrize(
    "key", ["pyboot.autoconfigure.exclude", "pyboot.profiles.active", "pyboot.config.import", "pyboot.main.allowBeanDefinitionOverriding"]
)
def test_a_default_that_would_come_too_late_is_refused(installed: Path, key: str) -> None:
    """It would say something about what has been decided."""
    installed.write_text(dedent(MODULE.replace("cache.size", key)))

    with pytest.raises(DefinitionError, match=rf"its default for '{key}' comes too late"):
        prepare(App, Given(properties={"cache.on": True}))


def test_an_exclusion_that_excludes_nothing_is_refused(installed: Path) -> None:
    """Where its module is installed; of one that is not, nobody knows."""
    registry = Registry(Environment([]))
    with pytest.raises(DefinitionError, match=r"Configurations'.*did you mean 'demo_cache_auto:CacheAutoConfiguration'"):
        auto_configurations(["demo_cache_auto:CacheAutoConfigurations"], registry)

    assert () == auto_configurations(["not_there.module:Anything", "demo_cache_auto:CacheAutoConfiguration"], registry).found


def test_an_exclusion_is_a_class_or_a_text() -> None:
    """Anything else is told as it is."""
    with pytest.raises(DefinitionError, match="module:Class"):
        identity(3)  # type: ignore[arg-type]  # the mistake
