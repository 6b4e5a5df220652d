"""An application that is looked into: a server of lines, an endpoint and a health indicator of its own."""

from pyboot.actuator import (
    ActuatorAutoConfiguration,
    Endpoint,
    Health,
    HealthIndicator,
    InvalidEndpointRequestError,
    ReadOperation,
    WriteOperation,
)
from pyboot.boot import Component, Import, PyBootApplication, run
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer


@Component
class Till:
    """Is open, or not."""

    def __init__(self) -> None:
        """Begin open."""
        self.is_open = True


@Endpoint("till")
class TillEndpoint:
    """GET /actuator/till tells whether it is open; POST /actuator/till/closed closes it."""

    def __init__(self, till: Till) -> None:
        """Take the till."""
        self._till = till

    @ReadOperation
    def state(self) -> dict[str, bool]:
        """Answer with it."""
        return {"open": self._till.is_open}

    @WriteOperation("{state}")
    async def turn(self, state: str) -> None:
        """Open or close it; any other word is answered 400."""
        if state not in ("open", "closed"):
            raise InvalidEndpointRequestError(f"{state!r} is neither open nor closed")
        self._till.is_open = state == "open"


@Component
class TillHealthIndicator(HealthIndicator):
    """Takes the application out of service while the till is closed."""

    def __init__(self, till: Till) -> None:
        """Take the till."""
        self._till = till

    def health(self) -> Health:
        """Tell how it is."""
        return Health.up() if self._till.is_open else Health.out_of_service(reason="the till is closed")


@NettyServer(name="lines", port=9000)
class LineServer:
    """Takes lines of text."""

    pipeline = ("line", "string")


@ChannelHandlerBean(server="lines")
class Echo(ChannelHandler[str]):
    """Answers with what it is told."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Answer."""
        await ctx.write_and_flush(f"{msg}\n")


@PyBootApplication
@Import(ActuatorAutoConfiguration)  # what the starter pyboot-starter-actuator does by itself
class App:
    """The application."""


if __name__ == "__main__":
    run(App)
