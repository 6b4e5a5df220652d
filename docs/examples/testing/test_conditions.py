"""An auto-configuration, run from a few classes and settings: nothing of the machine comes in."""

from pyboot.boot import AutoConfiguration, Bean, ConditionalOnMissingBean, ConditionalOnProperty, Service
from pyboot.testing import ContextRunner


class Cache:
    """Keeps nothing."""


@AutoConfiguration
@ConditionalOnProperty("cache.on")
class CacheAutoConfiguration:
    """What a distribution would bring along."""

    @Bean
    @ConditionalOnMissingBean
    def cache(self) -> Cache:
        return Cache()


@Service
class OwnCache(Cache):
    """What an application may have instead."""


runner = ContextRunner().with_auto(CacheAutoConfiguration).with_property("cache.on", "true")


async def test_it_offers_a_cache() -> None:
    """Where the setting is there."""
    async with runner.run() as context:
        assert type(context.get(Cache)) is Cache


async def test_it_steps_back() -> None:
    """Where the application has its own."""
    async with runner.with_beans(OwnCache).run() as context:
        assert type(context.get(Cache)) is OwnCache


async def test_it_is_off_without_the_setting() -> None:
    """And nothing else fills the gap."""
    async with runner.with_property("cache.on", "false").run() as context:
        assert context.find(Cache) is None
