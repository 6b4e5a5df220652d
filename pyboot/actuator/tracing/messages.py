"""MessageTracing: a span for each message that servers, which settings name, have decoded. By the conventions of messaging, where they fit.

The span is current while the handlers behind the codecs have the message, and ends when they are through with it, a coroutine too. What
they raise goes to their own exception_caught, and is not seen here. A span has no parent: what carries one over the wire is the business
of the protocol, and we do not know it.
"""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, final

from opentelemetry import context, trace

from pyboot.actuator.errors import ActuatorError
from pyboot.boot import Component, Phase
from pyboot.boot.model.nearest import nearest
from pyboot.components.netty import Channel, ChannelHandler, ChannelHandlerContext
from pyboot.netty.assembly import ServerPlan
from pyboot.netty.errors import UnknownServerError
from pyboot.netty.servers import NettyServers

from .attributes import SCOPE, peer_attributes
from .properties import TracingProperties


class NoMessagesError(ActuatorError):
    """The messages of *server* are to be traced, and its pipeline decodes none."""

    code = "PB-A022"
    server: str

    def __str__(self) -> str:
        return f"management.tracing.messages names the server '{self.server}', whose pipeline has no codec that makes messages."

    @property
    def action(self) -> str:
        """Name another one."""
        return "Take it out of management.tracing.messages, or put a codec into its pipeline."


@final
@Component
class MessageTracing:
    """Puts what traces into the connections of these servers, from when they are up until they end; a lifecycle bean."""

    phase = Phase.SERVERS + 1
    keeps_alive = False

    def __init__(self, properties: TracingProperties, servers: NettyServers) -> None:
        """Take what is asked for."""
        self._names = properties.messages
        self._servers = servers
        self._tracer = trace.get_tracer(SCOPE)
        self._filled = ExitStack()

    def start(self) -> None:
        """Stand in each new connection from here on.

        Raises:
            UnknownServerError: there is no server of a name.
            NoMessagesError: it decodes nothing.
        """
        for name in self._names:
            server = self._servers.bound.get(name)
            if server is None:
                raise UnknownServerError(
                    "The setting management.tracing.messages", name, self._servers.names, nearest(name, self._servers.names)
                )
            self._filled.enter_context(server.connections.also_filled(self._filling(server.plan)))

    def stop(self) -> None:
        """Stand in no new connection."""
        self._filled.close()

    def _filling(self, plan: ServerPlan) -> Callable[[Channel], None]:
        codecs = [step for step in plan.steps if step.codec is not None and step.stands]
        if not codecs:
            raise NoMessagesError(plan.name)
        last = codecs[-1].stands[-1]
        kind = last if isinstance(last, type) else type(last)

        def fill(channel: Channel) -> None:
            behind = [each for each in channel.pipeline().contexts() if type(each.handler) is kind]
            if behind:
                channel.pipeline().add_after(behind[-1].name, TracedMessages(self._tracer, plan.name), name="traced messages")

        return fill


@final
class TracedMessages(ChannelHandler[Any]):
    """Traces the messages of one connection of *server*.

    It waits for the handlers behind it, so that their coroutines have one message after the other, each within its span.
    """

    def __init__(self, tracer: trace.Tracer, server: str) -> None:
        """Take the name of the server."""
        self._tracer = tracer
        self._server = server

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> None:
        """Begin a span, and hand the message on within it. If cancelled, the span ends."""
        attributes = {
            "messaging.system": "pyboot.netty",
            "messaging.operation.type": "process",
            "messaging.destination.name": self._server,
            "pyboot.message.type": type(msg).__qualname__,
            **peer_attributes(ctx.channel.remote_address()),
        }
        span = self._tracer.start_span(f"process {self._server}", context.Context(), trace.SpanKind.CONSUMER, attributes)
        # In the channel's own context, where the handlers behind are called as well: there is no token to give back.
        context.attach(trace.set_span_in_context(span, context.Context()))
        try:
            await ctx.fire_channel_read(msg)
        finally:
            context.attach(context.Context())
            span.end()
