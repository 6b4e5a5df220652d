"""LoopLag: how late the timers of each loop are, which is how long everybody there waits for the others.

Ten times a second on each loop, and nowhere else: what runs for a message is not touched. A loop that is blocked is late by as long once.
"""

import asyncio
from typing import Final, final

from .instruments import Timer
from .network import NetworkMeters
from .registry import MeterRegistry
from .table import spec_of

_SECONDS: Final = 0.1
# From a tenth of a millisecond to ten seconds.
_BOUNDS: Final = (0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 10.0)


@final
class LoopLag:
    """Measures while the application runs; a lifecycle bean, which is begun after all others, when the groups have their loops."""

    phase = 2**31 - 2
    keeps_alive = False

    def __init__(self, registry: MeterRegistry, network: NetworkMeters) -> None:
        """Take where it is told, and who knows the loops."""
        self._registry = registry
        self._network = network
        self._is_running = False
        self._measured: set[asyncio.AbstractEventLoop] = set()

    def start(self) -> None:
        """Begin on the loops that are there."""
        self._is_running = True
        for name, loop in self._network.loops():
            if loop not in self._measured:
                self._measured.add(loop)
                spec = spec_of("netty.eventloop.lag")
                timer = self._registry.timer(spec.name, {"loop": name}, description=spec.description, bounds=_BOUNDS)
                loop.call_soon_threadsafe(self._measure, loop, timer, None)

    def stop(self) -> None:
        """End with the next timer of each loop."""
        self._is_running = False
        self._measured.clear()

    def _measure(self, loop: asyncio.AbstractEventLoop, timer: Timer, due: float | None) -> None:
        now = loop.time()
        if due is not None:
            timer.record(max(0.0, now - due))
        if self._is_running:
            loop.call_at(now + _SECONDS, self._measure, loop, timer, now + _SECONDS)
