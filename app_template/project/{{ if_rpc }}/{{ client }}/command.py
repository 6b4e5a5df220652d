"""What the command line asks for: it runs once, and the application ends with it."""

import logging

from pyboot.boot import ApplicationArguments, ApplicationRunner, Component, Shutdown

from .calls import RemoteCalculator

_log = logging.getLogger(__name__)


@Component
class Command(ApplicationRunner):
    """Calls one method: `add 1 2`."""

    def __init__(self, calculator: RemoteCalculator, shutdown: Shutdown) -> None:
        """Take the service that the container hands in."""
        self.calculator = calculator
        self.shutdown = shutdown

    async def run(self, arguments: ApplicationArguments) -> None:
        """Print the result; where there is none, the reason is told, and the exit code is 2."""
        if not arguments.positional:
            return
        method, *params = arguments.positional
        try:
            print(await self.calculator.call(method, *map(float, params)))
        except (ConnectionError, RuntimeError, TimeoutError, ValueError) as error:
            _log.error("no result: %s", error)
            self.shutdown.request(2)
