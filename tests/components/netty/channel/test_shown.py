"""What dir() shows of channels, pipelines and contexts."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty import DatagramChannel, ServerSocketChannel, SocketChannel
from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel

OPERATIONS = {"bind", "close", "connect", "deregister", "disconnect", "flush", "read", "write", "write_and_flush"}
EVENTS = {
    f"fire_{name}"
    for name in (
        "channel_active",
        "channel_event",
        "channel_inactive",
        "channel_read",
        "channel_read_complete",
        "channel_registered",
        "channel_unregistered",
        "channel_writability_changed",
        "channel_write_complete",
        "exception_caught",
        "user_event_triggered",
    )
}
CONTEXT = {"allocator", "attr", "channel", "fire_channel_write", "handler", "is_removed", "name", "new_promise", "pipeline"}
PIPELINE = {
    *("add_after", "add_before", "add_first", "add_last", "remove", "remove_first", "remove_if_exists", "remove_last", "replace"),
    *("channel", "context", "contexts", "find", "first", "get", "last", "names"),
}
CHANNEL = {
    *("abort", "allocate_bytebuffer", "allocator", "attr", "attributes", "auto_read", "close", "close_cause", "close_future", "config"),
    *("flush", "get_option", "get_socket_option", "id", "in_event_loop", "is_active", "is_open", "is_reading", "is_registered"),
    *(
        "is_writable",
        "local_address",
        "loop",
        "new_progressive_promise",
        "new_promise",
        "parent",
        "pause_reading",
        "pipeline",
        "read",
        "remote_address",
    ),
    *("resume_reading", "set_option", "set_socket_option", "sync", "write", "write_and_flush"),
}


def names_of(thing: object) -> set[str]:
    """The names that a prompt offers."""
    return {name for name in dir(thing) if not name.startswith("_")}


LIMITS = {"max_connections", "max_connections_per_address"}


@pytest.fixture
def ctx() -> ChannelHandlerContext:
    """The context of a handler."""
    found = EmbeddedChannel(ChannelHandler()).pipeline().find(ChannelHandler)
    assert found is not None
    return found


def test_a_context_shows_what_handlers_use(ctx: ChannelHandlerContext) -> None:
    """Where it stands, the events and the operations: a new name is a user's, or is listed as an inner one."""
    assert sorted(CONTEXT | EVENTS | OPERATIONS) == sorted(names_of(ctx))


def test_a_pipeline_shows_what_changes_it_and_what_begins_at_its_ends(ctx: ChannelHandlerContext) -> None:
    """As above."""
    assert sorted(PIPELINE | EVENTS | OPERATIONS) == sorted(names_of(ctx.pipeline))


def test_a_channel_hides_and_does_not_forbid(ctx: ChannelHandlerContext) -> None:
    """What a neighbour calls is there all the same, and so is what every object has."""
    assert {"__class__", "_number"} <= set(dir(ctx.channel))
    assert hasattr(ctx.channel, "begin_close")


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        (SocketChannel, {"get_extra_info", "shutdown_output"}),
        (DatagramChannel, {"join_group", "leave_group"}),
        (
            ServerSocketChannel,
            {"accepted", "connections", "local_addresses", "max_connections", "max_connections_per_address", "peer_faults", "refused"},
        ),
    ],
)
async def test_a_channel_shows_what_users_ask_and_do(kind: Any, own: set[str], ctx: ChannelHandlerContext) -> None:
    """What asyncio tells it and its parts tell each other is inner, whatever it stands for."""
    channel = kind(asyncio.get_running_loop(), ctx.channel.config, ctx.channel.loop_state)

    assert sorted(CHANNEL | own) == sorted(names_of(channel))
