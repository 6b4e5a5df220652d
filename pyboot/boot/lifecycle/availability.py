"""Availability: holds whether the application lives and whether it takes work, for the probes of a platform."""

from enum import Enum

from pyboot.boot.container.context import ApplicationContext

from .events import ApplicationDrainingEvent, ApplicationEvent


class LivenessState(Enum):
    """The liveness of an application; ``BROKEN`` means that only a restart helps."""

    CORRECT = "correct"
    BROKEN = "broken"


class ReadinessState(Enum):
    """The readiness of an application: work is sent to it while it accepts traffic."""

    ACCEPTING_TRAFFIC = "accepting traffic"
    REFUSING_TRAFFIC = "refusing traffic"


class AvailabilityChangeEvent(ApplicationEvent):
    """The application's liveness or readiness is now *state*."""

    state: LivenessState | ReadinessState


class ApplicationAvailability:
    """The two states, as a bean; the framework sets them at start and stop, and beans may set them too."""

    def __init__(self, context: ApplicationContext) -> None:
        self._context = context
        self.liveness = LivenessState.BROKEN
        self.readiness = ReadinessState.REFUSING_TRAFFIC
        self.is_draining = False
        """Whether the end has begun."""

    async def drain(self, seconds: float | None) -> None:
        """Publish an :class:`ApplicationDrainingEvent`, once, since the end has begun; each listener has *seconds*."""
        if not self.is_draining:
            self.is_draining = True
            await self._context.announce(ApplicationDrainingEvent(self._context), seconds)

    async def change(self, state: LivenessState | ReadinessState) -> None:
        """Set a state and publish an :class:`AvailabilityChangeEvent`, unless it is set already."""
        if self._set(state):
            await self._context.publish(AvailabilityChangeEvent(self._context, state))

    async def refuse(self, seconds: float | None) -> None:
        """Take no more work, since the end has begun; each listener has *seconds*."""
        state = ReadinessState.REFUSING_TRAFFIC
        if self._set(state):
            await self._context.announce(AvailabilityChangeEvent(self._context, state), seconds)

    def _set(self, state: LivenessState | ReadinessState) -> bool:
        """Set a state; tell whether that changes anything."""
        if state in (self.liveness, self.readiness):
            return False
        if isinstance(state, LivenessState):
            self.liveness = state
        else:
            self.readiness = state
        return True
