"""The indicators of the application's two states: whether it lives, and whether it takes work. Source: Spring Boot's."""

from typing import final

from pyboot.boot import ApplicationAvailability, AvailabilityChangeEvent, Component, EventListener, LivenessState, ReadinessState

from .health import Health
from .indicator import HealthIndicator


@final
@Component
class LivenessStateHealthIndicator(HealthIndicator):
    """Tells whether the application lives: DOWN means that only a restart helps.

    While it starts nobody knows yet, and a platform that restarted it would never see it start: UNKNOWN, which is answered with 200.
    """

    def __init__(self, availability: ApplicationAvailability) -> None:
        """Take the states."""
        self._availability = availability
        self._is_known = False

    @EventListener
    def on_change(self, event: AvailabilityChangeEvent) -> None:
        """Note that the application knows how it is."""
        self._is_known |= isinstance(event.state, LivenessState)

    def health(self) -> Health:
        """Tell the state."""
        if not self._is_known:
            return Health.unknown(reason="the application is starting")
        return Health.up() if self._availability.liveness is LivenessState.CORRECT else Health.down()


@final
@Component
class ReadinessStateHealthIndicator(HealthIndicator):
    """Tells whether the application takes work: not before it is up, and not from the first moment of its end on."""

    def __init__(self, availability: ApplicationAvailability) -> None:
        """Take the states."""
        self._availability = availability

    def health(self) -> Health:
        """Tell the state."""
        return Health.up() if self._availability.readiness is ReadinessState.ACCEPTING_TRAFFIC else Health.out_of_service()
