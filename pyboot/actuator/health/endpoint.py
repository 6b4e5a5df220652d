"""The endpoint ``health``: the status of the application, made of its indicators'."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable
from typing import Any, Final, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.actuator.invocation import WebEndpointResponse
from pyboot.boot import ApplicationContext

from .health import Health, Status, worst
from .indicator import HealthIndicator, component_name

_log = logging.getLogger("pyboot.actuator")

_STATUS_CODES: Final = {Status.DOWN: 503, Status.OUT_OF_SERVICE: 503}


@final
@Endpoint("health")
class HealthEndpoint:
    """Asks all indicators at once."""

    def __init__(self, context: ApplicationContext) -> None:
        """Take the application, whose indicators are asked."""
        self._context = context

    @ReadOperation
    async def health(self) -> WebEndpointResponse:
        """Answer with the status of the application; 503 where it is DOWN or OUT_OF_SERVICE."""
        found = await asyncio.gather(*(_asked(indicator) for indicator in self._indicators().values()))
        status = worst([each.status for each in found]) if found else Status.UP
        return WebEndpointResponse({"status": status}, _STATUS_CODES.get(status, 200))

    def _indicators(self) -> dict[str, HealthIndicator]:
        found = self._context.graph.index.definitions
        return {component_name(each): self._context.bean(each) for each in found if issubclass(each.bean_class, HealthIndicator)}


async def _asked(indicator: HealthIndicator) -> Health:
    try:
        found: Any = indicator.health()
        return await _awaited(found) if inspect.isawaitable(found) else found
    except Exception as error:  # noqa: BLE001  whatever an indicator raises, its part is down
        _log.warning("the health indicator %s raised", type(indicator).__qualname__, exc_info=error)
        return Health.down(error)


async def _awaited(health: Awaitable[Health]) -> Health:
    return await health
