"""The context runner: contexts from a few classes, without the machine coming in."""

from pathlib import Path

import pytest

from pyboot.boot import AutoConfiguration, Bean, Component, ConditionalOnClass, ConditionalOnMissingBean, ConditionalOnProperty, Profile
from pyboot.boot.errors import MissingBeanError
from pyboot.testing.context import ContextRunner


class Cache: ...


@Component
class OwnCache(Cache): ...


@Profile("dev")
@Component
class DevTool: ...


@ConditionalOnClass("pydantic")
@ConditionalOnProperty("cache.on", if_missing=True)
@AutoConfiguration
class CacheAutoConfiguration:
    @Bean
    @ConditionalOnMissingBean
    def cache(self) -> Cache:
        return Cache()


RUNNER = ContextRunner().with_auto(CacheAutoConfiguration)


async def test_an_auto_configuration_applies_or_steps_back() -> None:
    """One beginning, several ends."""
    async with RUNNER.run() as context:
        assert type(context.get(Cache)) is Cache
    async with RUNNER.with_beans(OwnCache).run() as context:
        assert type(context.get(Cache)) is OwnCache
    async with RUNNER.with_property("cache.on", "false").run() as context:
        assert context.find(Cache) is None


async def test_a_module_may_be_believed_missing() -> None:
    """As if it were not installed."""
    runner = RUNNER.without_module("pydantic")

    assert context_has_no_cache(runner)
    assert not context_has_no_cache(RUNNER)


def context_has_no_cache(runner: ContextRunner) -> bool:
    """Whether the blueprint lacks the bean."""
    return "cache" not in runner.prepare().graph.index.by_name


async def test_profiles_and_replacements_are_part_of_the_description() -> None:
    """The runner that was begun with stays as it is."""
    fake = OwnCache()
    runner = ContextRunner().with_beans(OwnCache, DevTool)
    async with runner.with_profiles("dev").with_replaced(Cache, fake).run() as context:
        assert fake is context.get(Cache)
        assert isinstance(context.get(DevTool), DevTool)

    assert ("dev_tool" in runner.prepare().graph.index.by_name) is False


async def test_nothing_of_the_machine_comes_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither files nor variables."""
    (tmp_path / "application.yaml").write_text("cache.on: false\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CACHE_ON", "false")

    assert not context_has_no_cache(RUNNER)


async def test_a_failing_start_is_raised() -> None:
    """The error is what the test looks at."""
    with pytest.raises(MissingBeanError):
        RUNNER.with_replaced(int, 5).prepare()
