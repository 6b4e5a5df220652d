"""A starter: an application that has it installed gets a `Clock`, unless it brings one of its own."""

from datetime import UTC, datetime, timedelta, timezone

from pydantic import BaseModel, Field

from pyboot.boot import AutoConfiguration, Bean, ConditionalOnMissingBean, ConditionalOnProperty, ConfigurationProperties, Import


@ConfigurationProperties("clock")
class ClockProperties(BaseModel):
    """The settings below `clock`."""

    enabled: bool = Field(default=True, description="Whether there is a clock. Default true.")
    hours_east: int = Field(default=0, ge=-12, le=14, description="Hours that it is ahead of UTC. Default 0.")


class Clock:
    """Tells the time of a place."""

    def __init__(self, hours_east: int) -> None:
        """Take the *hours_east* of Greenwich."""
        self._zone = timezone(timedelta(hours=hours_east))

    def now(self) -> datetime:
        """Return the time there."""
        return datetime.now(UTC).astimezone(self._zone)


@AutoConfiguration
@ConditionalOnProperty("clock.enabled", if_missing=True)
@Import(ClockProperties)
class ClockAutoConfiguration:
    """Brings one clock."""

    @Bean
    @ConditionalOnMissingBean
    def clock(self, properties: ClockProperties) -> Clock:
        """Return it as the settings say."""
        return Clock(properties.hours_east)
