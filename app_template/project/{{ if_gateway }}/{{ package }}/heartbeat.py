"""Heartbeats: how either side notices that the other is gone without a word. The settings stand below `gateway`."""

from datetime import timedelta

from pyboot.boot import ConfigurationProperties, Duration
from pyboot.netty import ChannelHandlerBean, HeartbeatHandler
from pydantic import BaseModel, Field

BEAT, END = b"beat", b"\n"  # a line of its own, both ways; it goes no further than the handlers below


@ConfigurationProperties("gateway")
class GatewayProperties(BaseModel):
    """How long to be silent, and how long to bear silence."""

    heartbeat: Duration = Field(default=timedelta(seconds=30), description="Silence of ours before a heartbeat.")
    timeout: Duration = Field(default=timedelta(seconds=90), description="Silence of a device before it is given up.")


@ChannelHandlerBean(after="line")
class GatewayHeartbeat(HeartbeatHandler):
    """The gateway's side of it."""

    def __init__(self, properties: GatewayProperties) -> None:
        """Take the settings that the container hands in."""
        super().__init__(properties.heartbeat.total_seconds(), properties.timeout.total_seconds(), BEAT, END)
