"""Availability: what probes ask."""

from pyboot.boot import (
    ApplicationAvailability,
    AvailabilityChangeEvent,
    Component,
    EventListener,
    Import,
    LivenessState,
    PyBootApplication,
    ReadinessState,
    start,
)


async def test_the_states_follow_the_life_of_the_application() -> None:
    """Alive when started, ready when the runners have ended, refusing before anything stops."""
    log: list[object] = []

    @Component
    class Watching:
        phase = 0

        @EventListener
        def watch(self, event: AvailabilityChangeEvent) -> None:
            log.append(event.state)

        async def start(self) -> None:
            log.append("start")

        async def stop(self) -> None:
            log.append("stop")

    @Import(Watching)
    @PyBootApplication
    class App: ...

    async with start(App) as context:
        availability = context.get(ApplicationAvailability)
        assert (LivenessState.CORRECT, ReadinessState.ACCEPTING_TRAFFIC) == (availability.liveness, availability.readiness)
        await availability.change(ReadinessState.ACCEPTING_TRAFFIC)

    assert ["start", LivenessState.CORRECT, ReadinessState.ACCEPTING_TRAFFIC, ReadinessState.REFUSING_TRAFFIC, "stop"] == log
