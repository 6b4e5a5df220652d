"""An application whose requests and messages are traced: a controller that asks another one, and a server of lines."""

import logging

from opentelemetry import trace

from pyboot.actuator import ActuatorAutoConfiguration
from pyboot.boot import Import, PyBootApplication
from pyboot.components.netty import HttpClient
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer, NettyServers
from pyboot.web import GetMapping, RestController

log = logging.getLogger("shop")
tracer = trace.get_tracer("shop")


@RestController("/prices")
class Prices:
    """Answers, and asks itself: the trace goes along, through the header field traceparent."""

    def __init__(self, client: HttpClient, servers: NettyServers) -> None:
        """Take a client, which is traced since it is a bean."""
        self._client = client
        self._servers = servers

    @GetMapping("/{name}")
    async def price(self, name: str) -> dict[str, object]:
        """Tell the price, and how many there are."""
        log.info("asked for %s", name)  # the record has trace_id and span_id
        with tracer.start_as_current_span("look it up"):  # a span of our own, within that of the request
            price = len(name)
        port = self._servers.address("web")[1]
        stock = await self._client.get(f"http://127.0.0.1:{port}/prices/{name}/stock")
        return {"price": price, "stock": await stock.json()}

    @GetMapping("/{name}/stock")
    async def stock(self, name: str) -> int:
        """Tell how many there are."""
        return 7


@NettyServer(name="lines", port=9000)
class Lines:
    """Takes lines."""

    pipeline = ("line", "string", "line-encoder")


@ChannelHandlerBean(server="lines")
class Echo(ChannelHandler[str]):
    """Answers each line."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Answer, within the span of the message."""
        log.info("heard %s", msg)
        await ctx.write_and_flush(msg.upper())


@PyBootApplication
@Import(ActuatorAutoConfiguration)  # what the starter pyboot-starter-actuator does by itself
class App:
    """The application."""
