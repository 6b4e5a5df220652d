"""The connection to the gateway: it logs in whenever it is there, and comes back by itself after a loss."""

import logging
from datetime import timedelta

from pyboot.boot import ConfigurationProperties, Duration
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyClient
from pydantic import BaseModel, Field

_log = logging.getLogger(__name__)


@ConfigurationProperties("device")
class DeviceProperties(BaseModel):
    """Who the device is."""

    name: str = Field(default="sensor-7", description="What it logs in as.")
    every: Duration = Field(default=timedelta(seconds=1), description="Time between two reports.")


@NettyClient(host="127.0.0.1", port=9000)
class GatewayClient:
    """Lines of text both ways; of heartbeats the handlers hear nothing."""

    pipeline = ["line", {"heartbeat": {"interval": "30s", "payload": "beat", "end": "\n"}}, "string"]


@ChannelHandlerBean
class Session(ChannelHandler[str]):
    """One connection: the gateway does not remember the one before, so it begins with the login."""

    def __init__(self, properties: DeviceProperties) -> None:
        """Take the settings that the container hands in."""
        self.name = properties.name

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Say who it is."""
        ctx.write_and_flush(f"login {self.name}\n")
        ctx.fire_channel_active()

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Hear what the gateway answers."""
        if msg != "ok":
            _log.warning("the gateway says %r", msg)
