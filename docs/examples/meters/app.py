"""An application that measures itself: a counter, a gauge and a summary of its own, and timed methods."""

import asyncio

from pyboot.actuator import ActuatorAutoConfiguration, Counted, DistributionSummary, MeterRegistry, Timed
from pyboot.boot import Import, PyBootApplication, Service


@Service
class Orders:
    """Takes orders, some at a time."""

    def __init__(self, registry: MeterRegistry) -> None:
        """Make the meters once; recording to them costs a few statements."""
        self._waiting: list[int] = []
        self._sizes: DistributionSummary = registry.summary("orders.size", unit="items", bounds=[1, 10, 100])
        self._placed = registry.counter("orders.placed", {"kind": "book"}, description="Orders that were placed.")
        registry.gauge("orders.waiting", lambda: len(self._waiting))

    @Timed("orders.place", histogram=True)
    async def place(self, items: int) -> None:
        """Place an order; the timer tells how long that takes, and what it raised."""
        self._waiting.append(items)
        try:
            await asyncio.sleep(0)
            self._sizes.record(items)
            self._placed.increment()
        finally:
            self._waiting.remove(items)

    @Counted("orders.refused", failures_only=True)
    def check(self, items: int) -> None:
        """Refuse an empty order; the counter tells how often."""
        if items < 1:
            raise ValueError("an order of nothing")


@PyBootApplication
@Import(ActuatorAutoConfiguration)  # what the starter pyboot-starter-actuator does by itself
class App:
    """The application."""
