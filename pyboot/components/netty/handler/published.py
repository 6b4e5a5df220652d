"""Names that the published package's handler module had from others."""

from __future__ import annotations

from pyboot.components.netty.channel.event import ChannelEvent
from pyboot.components.netty.channel.published import ChannelHandleError
from pyboot.components.netty.published import offer_published

__all__ = ["ChannelEvent", "ChannelHandleError"]

offer_published("pyboot.components.netty.handler")
