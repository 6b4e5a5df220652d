"""Presence: who is there in a topic, over all nodes, with events of who comes and goes.

Theory of operation. Each connection is one owner of the topic in the engine's table; what is there is what nodes with a lease own, so
nobody has to refresh a member. A node that changes something says so on the topic's channel, and those that watch the topic read the list
again, in a moment, all changes of it at once. So events are the difference of two lists: news that was not heard is made up for by the
next, and by the comparison each ``cluster.presence.repair``. Only who watches a topic pays for its events.
"""

import asyncio
import contextlib
import itertools
import json
from collections.abc import Sequence
from typing import Any, Final, final

from pyboot.cluster.envelope import Envelope, Kind
from pyboot.cluster.errors import EngineLostError, UnserializableMessageError
from pyboot.cluster.events import PresenceJoined, PresenceLeft
from pyboot.cluster.member import Member
from pyboot.cluster.node import ClusterNode
from pyboot.cluster.table import Claim, ClaimPolicy, Entry, Table
from pyboot.components.netty.channel.channel import Channel

from .topic import Present, Topic

__all__ = ["Presence"]

_BATCH: Final = 500
_GATHER_SECONDS: Final = 0.1  # changes within it are one reading of the list


@final
class Presence:
    """Who is there; a bean, whose methods may be awaited on any loop.

    Promises: the list holds those of living nodes only; several connections of one key are one presence with several metas. Events are
    told at most once, and only of topics that this node watches; a key that comes back within ``cluster.presence.linger`` makes none.
    """

    def __init__(self, node: ClusterNode) -> None:
        """Have the presence of *node*."""
        self._node = node
        self._linger_seconds = node.properties.presence.linger.total_seconds()
        self._repair_seconds = node.properties.presence.repair.total_seconds()
        self._own: dict[tuple[str, str], Claim] = {}
        self._gone: dict[tuple[str, str], None] = {}
        self._topics: dict[str, Topic] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._last: dict[str, Sequence[Present]] = {}
        node.claim_again.append(self._claim_again)
        node.on_up.append(self._look_at_all)
        node.on_left.append(self._on_left)
        node.on_leaving.append(self._leave_all)
        node.on_closed.append(self._close)

    # What programs ask.

    async def join(self, topic: str, key: str, channel: Channel, meta: Any = None) -> None:
        """Let *key* be there in *topic* until *channel* closes, with *meta*, which JSON can say; while the engine is away it is noted.

        Raises:
            UnserializableMessageError: *meta* cannot be said in JSON.
        """
        try:
            value = json.dumps([key, meta], separators=(",", ":")).encode()
        except (TypeError, ValueError) as error:
            raise UnserializableMessageError(type(meta).__name__, str(error)) from error
        await self._node.run(self._join(topic, channel, value))

    async def leave(self, topic: str, channel: Channel) -> bool:
        """Let what *channel* has joined be there no more; False where that is nothing."""
        return await self._node.run(self._leave(topic, self._owner(channel)))

    async def list(self, topic: str, *, stale: bool = False) -> Sequence[Present]:
        """Return who is there, the earliest first; with *stale*, while the engine is away, who was there when it was asked last.

        Raises:
            EngineLostError: the engine is away.
        """
        return await self._node.run(self._list(topic, is_stale_enough=stale))

    async def watch(self, topic: str) -> None:
        """Publish `PresenceJoined` and `PresenceLeft` of *topic* on this node from here on; who is there already is in the list."""
        await self._node.run(self._watch(topic))

    # On the node's loop.

    def _owner(self, channel: Channel) -> str:
        return f"{self._node.id}/{channel.id}"

    async def _join(self, topic: str, channel: Channel, value: bytes) -> None:
        owner = self._owner(channel)
        is_new = (topic, owner) not in self._own
        claim = Claim(topic, owner, self._node.id, value)
        self._own[topic, owner] = claim
        self._gone.pop((topic, owner), None)
        if is_new:
            self._follow(topic, channel)
        if self._node.is_up:
            try:
                (claimed,) = await self._node.engine.claim(Table.PRESENCE, [claim], ClaimPolicy.MANY)
            except EngineLostError:
                return  # it is claimed again when the engine is back
            if (topic, owner) in self._own:
                self._own[topic, owner] = claim._replace(stamp=claimed.stamp)
            self._tell(topic)

    def _follow(self, topic: str, channel: Channel) -> None:
        def closed(_: object) -> None:
            self._node.call(self._on_closed, topic, self._owner(channel))

        if channel.in_event_loop():
            channel.close_future.add_listener(closed)
            return
        try:
            channel.loop.call_soon_threadsafe(channel.close_future.add_listener, closed)
        except RuntimeError:  # its loop has ended
            self._on_closed(topic, self._owner(channel))

    def _on_closed(self, topic: str, owner: str) -> None:
        if (topic, owner) in self._own:
            self._node.spawn(self._leave(topic, owner), f"leave {topic}")

    async def _leave(self, topic: str, owner: str) -> bool:
        if self._own.pop((topic, owner), None) is None:
            return False
        self._gone[topic, owner] = None
        if self._node.is_up:
            with contextlib.suppress(EngineLostError):  # it is given back when the engine is back
                await self._release()
                self._tell(topic)
        return True

    async def _release(self) -> None:
        """Give back what has gone; what an outage prevents is given back after it."""
        while self._gone:
            batch = list(itertools.islice(self._gone, _BATCH))
            await self._node.engine.release(Table.PRESENCE, batch)
            for each in batch:
                self._gone.pop(each, None)

    async def _claim_again(self) -> None:
        for batch in itertools.batched(list(self._own.values()), _BATCH):
            made = await self._node.engine.claim(Table.PRESENCE, batch, ClaimPolicy.MANY)
            for claim, claimed in zip(batch, made, strict=True):
                if (claim.key, claim.owner) in self._own:
                    self._own[claim.key, claim.owner] = claim._replace(stamp=claimed.stamp)
        await self._release()

    async def _leave_all(self) -> None:
        own = list(self._own)
        for batch in itertools.batched(own, _BATCH):
            await self._node.engine.release(Table.PRESENCE, batch)
        for topic in {topic for topic, _ in own}:
            self._tell(topic)

    async def _list(self, topic: str, *, is_stale_enough: bool) -> Sequence[Present]:
        if not self._node.is_up and is_stale_enough:
            return self._last.get(topic, [])
        self._node.check_up()
        (entries,) = await self._node.engine.find(Table.PRESENCE, [topic])
        return self._listed([entry for entry in entries if entry.node == self._node.id or entry.node in self._node.roster])

    def _listed(self, entries: Sequence[Entry]) -> Sequence[Present]:
        metas: dict[str, Any] = {}
        for entry in entries:
            try:
                key, meta = json.loads(entry.value)
            except (ValueError, TypeError):
                continue  # of another version
            if isinstance(key, str):
                metas.setdefault(key, []).append(meta)
        return [Present(key, tuple(each)) for key, each in metas.items()]

    # Who watches.

    def _tell(self, topic: str) -> None:
        """Let those that watch *topic* look, this node included."""
        self._node.publish(_channel(topic), Kind.PRESENCE)
        self._look_soon(topic)

    async def _watch(self, topic: str) -> None:
        if topic not in self._topics:
            self._topics[topic] = Topic(self._linger_seconds)
            self._node.hear(_channel(topic), lambda envelope: self._on_news(topic, envelope))
            await self._node.subscribed()
            if self._node.is_up:
                await self._look(topic)

    def _on_news(self, topic: str, envelope: Envelope) -> None:
        if envelope.sender != self._node.id:
            self._look_soon(topic)

    def _on_left(self, member: Member, is_orderly: bool) -> None:
        self._look_at_all()

    def _look_at_all(self) -> None:
        for topic in self._topics:
            self._look_soon(topic)

    def _look_soon(self, topic: str, seconds: float = _GATHER_SECONDS) -> None:
        """Look at *topic* in *seconds*, unless that is to be done before."""
        if topic not in self._topics:
            return
        planned = self._timers.get(topic)
        if planned is not None and planned.when() <= self._node.now + seconds:
            return
        if planned is not None:
            planned.cancel()
        self._timers[topic] = self._node.loop.call_later(seconds, self._begin_look, topic)

    def _begin_look(self, topic: str) -> None:
        del self._timers[topic]
        if self._node.is_up:  # else all are looked at when it is
            self._node.spawn(self._look(topic), f"look at {topic}")

    async def _look(self, topic: str) -> None:
        try:
            listed = await self._list(topic, is_stale_enough=False)
        finally:
            self._look_soon(topic, self._repair_seconds)
        self._last[topic] = listed
        known = self._topics[topic]
        joined, left = known.update(listed, self._node.now)
        for present in joined:
            self._node.tell(PresenceJoined(topic, present.key, present.metas[0]))
        for present in left:
            self._node.tell(PresenceLeft(topic, present.key, present.metas[0]))
        if known.next_due is not None:
            self._look_soon(topic, max(0.0, known.next_due - self._node.now) + 0.001)

    def _close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()


def _channel(topic: str) -> str:
    return f"t:{topic}"
