"""The starter beside an application that has nothing else."""

from datetime import timedelta

from clock_starter import Clock, ClockAutoConfiguration

from pyboot.boot import Bean, Configuration
from pyboot.testing import ContextRunner

runner = ContextRunner().with_auto(ClockAutoConfiguration)


@Configuration
class Own:
    """An application that has a clock."""

    @Bean
    def clock(self) -> Clock:
        """Return it."""
        return Clock(1)


async def test_it_brings_a_clock() -> None:
    """As the settings say."""
    async with runner.with_property("clock.hours-east", "8").run() as context:
        assert context.get(Clock).now().utcoffset() == timedelta(hours=8)


async def test_the_application_may_have_its_own() -> None:
    """Then that one is meant."""
    async with runner.with_beans(Own).run() as context:
        assert context.get(Clock).now().utcoffset() == timedelta(hours=1)


async def test_it_can_be_switched_off() -> None:
    """By a setting."""
    async with runner.with_property("clock.enabled", "false").run() as context:
        assert context.find(Clock) is None
