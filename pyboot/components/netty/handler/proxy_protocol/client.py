"""ProxyProtocolSender: says on whose behalf a connection is opened, in front of everything else, TLS included."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, final

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.wire.haproxy.kinds import HAProxyCommand, HAProxyProtocolVersion, HAProxyProxiedProtocol
from pyboot.components.netty.wire.haproxy.message import HAProxyMessage
from pyboot.components.netty.wire.haproxy.writer import encode_haproxy

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["ProxyProtocolSender", "header_of"]


def header_of(channel: Channel, version: HAProxyProtocolVersion = HAProxyProtocolVersion.V2) -> HAProxyMessage:
    """The header that tells of the peer of *channel*, as it is known there: behind another proxy that is its client.

    A peer without an IP address, or whose two ends are of different families, is told as UNKNOWN.
    """
    source, destination = channel.remote_address(), channel.local_address()
    families = {_family(source), _family(destination)}
    if families == {4}:
        protocol = HAProxyProxiedProtocol.TCP4
    elif families == {6}:
        protocol = HAProxyProxiedProtocol.TCP6
    else:
        return HAProxyMessage(version, HAProxyCommand.PROXY, HAProxyProxiedProtocol.UNKNOWN)
    return HAProxyMessage(version, HAProxyCommand.PROXY, protocol, source, destination)


def _family(address: Any) -> int:  # Any: as a socket has it
    if not isinstance(address, tuple):
        return 0
    if "%" in str(address[0]):  # an address of this link alone, which says nothing elsewhere
        return 0
    return 6 if ":" in str(address[0]) else 4


@final
class ProxyProtocolSender(ChannelHandler[Any]):
    """Sends *message* when the connection is there, before anybody behind hears of it, and leaves the pipeline.

    Put it first, in front of TLS too: ``pipeline.add_first(ProxyProtocolSender(header_of(client)))``. With *checksum* a header of
    version 2 gets a CRC32C. Raises `EncoderError` for what the version of the message has no form for.
    Source: Netty's ``HAProxyMessageEncoder``.
    """

    def __init__(self, message: HAProxyMessage, *, checksum: bool = False) -> None:
        self._header = encode_haproxy(message, checksum=checksum)

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            self._send(ctx)
        return None

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._send(ctx)
        return ctx.fire_channel_active()

    def _send(self, ctx: ChannelHandlerContext) -> None:
        ctx.write(self._header)
        ctx.flush()
        ctx.pipeline.remove(self)
