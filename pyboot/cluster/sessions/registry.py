"""SessionRegistry: who owns a user or a device: one channel of one node, known to all nodes, and reached from each.

Theory of operation. The engine's table is the truth, and each claim has a stamp by which the later of two is told. What this node has is
kept here as well (`OwnedSessions`), and is said again, with its stamp, after each outage and once a minute: so an engine that has
forgotten everything knows it again, a loser that did not hear of its loss finds out, and what was claimed during an outage is settled. A
claim that is under way has its place already, so that the news of its loss finds it. All of it happens on the node's loop.
"""

import asyncio
import contextlib
import itertools
import logging
import time
from collections.abc import Callable, Sequence
from typing import Final, final

from pyboot.cluster.envelope import Envelope, Kind
from pyboot.cluster.errors import EngineLostError
from pyboot.cluster.events import Kicked
from pyboot.cluster.node import ClusterNode, inbox
from pyboot.cluster.serializer import Serializer, packed, unpacked
from pyboot.cluster.table import Claimed, ClaimPolicy, Entry, Table
from pyboot.components.netty.buffer.message import release as let_go
from pyboot.components.netty.channel.channel import Channel

from .letters import Ack, Kick, Letter
from .owned import Owned, OwnedSessions
from .session import SendOutcome, Session

__all__ = ["SessionRegistry"]

_log = logging.getLogger("pyboot.cluster")

_BATCH: Final = 500
_PASS_SECONDS: Final = 60.0
_MOST_REMEMBERED: Final = 10_000


@final
class SessionRegistry:
    """The sessions of all nodes; a bean, whose methods may be awaited on any loop.

    Promises: at most one registered owner of a key at any time, but under ``many``. Two live connections are possible for as long as a node
    is cut off and its lease lasts, and are ended when it comes back: the later claim stays. `find` may name a node that died for as long
    as its lease lasts, and what is sent to it meanwhile is lost.
    """

    def __init__(self, node: ClusterNode, *, serializer: Serializer | None = None, calendar: Callable[[], float] = time.time) -> None:
        """Have the sessions of *node*; *calendar* dates those that are claimed while the engine is away."""
        self._node = node
        self._serializer = serializer
        self._calendar = calendar
        self._owned = OwnedSessions()
        self._releases: dict[tuple[str, str], None] = {}
        self._is_releasing = False
        self._questions: dict[int, asyncio.Future[bool]] = {}
        self._numbers = itertools.count(1)
        self._remembered: dict[str, Session] = {}
        self._pass: asyncio.TimerHandle | None = None
        self.kicked = 0
        node.told["sessions"] = lambda: len(self._owned)
        node.claim_again.append(self._claim_again)
        node.on_up.append(self._plan_pass)
        node.on_leaving.append(self._leave)
        node.on_closed.append(self._cancel_pass)
        node.on_kind(Kind.SEND, self._on_send)
        node.on_kind(Kind.ACK, self._on_ack)
        node.on_kind(Kind.KICK, self._on_kick)

    def __len__(self) -> int:
        """The number of sessions of this node."""
        return len(self._owned)

    def __bool__(self) -> bool:
        return True

    # What programs ask.

    async def claim(self, key: str, channel: Channel, policy: ClaimPolicy | str | None = None) -> Session | None:
        """Register *channel* for *key* until it closes; None where the policy refuses it.

        ``replace`` (the default of ``cluster.sessions.policy``): the newest wins; the former owner hears `Kicked`, an event of the
        application and a user event of its channel, which is then closed; nobody waits for that. ``refuse``: the first wins. ``many``:
        each is one of a set. If cancelled, it may be registered or not.

        Raises:
            EngineLostError: the engine is away, and ``cluster.on-engine-loss`` is ``refuse``.
        """
        chosen = ClaimPolicy(policy or self._node.properties.sessions.policy) if not isinstance(policy, ClaimPolicy) else policy
        return await self._node.run(self._claim(key, channel, chosen))

    async def release(self, key: str, channel: Channel) -> bool:
        """Give *key* back, if *channel* has it; False where it has not. A later owner stays."""
        return await self._node.run(self._release(key, channel))

    async def find(self, key: str, *, stale: bool = False) -> Session | None:
        """Return the newest session of *key* on a node that is there; with *stale*, while the engine is away, what was known last.

        Raises:
            EngineLostError: the engine is away, and the session is not one of this node.
        """
        found = await self.find_all(key, stale=stale)
        return found[-1] if found else None

    async def find_all(self, key: str, *, stale: bool = False) -> list[Session]:
        """Return all sessions of *key*, as `find` does, the newest last."""
        return await self._node.run(self._find(key, is_stale_enough=stale))

    async def send(self, key: str, msg: object, *, ack: float | None = None) -> SendOutcome:
        """Send *msg* to the sessions of *key*; those here get it without the engine. With *ack*, wait so many seconds for the answer.

        If cancelled, it may be sent or not.

        Raises:
            EngineLostError: the engine is away, and nobody here has the key.
            TooLargeMessageError: it has more than 1 MiB.
            UnserializableMessageError: it cannot be made into bytes.
        """
        return await self._node.run(self._send(key, msg, ack))

    async def kick(self, key: str) -> int:
        """End all sessions of *key*, as a later claim would, and return how many there were.

        Raises:
            EngineLostError: the engine is away.
        """
        return await self._node.run(self._kick_all(key))

    # Claims.

    async def _claim(self, key: str, channel: Channel, policy: ClaimPolicy) -> Session | None:
        owned = Owned(key, f"{self._node.id}/{channel.id}", channel, policy, self._calendar())
        if not self._node.is_up:
            return self._claim_alone(owned)
        before = self._owned.get(key, owned.owner)
        self._releases.pop((key, owned.owner), None)
        self._owned.add(owned)
        try:
            claimed = await self._ask(owned)
        except EngineLostError:
            self._owned.remove(owned)
            return self._claim_alone(owned)
        except BaseException:
            self._end(owned)
            raise
        if not claimed.is_owner or owned.is_over:
            self._owned.remove(owned)
            if owned.is_over:
                self._give_back(owned)
            return None
        owned.stamp, owned.is_confirmed = claimed.stamp, True
        if before is None:
            self._watch(owned)
        self._kick_others(owned, claimed)
        return owned.session(self._node.id)

    async def _ask(self, owned: Owned) -> Claimed:
        """Claim; what refuses it is looked at once more, since the owner may be one of a node that is gone."""
        (claimed,) = await self._node.engine.claim(Table.SESSIONS, [owned.claim(self._node.id)], owned.policy)
        if claimed.is_owner or any(self._is_there(entry) for entry in claimed.others):
            return claimed
        await self._node.engine.release(Table.SESSIONS, [(owned.key, entry.owner) for entry in claimed.others])
        (claimed,) = await self._node.engine.claim(Table.SESSIONS, [owned.claim(self._node.id)], owned.policy)
        return claimed

    def _claim_alone(self, owned: Owned) -> Session | None:
        """Claim without the engine: what others say is settled when it is back."""
        if self._node.properties.on_engine_loss == "refuse":
            self._node.check_up()
        others = [other for other in self._owned.of(owned.key) if other.owner != owned.owner]
        if others and owned.policy is ClaimPolicy.REFUSE:
            return None
        self._releases.pop((owned.key, owned.owner), None)
        owned.stamp = max([int(self._calendar() * 1e6), *(other.stamp + 1 for other in others if other.stamp is not None)])
        self._owned.add(owned)
        self._watch(owned)
        if owned.policy is ClaimPolicy.REPLACE:
            for other in others:
                self._lose(other, self._node.id)
        return owned.session(self._node.id)

    def _watch(self, owned: Owned) -> None:
        """Let the end of the channel be that of the session."""

        def watch() -> None:
            owned.channel.close_future.add_listener(lambda _: self._node.call(self._on_closed, owned))

        if owned.channel.in_event_loop():
            watch()
            return
        try:
            owned.channel.loop.call_soon_threadsafe(watch)
        except RuntimeError:  # its loop has ended
            self._end(owned)

    def _on_closed(self, owned: Owned) -> None:
        self._end(self._owned.get(owned.key, owned.owner) or owned)  # it may have been claimed once more meanwhile

    def _end(self, owned: Owned) -> None:
        owned.is_over = True
        if self._owned.remove(owned):
            self._give_back(owned)

    def _give_back(self, owned: Owned) -> None:
        self._releases[owned.key, owned.owner] = None
        self._release_soon()

    def _release_soon(self) -> None:
        if not self._is_releasing and self._node.is_up:
            self._is_releasing = True
            self._node.spawn(self._release_all(), "release sessions")

    async def _release_all(self) -> None:
        """Give back what has ended; what an outage prevents is given back after it."""
        try:
            while self._releases:
                batch = list(itertools.islice(self._releases, _BATCH))
                await self._node.engine.release(Table.SESSIONS, batch)
                for each in batch:
                    self._releases.pop(each, None)
        finally:
            self._is_releasing = False

    async def _release(self, key: str, channel: Channel) -> bool:
        owned = self._owned.get(key, f"{self._node.id}/{channel.id}")
        if owned is None:
            return False
        owned.is_over = True
        self._owned.remove(owned)
        if self._node.is_up:
            with contextlib.suppress(EngineLostError):
                await self._node.engine.release(Table.SESSIONS, [(key, owned.owner)])
                return True
        self._releases[key, owned.owner] = None
        return True

    # Losses.

    def _kick_others(self, owned: Owned, claimed: Claimed) -> None:
        if owned.policy is ClaimPolicy.REPLACE:
            for other in claimed.others:
                self._tell_loss(owned.key, other, claimed.stamp)

    def _tell_loss(self, key: str, entry: Entry, stamp: int) -> None:
        if entry.node == self._node.id:
            other = self._owned.get(key, entry.owner)
            if other is not None:
                self._lose(other, self._node.id)
        else:
            self._node.publish(inbox(entry.node), Kind.KICK, Kick(key, entry.owner, stamp).encode())

    def _lose(self, owned: Owned, by: str) -> None:
        """Tell of a session that has another owner now, and close its channel."""
        owned.is_over = True
        if not self._owned.remove(owned):
            return
        self._give_back(owned)  # an engine that has forgotten the later claim may have this one again
        self.kicked += 1
        event = Kicked(owned.key, owned.channel.id, by)
        self._node.tell(event)

        def end() -> None:
            owned.channel.pipeline().fire_user_event_triggered(event)
            owned.channel.close()

        if owned.channel.in_event_loop():
            end()
        else:
            with contextlib.suppress(RuntimeError):  # its loop has ended, and so has it
                owned.channel.loop.call_soon_threadsafe(end)

    def _on_kick(self, envelope: Envelope) -> None:
        kick = Kick.decode(envelope.payload)
        owned = self._owned.get(kick.key, kick.owner)
        if owned is not None and (owned.stamp is None or kick.stamp >= owned.stamp):
            self._lose(owned, envelope.sender)

    async def _kick_all(self, key: str) -> int:
        self._node.check_up()
        (entries,) = await self._node.engine.find(Table.SESSIONS, [key])
        await self._node.engine.release(Table.SESSIONS, [(key, entry.owner) for entry in entries])
        for entry in entries:
            self._tell_loss(key, entry, entry.stamp)
        return len(entries)

    # Said again.

    def _cancel_pass(self) -> None:
        if self._pass is not None:
            self._pass.cancel()

    def _plan_pass(self) -> None:
        self._cancel_pass()
        self._pass = self._node.loop.call_later(_PASS_SECONDS, self._begin_pass)

    def _begin_pass(self) -> None:
        self._pass = None
        if self._node.is_up:
            self._node.spawn(self._claim_again(), "claim the sessions again")
            self._plan_pass()

    async def _claim_again(self) -> None:
        """Say all sessions again, and give back those that have ended."""
        for policy in ClaimPolicy:
            own = [owned for owned in self._owned if owned.policy is policy and owned.stamp is not None]
            for batch in itertools.batched(own, _BATCH):
                await self._settle(batch, policy)
        await self._release_all()

    async def _settle(self, batch: Sequence[Owned], policy: ClaimPolicy) -> None:
        claims = [owned.claim(self._node.id) for owned in batch]
        made = await self._node.engine.claim(Table.SESSIONS, claims, policy)
        for owned, claimed in zip(batch, made, strict=True):
            if not claimed.is_owner and policy is ClaimPolicy.REFUSE and not any(self._is_there(entry) for entry in claimed.others):
                claimed = await self._ask(owned)
            if owned.is_over:
                self._releases[owned.key, owned.owner] = None
            elif claimed.is_owner:
                owned.is_confirmed = True
                self._kick_others(owned, claimed)
            else:
                self._lose(owned, claimed.others[-1].node if claimed.others else "")

    async def _leave(self) -> None:
        """Give everything back, since this node leaves; the channels stay what they are."""
        own = [(owned.key, owned.owner) for owned in self._owned]
        for batch in itertools.batched(own, _BATCH):
            await self._node.engine.release(Table.SESSIONS, batch)

    # Others.

    def _is_there(self, entry: Entry) -> bool:
        return entry.node == self._node.id or entry.node in self._node.roster

    async def _find(self, key: str, *, is_stale_enough: bool) -> list[Session]:
        if not self._node.is_up:
            own = [owned.session(self._node.id) for owned in self._owned.of(key)]
            if own or is_stale_enough:
                last = self._remembered.get(key)
                return own or ([last] if last is not None else [])
            self._node.check_up()
        found = [_session(key, entry) for entry in await self._entries(key)]
        self._remembered.pop(key, None)
        if found:
            self._remembered[key] = found[-1]
            if len(self._remembered) > _MOST_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
        return found

    async def _entries(self, key: str) -> list[Entry]:
        """Return the owners of *key* on nodes that are there; those of others are removed."""
        (entries,) = await self._node.engine.find(Table.SESSIONS, [key])
        gone = [(key, entry.owner) for entry in entries if not self._is_there(entry)]
        if gone:
            self._node.spawn(self._node.engine.release(Table.SESSIONS, gone), "remove sessions of nodes that are gone")
        return [entry for entry in entries if self._is_there(entry)]

    async def _send(self, key: str, msg: object, seconds: float | None) -> SendOutcome:
        try:
            data, content = packed(msg, self._serializer)
        except BaseException:
            let_go(msg)
            raise
        let_go(msg)
        here = self._owned.of(key)
        outcomes = [await self._write(owned, unpacked(data, content, self._serializer)) for owned in here]
        if not here or (here[-1].policy is ClaimPolicy.MANY and self._node.is_up):
            self._node.check_up()
            elsewhere = [entry for entry in await self._entries(key) if entry.node != self._node.id]
            letters = [(entry, Letter(key, entry.owner, data, content)) for entry in elsewhere]
            outcomes += await asyncio.gather(*(self._forward(entry, letter, seconds) for entry, letter in letters))
        for outcome in (SendOutcome.UNKNOWN, SendOutcome.DELIVERED, SendOutcome.FORWARDED):
            if outcome in outcomes:
                return outcome
        return SendOutcome.ABSENT

    async def _write(self, owned: Owned, msg: object) -> SendOutcome:
        try:
            await self._written(owned.channel, msg)
        except Exception as error:  # noqa: BLE001  # whatever a pipeline says: it was not written
            _log.debug("a message for %s was not written: %s", owned.key, error)
            return SendOutcome.ABSENT
        return SendOutcome.DELIVERED

    async def _written(self, channel: Channel, msg: object) -> None:
        if channel.loop is self._node.loop:
            await channel.write_and_flush(msg)
            return

        async def write() -> None:
            await channel.write_and_flush(msg)

        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(write(), channel.loop))

    async def _forward(self, entry: Entry, letter: Letter, seconds: float | None) -> SendOutcome:
        if seconds is None:
            is_heard = await self._node.deliver(entry.node, Kind.SEND, letter.encode())
            return SendOutcome.FORWARDED if is_heard else SendOutcome.ABSENT
        question = next(self._numbers) & 0xFFFFFFFF or next(self._numbers)
        answer = self._questions[question] = self._node.loop.create_future()
        try:
            async with asyncio.timeout(seconds):
                if not await self._node.deliver(entry.node, Kind.SEND, letter._replace(question=question).encode()):
                    return SendOutcome.ABSENT
                return SendOutcome.DELIVERED if await answer else SendOutcome.ABSENT
        except TimeoutError:
            return SendOutcome.UNKNOWN
        finally:
            del self._questions[question]

    def _on_send(self, envelope: Envelope) -> None:
        letter = Letter.decode(envelope.payload)
        self._node.spawn(self._take(envelope.sender, letter), f"a message for {letter.key}")

    async def _take(self, sender: str, letter: Letter) -> None:
        owned = self._owned.get(letter.key, letter.owner)
        outcome = SendOutcome.ABSENT
        if owned is not None:
            outcome = await self._write(owned, unpacked(letter.data, letter.content, self._serializer))
        if letter.question:
            self._node.publish(inbox(sender), Kind.ACK, Ack(letter.question, outcome is SendOutcome.DELIVERED).encode())

    def _on_ack(self, envelope: Envelope) -> None:
        ack = Ack.decode(envelope.payload)
        answer = self._questions.get(ack.question)
        if answer is not None and not answer.done():
            answer.set_result(ack.is_delivered)


def _session(key: str, entry: Entry) -> Session:
    try:
        since = float(entry.value)
    except ValueError:
        since = entry.stamp / 1e6
    return Session(key, entry.node, entry.owner.partition("/")[2], since)
