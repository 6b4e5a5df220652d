"""How late the timers of loops are."""

import asyncio
import time
from typing import Any

from pyboot.actuator.meters.loop_lag import LoopLag
from pyboot.actuator.meters.meter import Distribution
from pyboot.actuator.meters.registry import MeterRegistry


async def test_a_loop_that_is_blocked_is_late_by_as_long() -> None:
    """And one that has stopped being measured has no more timers."""

    class Network:
        def loops(self) -> Any:
            return [("main", asyncio.get_running_loop())]

    network: Any = Network()
    registry = MeterRegistry()
    lag = LoopLag(registry, network)
    lag.start()
    timer = registry.timer("netty.eventloop.lag", {"loop": "main"})
    await asyncio.sleep(0)
    time.sleep(0.3)  # noqa: ASYNC251  # blocks the loop, which is what is measured
    while not timer.value().count:  # noqa: ASYNC110  # the loop turns until its timer comes
        await asyncio.sleep(0)

    value: Distribution = timer.value()
    assert value.maximum >= 0.15
    lag.stop()
