"""Filters by address."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.address import (
    AbstractRemoteAddressFilter,
    IpSubnetFilterRule,
    ListRemoteAddressFilter,
    RuleBasedIpFilter,
    UniqueIpFilter,
)
from pyboot.components.netty.handler.recording import RecordingHandler


class From(EmbeddedChannel):
    """A channel whose peer has an address."""

    def __init__(self, address: Any, *handlers: Any) -> None:
        self.address = address
        super().__init__(*handlers)

    def remote_address(self) -> Any:
        return self.address


def enters(handler: AbstractRemoteAddressFilter, address: str) -> bool:
    """Whether a peer with *address* gets in; one that does not is never heard of."""
    recorder = RecordingHandler()
    channel = From((address, 1), handler, recorder)
    heard = [event.event for event in recorder.events]
    assert heard == (["channel_active"] if channel.is_active else [])
    return channel.is_active


@pytest.mark.parametrize(
    ("black", "white", "address", "allowed"),
    [
        (None, None, "10.0.0.1", True),
        (["10.0.0.1"], None, "10.0.0.1", False),
        (["10.0.0.1"], None, "10.0.0.2", True),
        (None, ["10.0.0.1"], "10.0.0.1", True),
        (None, ["10.0.0.1"], "10.0.0.2", False),
        (["10.0.0.0/8"], None, "10.9.9.9", False),
        (["10.0.0.1"], ["10.0.0.0/8"], "10.0.0.1", False),
        (["10.0.0.1"], ["10.0.0.0/8"], "10.0.0.2", True),
        (["10.0.0.1"], ["10.0.0.0/8"], "11.0.0.2", False),
        (["10.0.0.1"], None, "::ffff:10.0.0.1", False),
        (["::ffff:10.0.0.0/104"], None, "10.1.2.3", False),
        (["2001:db8::/32"], None, "2001:db8::1%eth0", False),
        (None, ["2001:db8::/32"], "10.0.0.1", False),
        (None, ["10.0.0.0/8"], "2001:db8::1", False),
        (None, ["10.0.0.0/8"], "no address", False),
        (["10.0.0.0/8"], None, "no address", False),
    ],
)
def test_lists(black: Any, white: Any, address: str, allowed: bool) -> None:
    """Both lists count, networks are networks, and both families meet."""
    assert allowed is enters(ListRemoteAddressFilter(black_ips=black, white_ips=white), address)


def test_the_first_rule_that_fits_decides() -> None:
    """Netty: IpSubnetFilterTest."""
    rules = RuleBasedIpFilter(IpSubnetFilterRule("10.1.0.0/16", "accept"), ("10.0.0.0/8", "reject"), ("2001:db8::/32", "reject"))

    assert [True, False, True, False, True] == [
        enters(rules, address) for address in ("10.1.2.3", "10.2.3.4", "11.0.0.1", "2001:db8::5", "2001:db9::5")
    ]
    assert not enters(RuleBasedIpFilter(("10.0.0.0/8", "accept"), accept_if_not_found=False), "11.0.0.1")
    assert not enters(RuleBasedIpFilter(), "no address")


def test_a_mask_of_ones_matches_one_address_only() -> None:
    """CVE-2026-44249: comparing with the mask instead of the network let a /128 rule match every address."""
    rules = RuleBasedIpFilter(("2001:db8::1/128", "accept"), accept_if_not_found=False)

    assert [True, False] == [enters(rules, address) for address in ("2001:db8::1", "2001:db8::2")]


def test_one_connection_for_each_address() -> None:
    """Until it is closed; the same address in its IPv6 form is the same."""
    unique = UniqueIpFilter()
    first = From(("10.0.0.1", 1), unique)

    assert [True, False, False, True] == [
        first.is_active,
        enters(unique, "10.0.0.1"),
        enters(unique, "::ffff:10.0.0.1"),
        enters(unique, "10.0.0.2"),
    ]
    first.finish()
    assert enters(unique, "10.0.0.1")


def test_what_a_refused_peer_sent_reaches_nobody() -> None:
    """Not even its leaving."""
    recorder = RecordingHandler()
    channel = From(("10.0.0.1", 1), ListRemoteAddressFilter(["10.0.0.1"]), recorder)
    channel.pipeline().fire_channel_read(b"x")
    channel.pipeline().fire_channel_read_complete()
    channel.run_pending_tasks()

    assert [] == recorder.events


async def test_a_coroutine_may_decide() -> None:
    """What comes meanwhile waits."""
    gate = asyncio.Event()

    class Asking(AbstractRemoteAddressFilter):
        async def allow_address(self, ctx: ChannelHandlerContext, address: str) -> bool:
            await gate.wait()
            return address == "embedded"

    recorder = RecordingHandler()
    channel = EmbeddedChannel(Asking(), recorder, loop=asyncio.get_running_loop())
    channel.write_inbound(b"x")
    assert [] == recorder.events
    gate.set()
    await channel.pipeline().fire_channel_read(b"y")

    assert ["channel_active", "channel_read", "channel_read_complete", "channel_read"] == [event.event for event in recorder.events]


def test_everybody_may_enter_by_default_and_a_refusal_can_be_said() -> None:
    """By overriding `channel_rejected`."""

    class Polite(AbstractRemoteAddressFilter):
        def allow_address(self, ctx: ChannelHandlerContext, address: str) -> bool:
            return False

        def channel_rejected(self, ctx: ChannelHandlerContext) -> None:
            ctx.write_and_flush(b"sorry")
            ctx.close()

    assert enters(AbstractRemoteAddressFilter(), "anything")
    channel = From(("10.0.0.1", 1), Polite())
    assert ([b"sorry"], False) == (channel.outbound_messages(), channel.is_open)


def test_what_is_no_network_or_no_action_is_refused() -> None:
    """When the filter is made."""
    with pytest.raises(ValueError, match="has host bits set"):
        ListRemoteAddressFilter(["10.0.0.1/8"])
    with pytest.raises(ValueError, match="action 'maybe'"):
        RuleBasedIpFilter(("10.0.0.0/8", "maybe"))  # type: ignore[arg-type]  # that is the point
