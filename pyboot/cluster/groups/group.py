"""ClusterChannelGroup: a channel group with members on all nodes; the label that asks for one, and the bean."""

from collections.abc import Generator, Iterator
from typing import Any, ClassVar, Literal, Protocol, Self, final

from pyboot.boot import Label, Place
from pyboot.cluster.envelope import Content
from pyboot.cluster.events import ClusterGap
from pyboot.cluster.node import ClusterNode
from pyboot.cluster.serializer import Serializer, packed, serializer_of, unpacked
from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.group import ChannelGroup, ChannelGroupFuture
from pyboot.components.netty.matcher import ChannelMatcher, ChannelMatchers

from .remote import RemoteGroup

__all__ = ["ClusterChannelGroup", "ClusterGroupFuture"]

_ALL = ChannelMatchers.all()


class Groups(Protocol):
    """What a group is one of: `ClusterGroups`."""

    @property
    def node(self) -> ClusterNode:
        """The node."""

    def size_elsewhere(self, name: str, /) -> int:
        """Return how many members the group *name* has on other nodes."""


@final
class ClusterGroupFuture:
    """The end of a write to a group: the members here took it, and the engine's connection has room. No receipt of others.

    Awaiting it is the back-pressure of the engine's water marks; cancelling that changes nothing. Raises `ChannelGroupError` for members
    here.
    """

    def __init__(self, local: ChannelGroupFuture, node: ClusterNode) -> None:
        """Wait for *local* and for *node*."""
        self.local = local
        self._node = node

    def __await__(self) -> Generator[Any, None, None]:
        """Wait."""
        yield from self._both().__await__()

    async def _both(self) -> None:
        await self.local
        await self._node.run(self._node.flushed())

    def __repr__(self) -> str:
        return f"<ClusterGroupFuture of {self.local!r}>"


@final
class ClusterChannelGroup(Label):
    """A group of channels with members on all nodes.

    As a label beside ``@NettyServer`` it makes a bean of this type, which the server feeds with its connections; on another class, one that
    handlers fill themselves. A parameter ``room: ClusterChannelGroup`` is that bean::

        @NettyServer(port=9000)
        @ClusterChannelGroup("room")
        class ChatServer: ...

    Promises. Members here get what is written here at once, whatever the engine does, as by `ChannelGroup`. Members elsewhere get it **at
    most once**, in the order in which this node wrote; between nodes there is no order, unless all of it goes by way of the engine
    (``order="engine"``). A loss is told where it was missed, by `ClusterGap`, to listeners and as a user event of the members. Who joins
    late gets nothing of the past. A matcher picks among the members here; nodes elsewhere pass a message on to all of theirs.

    Args:
        name: the name, the same on all nodes.
        order: ``sender``, or ``engine``: one order for everybody, members here included; it costs a round trip and waits for the engine.
        slow: what becomes of a member that does not read: ``drop`` what it would get, counted, or ``close`` it.
        serializer: for messages that are neither bytes nor text: ``json``, ``msgpack``, or an object with ``dumps`` and ``loads``.
    """

    places: ClassVar = frozenset({Place.CLASS})

    def __init__(
        self,
        name: str,
        *,
        order: Literal["sender", "engine"] = "sender",
        slow: Literal["drop", "close"] = "drop",
        serializer: str | Serializer | None = None,
    ) -> None:
        self.name = name
        self.order = order
        self.slow = slow
        self.serializer = serializer
        self._live: _Live | None = None

    def joined(self, groups: Groups) -> Self:
        """Return the group itself, one of *groups*, of what this one describes."""
        group = self.altered()
        group._live = _Live(group, groups)
        return group

    @property
    def _group(self) -> "_Live":
        if self._live is None:
            raise RuntimeError(f"this is the label of the group '{self.name}'; the group is a bean: ask for a ClusterChannelGroup")
        return self._live

    # The set.

    def add(self, channel: Channel) -> bool:
        """Put *channel* in until it closes; False if it is in already."""
        return self._group.add(channel)

    def discard(self, channel: Channel) -> bool:
        """Take *channel* out; False if it is not in."""
        return self._group.discard(channel)

    def find(self, channel_id: str) -> Channel | None:
        """The member here with that id, or None."""
        return self._group.local.find(channel_id)

    def __contains__(self, channel: Channel) -> bool:
        return channel in self._group.local

    def __iter__(self) -> Iterator[Channel]:
        return iter(self._group.local)

    def __len__(self) -> int:
        return len(self._group.local)

    def __bool__(self) -> bool:
        return True

    @property
    def local(self) -> ChannelGroup:
        """The members here, for what is none of the others' business."""
        return self._group.local

    def remote_size(self) -> int:
        """The number of members on other nodes, as they have told; an estimate, some seconds old."""
        return self._group.size_elsewhere()

    @property
    def remote(self) -> RemoteGroup:
        """The way to the members elsewhere."""
        return self._group.remote

    @property
    def dropped(self) -> int:
        """The number of messages that members here did not get because they did not read."""
        return self._group.dropped

    @property
    def missed(self) -> int:
        """The number of messages of other nodes that did not reach this one."""
        return self.remote.missed

    # Operations.

    def write(self, msg: object, matcher: ChannelMatcher = _ALL) -> ClusterGroupFuture:
        """Write *msg* on each member here that *matcher* picks, and on all members elsewhere, which send it at once.

        Raises:
            TooLargeMessageError: it has more than 1 MiB.
            UnserializableMessageError: it cannot be made into bytes.
        """
        return self._group.send(msg, matcher, is_flushed=False)

    def write_and_flush(self, msg: object, matcher: ChannelMatcher = _ALL) -> ClusterGroupFuture:
        """Write *msg* as `write` does, and send it."""
        return self._group.send(msg, matcher, is_flushed=True)

    def flush(self, matcher: ChannelMatcher = _ALL) -> None:
        """Send on the members here what was written."""
        self._group.local.flush(matcher)

    def disconnect(self, matcher: ChannelMatcher = _ALL) -> ChannelGroupFuture:
        """Disconnect the members here."""
        return self._group.local.disconnect(matcher)

    def close(self, matcher: ChannelMatcher = _ALL) -> ChannelGroupFuture:
        """Close the members here."""
        return self._group.local.close(matcher)

    def new_close_future(self, matcher: ChannelMatcher = _ALL) -> ChannelGroupFuture:
        """Wait until the members that are here now are closed, by whomever."""
        return self._group.local.new_close_future(matcher)

    def facts(self) -> dict[str, Any]:
        """Return what a look into the group shows."""
        return {"order": self.order, **self.remote.facts(), "elsewhere": self.remote_size(), "dropped": self.dropped}

    def __repr__(self) -> str:
        if self._live is None:
            return f"ClusterChannelGroup({self.name!r}, order={self.order!r}, slow={self.slow!r})"
        return f"<ClusterChannelGroup {self.name}: {len(self)} channels here, {self.remote_size()} elsewhere>"


@final
class _Live:
    """The state of a group on one node."""

    def __init__(self, group: ClusterChannelGroup, groups: Groups) -> None:
        node = groups.node
        self.local = ChannelGroup(group.name)
        self.dropped = 0
        self._node = node
        self._groups = groups
        self._closes_slow = group.slow == "close"
        self._is_by_engine = group.order == "engine"
        self._serializer = serializer_of(group.serializer)
        self.remote = RemoteGroup(node, group.name, lambda: len(self.local), self._deliver, self._tell_gap, hears_itself=self._is_by_engine)

    def size_elsewhere(self) -> int:
        return self._groups.size_elsewhere(self.local.name)

    def add(self, channel: Channel) -> bool:
        if not self.local.add(channel):
            return False
        if channel.in_event_loop():
            self._watch(channel)
        else:
            try:
                channel.loop.call_soon_threadsafe(self._watch, channel)
            except RuntimeError:  # its loop has ended, and the group let go of it
                return True
        self._node.call(self.remote.on_members)
        return True

    def _watch(self, channel: Channel) -> None:
        channel.close_future.add_listener(lambda _: self._node.call(self.remote.on_members))

    def discard(self, channel: Channel) -> bool:
        is_out = self.local.discard(channel)
        if is_out:
            self._node.call(self.remote.on_members)
        return is_out

    # hot path: once per write to the group
    def send(self, msg: Any, matcher: ChannelMatcher, *, is_flushed: bool) -> ClusterGroupFuture:
        try:
            payload, content = packed(msg, self._serializer)
        except BaseException:
            release(msg)
            raise
        if self._is_by_engine:
            release(msg)
            future = ChannelGroupFuture(())
        else:
            future = self._write(msg, matcher, is_flushed=is_flushed)
        self._node.call(self.remote.publish, payload, content)
        return ClusterGroupFuture(future, self._node)

    def _write(self, msg: object, matcher: ChannelMatcher, *, is_flushed: bool) -> ChannelGroupFuture:
        def takes(channel: Channel) -> bool:
            return matcher(channel) and (channel.is_writable or self._is_too_slow(channel))

        return self.local.write_and_flush(msg, takes) if is_flushed else self.local.write(msg, takes)

    def _is_too_slow(self, channel: Channel) -> bool:
        """Deal with a member that does not read; never wait for it, for all others would wait as well. Always False."""
        if channel.is_active:
            self.dropped += 1
            if self._closes_slow:
                self.local.close(ChannelMatchers.is_(channel))
        return False

    def _deliver(self, payload: bytes, content: Content) -> None:
        if len(self.local):
            self._write(unpacked(payload, content, self._serializer), _ALL, is_flushed=True)

    def _tell_gap(self, gap: ClusterGap) -> None:
        self._node.tell(gap)
        for channel in self.local:
            if channel.in_event_loop():
                channel.pipeline().fire_user_event_triggered(gap)
            else:
                try:
                    channel.loop.call_soon_threadsafe(channel.pipeline().fire_user_event_triggered, gap)
                except RuntimeError:  # its loop has ended
                    continue
