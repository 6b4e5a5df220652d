"""Filters by address: who may connect. Decided before any other handler hears of the connection.

What a filter sees is the channel's remote address: the peer of the socket, or whom a trusted proxy names (`proxy_protocol`). An IPv4
address that arrives on an IPv6 socket (``::ffff:10.0.0.1``, RFC 4291 2.5.5.2) is the IPv4 address, for otherwise a rule would hold on one
kind of socket alone.
"""

from __future__ import annotations

import inspect
import ipaddress
import logging
from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.mask import refuse_generator
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = [
    "AbstractRemoteAddressFilter",
    "IpAddress",
    "IpSubnetFilterRule",
    "ListRemoteAddressFilter",
    "RuleBasedIpFilter",
    "UniqueIpFilter",
]

type IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
type Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_address(text: str) -> IpAddress | None:
    """The address that *text* names; an IPv4 address within an IPv6 one is given as itself, anything else as None."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return address if mapped is None else mapped


def parse_network(text: str) -> Network:
    """The network that *text* names, ``10.0.0.0/8`` or one address; raises ValueError for anything else, also for bits behind the mask."""
    network = ipaddress.ip_network(text)
    if isinstance(network, ipaddress.IPv6Network) and network.prefixlen >= 96 and network.network_address.ipv4_mapped is not None:
        return ipaddress.ip_network(f"{network.network_address.ipv4_mapped}/{network.prefixlen - 96}")
    return network


class AbstractRemoteAddressFilter(ChannelHandler[Any]):
    """Derive and write `allow_address`, ``def`` or ``async def``; who is not allowed is disconnected, and no other handler hears of it.

    A peer without an IP address, on a Unix socket for instance, is asked about with its address as text.
    """

    sharable: ClassVar[bool] = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        refuse_generator(cls.allow_address, f"allow_address of {cls.__qualname__}")  # it would be true for everybody
        if inspect.iscoroutinefunction(cls.allow_address):
            cls.channel_active = cls._channel_active_async  # type: ignore[method-assign]  # the same, awaited

    def allow_address(self, ctx: ChannelHandlerContext, address: str, /) -> Any:  # Any: bool, or an awaitable of it
        """True if the peer with *address* may stay; everybody by default."""
        return True

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        return self._decide(ctx, bool(self.allow_address(ctx, remote_host(ctx))))

    async def _channel_active_async(self, ctx: ChannelHandlerContext) -> None:
        """`channel_active` of a class whose `allow_address` is a coroutine function; it takes that place when the class is made."""
        decided = self._decide(ctx, bool(await self.allow_address(ctx, remote_host(ctx))))
        if decided is not None:
            await decided

    def channel_rejected(self, ctx: ChannelHandlerContext, /) -> None:
        """The peer may not stay: it is disconnected at once. Override to say goodbye first."""
        ctx.channel.abort()

    def _decide(self, ctx: ChannelHandlerContext, allowed: bool) -> Awaitable[None] | None:
        if allowed:
            return ctx.fire_channel_active()
        # In the channel and not in the filter, which is shared; by name, as a second filter may have let the same peer in.
        rejected = ctx.channel.attributes.setdefault(_REJECTED, set())
        rejected.add(ctx.name)
        cut_off(ctx.channel, CloseReason.ADDRESS_FILTER, ClosedChannelError(f"refused by {type(self).__name__}"), logging.INFO)
        self.channel_rejected(ctx)
        return None

    # A peer that was not let in never was there.

    def _was_rejected(self, ctx: ChannelHandlerContext) -> bool:
        return ctx.name in ctx.channel.attributes.get(_REJECTED, ())

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        return None if self._was_rejected(ctx) else ctx.fire_channel_read(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        return None if self._was_rejected(ctx) else ctx.fire_channel_read_complete()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        return None if self._was_rejected(ctx) else ctx.fire_channel_inactive()


_REJECTED = "pyboot.components.netty.handler.address.rejected"


def remote_host(ctx: ChannelHandlerContext) -> str:
    """The host part of the peer's address, as text; empty if it has none."""
    address = ctx.channel.remote_address()
    return str(address[0]) if isinstance(address, tuple) and address else str(address or "")


class ListRemoteAddressFilter(AbstractRemoteAddressFilter):
    """Refuses the addresses and networks in *black_ips*; if *white_ips* is given, also all that are not in it.

    The published package looked at the second list only where there was no first, and compared text; here ``10.0.0.0/8`` is a
    network, and ``::ffff:10.0.0.1`` the address 10.0.0.1. A peer without an IP address is refused as soon as there is a white list.
    """

    def __init__(self, black_ips: Iterable[str] | None = None, white_ips: Iterable[str] | None = None) -> None:
        self._black = [parse_network(each) for each in black_ips or ()]
        self._white = [parse_network(each) for each in white_ips or ()]

    def allow_address(self, ctx: ChannelHandlerContext, address: str, /) -> bool:
        """True if the lists let *address* in."""
        parsed = parse_address(address)
        if parsed is None:
            return not self._white and not self._black
        if any(parsed in network for network in self._black):
            return False
        return not self._white or any(parsed in network for network in self._white)


class IpSubnetFilterRule(NamedTuple):
    """Peers in *network*, ``10.0.0.0/8``, are accepted or rejected."""

    network: str
    action: Literal["accept", "reject"]


class RuleBasedIpFilter(AbstractRemoteAddressFilter):
    """Takes the action of the first of *rules* whose network the peer is in; where none fits, *accept_if_not_found* decides.

    Raises ValueError for a rule with another action than ``accept`` and ``reject``, or whose network cannot be read.

    Source: Netty's class of that name, and its ``IpSubnetFilter``, whose mask was compared wrongly (CVE-2026-44249).
    """

    def __init__(self, *rules: IpSubnetFilterRule | tuple[str, Literal["accept", "reject"]], accept_if_not_found: bool = True) -> None:
        self._rules: list[tuple[Network, bool]] = []
        for network, action in rules:
            if action not in ("accept", "reject"):
                raise ValueError(f"action {action!r} for {network}: allowed is accept or reject")
            self._rules.append((parse_network(network), action == "accept"))
        self._accept_if_not_found = accept_if_not_found

    def allow_address(self, ctx: ChannelHandlerContext, address: str, /) -> bool:
        """True if the first rule that fits accepts *address*; a peer without an IP address is rejected."""
        parsed = parse_address(address)
        if parsed is None:
            return False
        return next((accept for network, accept in self._rules if parsed in network), self._accept_if_not_found)


class UniqueIpFilter(AbstractRemoteAddressFilter):
    """One connection for each address: a second one is refused while the first is open. Source: Netty's class of that name."""

    def __init__(self) -> None:
        self._connected: set[str] = set()

    def allow_address(self, ctx: ChannelHandlerContext, address: str, /) -> bool:
        """True if nobody is connected from *address*."""
        key = str(parse_address(address) or address)
        if key in self._connected:
            return False
        self._connected.add(key)

        def left(_: ChannelPromise) -> None:
            self._connected.discard(key)

        ctx.channel.close_future.add_listener(left)
        return True
