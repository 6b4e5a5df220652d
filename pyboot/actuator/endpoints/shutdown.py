"""The endpoint ``shutdown``: ends the application in order. Source: Spring Boot's ``ShutdownEndpoint``."""

import asyncio
import logging
import signal
from typing import final

from pyboot.actuator.access import Access
from pyboot.actuator.annotations import Endpoint, WriteOperation
from pyboot.actuator.invocation import InvocationContext
from pyboot.actuator.workers.fleet import Fleet
from pyboot.boot import Shutdown

_log = logging.getLogger("pyboot.actuator")


@final
@Endpoint("shutdown", access=Access.NONE)
class ShutdownEndpoint:
    """Requests the end, as a signal does; it is not there unless ``management.endpoint.shutdown.access`` says so."""

    def __init__(self, shutdown: Shutdown, fleet: Fleet) -> None:
        """Take what ends the application, and its workers: where there are several, their supervisor ends them."""
        self._shutdown = shutdown
        self._siblings = fleet.siblings

    @WriteOperation
    def end(self, context: InvocationContext) -> dict[str, str]:
        """Answer, and request the end behind it."""
        _log.warning("the end of the application is requested by management, from %s", context.remote)
        if self._siblings is not None:
            self._siblings.wish(signal.SIGTERM)
        else:
            asyncio.get_running_loop().call_soon(self._shutdown.request)
        return {"message": "Shutting down, bye..."}
