"""Groups that a server feeds, over loopback."""

import re
from typing import Annotated, Any

import pytest

from pyboot.boot import Component, Import, PyBootApplication, Qualifier
from pyboot.boot.errors import BootError
from pyboot.netty import (
    AttributeKey,
    ChannelGroup,
    ChannelGroupBean,
    ChannelHandler,
    ChannelHandlerBean,
    ChannelHandlerContext,
    ChannelMatchers,
    NettyServer,
)
from pyboot.netty.observers.errors import ChannelGroupNameClashError, StrayChannelGroupError
from pyboot.testing import connect, running

TABLE = AttributeKey[str]("table")


@ChannelGroupBean("room")
@NettyServer(port=0)
@ChannelGroupBean("all-guests")
class ChatServer:
    """Feeds two groups."""

    pipeline = ["line", "string"]


@NettyServer(port=0)
class OtherServer:
    """Feeds none."""

    pipeline = ["line", "string"]


@ChannelHandlerBean(server="chat")
class Guest(ChannelHandler[str]):
    """Sits down at a table, or speaks to one."""

    seen: list[bool] = []

    def __init__(self, room: ChannelGroup) -> None:
        """Take the group by the name of the parameter."""
        self.room = room

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Note whether the group has the connection already; not passed on."""
        Guest.seen.append(ctx.channel in self.room)

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """``sit NAME``, or ``NAME text``."""
        verb, _, rest = msg.partition(" ")
        if verb == "sit":
            ctx.channel.attr(TABLE).set(rest)
            ctx.write_and_flush("ok\n")
        else:
            self.room.write_and_flush(f"{rest}\n", ChannelMatchers.having(TABLE, verb))


@ChannelHandlerBean(server="other")
class Echo(ChannelHandler[str]):
    """Answers."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """The same."""
        ctx.write_and_flush(f"{msg}\n")


@Component
class Host:
    """Has the groups."""

    def __init__(self, room: ChannelGroup, guests: Annotated[ChannelGroup, Qualifier("all-guests")]) -> None:
        """Take one by the name of the parameter, one by its own."""
        self.room = room
        self.guests = guests


@Import(ChatServer, OtherServer, Guest, Echo, Host)
@PyBootApplication(scan=())
class App:
    """Two servers, and a bean that has the groups."""


async def test_a_server_feeds_its_groups() -> None:
    """Each connection is in them before its handlers hear of it, and until it closes; those of another server are not."""
    Guest.seen.clear()
    async with running(App) as context:
        host = context.get(Host)
        assert ["room", "all-guests"] == [host.room.name, host.guests.name]
        async with connect(context, "other") as (reader, writer):
            writer.write(b"x\n")
            assert b"x\n" == await reader.readline()
            assert [0, 0] == [len(host.room), len(host.guests)]
        async with connect(context, "chat") as (reader, writer):
            writer.write(b"sit tea\n")
            assert b"ok\n" == await reader.readline()
            assert [1, 1] == [len(host.room), len(host.guests)]
            left = host.room.new_close_future()
        await left
        assert [0, 0, True] == [len(host.room), len(host.guests), *Guest.seen]


async def test_members_are_spoken_to_by_attribute() -> None:
    """Those of a table hear it, the others do not."""
    async with running(App) as context, connect(context, "chat") as (tea, a), connect(context, "chat") as (hall, b):
        a.write(b"sit tea\n")
        b.write(b"sit hall\n")
        assert [b"ok\n", b"ok\n"] == [await tea.readline(), await hall.readline()]
        b.write(b"tea one\nhall two\n")
        assert [b"one\n", b"two\n"] == [await tea.readline(), await hall.readline()]


async def test_all_instances_lead_into_the_group() -> None:
    """Whatever the settings make of the server; switched off it leaves the groups empty."""
    instances = {"netty.servers.chat.instances.blue.port": 0, "netty.servers.chat.instances.green.port": 0}
    async with (
        running(App, properties=instances) as context,
        connect(context, "chat.blue") as (blue, a),
        connect(context, "chat.green") as (green, b),
    ):
        a.write(b"sit tea\n")
        b.write(b"sit tea\n")
        assert [b"ok\n", b"ok\n"] == [await blue.readline(), await green.readline()]
        assert 2 == len(context.get(Host).room)
    async with running(App, properties={"netty.servers.chat.enabled": "false"}) as context:
        assert 0 == len(context.get(Host).room)


async def test_two_groups_of_one_name_are_refused() -> None:
    """With both classes; names that a parameter would spell alike are one name."""

    @ChannelGroupBean("all_guests")
    @NettyServer(port=0)
    class RivalServer:
        """Has the same group."""

    @Import(ChatServer, RivalServer)
    @PyBootApplication(scan=())
    class Rivals:
        """Both."""

    with pytest.raises(ChannelGroupNameClashError, match=r"two channel groups 'all_guests'.*ChatServer \(.*:\d+\).*RivalServer \(.*:\d+\)"):
        await _start(Rivals)


@pytest.mark.parametrize(("label", "error", "text"), [
    (ChannelGroupBean("room"), StrayChannelGroupError, r"Lonely \(.*test_groups.py:\d+\) is labelled @ChannelGroupBean\('room'\)"),
    (lambda target: NettyServer(ChannelGroupBean("")(target)), BootError, "it takes the name of the group, not ''"),
])  # fmt: skip
async def test_a_group_of_no_server_or_no_name_is_refused(label: Any, error: type[BootError], text: str) -> None:
    """At start, with the place of the class."""

    @label
    class Lonely:
        """No server."""

    @Import(Lonely)
    @PyBootApplication(scan=())
    class Alone:
        """With it."""

    with pytest.raises(error) as refused:
        await _start(Alone)
    assert re.search(text, str(refused.value))


async def _start(app: type) -> None:
    async with running(app):
        pass
