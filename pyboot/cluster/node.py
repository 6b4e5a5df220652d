"""ClusterNode: this process as one of several: it joins, keeps its lease, hears itself, finds out who is there, and joins again.

Theory of operation. One task, `_run`, makes the connection and keeps it: `_join` connects, subscribes, takes a lease, lets the features
claim what they have, sends what has waited, and only then is the node up; `_stay` then looks at the clock until something is wrong. All
that is wrong with the engine ends there as an `EngineLostError`, whoever met it: one place says ``LOST``, and one comes back.

A connection that says it is well may be dead, and one half of it as well. So each refresh sends a heartbeat to the node's own inbox: while
it comes back, publishing and hearing work; silence for ``engine-timeout`` is a loss. A process that was stopped may find that its lease is
gone: then it is ``OUT``, for others may have taken what it had, and takes a new epoch and claims again before it acts for anybody.
"""

import asyncio
import contextlib
import json
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, final

from pyboot.boot import Phase

from .engine import ClusterEngine, EngineState
from .envelope import Content, Envelope, Kind, decode, encode
from .errors import ClusterError, EngineLostError, EngineRefusedError, EngineTooOldError, SharedPrefixError
from .events import ClusterStateChanged, EngineLost, NodeJoined, NodeLeft
from .member import Member
from .outage_queue import OutageQueue
from .outbox import Outbox
from .outlet import EventOutlet
from .properties import ClusterProperties
from .roster import Roster
from .state import MOVES, NodeState
from .subscriptions import Hear, Subscriptions

__all__ = ["CONTROL", "ClusterNode", "inbox"]

_log = logging.getLogger("pyboot.cluster")

CONTROL: Final = "all"
_TICK_SECONDS: Final = 1.0
_LEAST_PAUSE_SECONDS: Final = 0.1
_MOST_PAUSE_SECONDS: Final = 5.0


def inbox(node: str) -> str:
    """Return the channel that the node *node* hears alone."""
    return f"n:{node}"


@final
class ClusterNode:
    """This process as a node; a lifecycle bean, up before everything that uses it and down after it. All of it happens on one loop."""

    phase = Phase.CLIENTS
    keeps_alive = False

    def __init__(
        self,
        node: str,
        engine: ClusterEngine,
        properties: ClusterProperties,
        outlet: EventOutlet,
        *,
        application: str = "application",
        facts: Mapping[str, Any] | None = None,
        chance: random.Random | None = None,
    ) -> None:
        """Be the node *node* of *application* at *engine*, which tells others *facts*; *chance* spreads the attempts of many."""
        self.id = node
        self.engine = engine
        self.properties = properties
        self.application = application
        self.epoch = 0
        self.state = NodeState.CONNECTING
        self.roster = Roster(node)
        self.outlet = outlet
        self.queue = OutageQueue(properties.queue.messages, properties.queue.size, properties.queue.age.total_seconds())
        self.facts = dict(facts or {})
        self.last_error: Exception | None = None
        self.since = 0.0
        self.echo_seconds = 0.0
        self.unknown_frames = 0
        self.strangers = 0
        self.losses = 0
        self.claim_again: list[Callable[[], Awaitable[None]]] = []
        """What features do when the lease is there and before anything is sent: claim what they have."""
        self.on_up: list[Callable[[], None]] = []
        self.on_polled: list[Callable[[], None]] = []
        self.told: dict[str, Callable[[], object]] = {}
        """What the lease tells others of this node, besides `facts`."""
        self.on_left: list[Callable[[Member, bool], None]] = []
        self.on_leaving: list[Callable[[], Awaitable[None]]] = []
        self.on_closed: list[Callable[[], None]] = []
        self._chance = chance or random.Random()  # noqa: S311  # pauses, no secrets
        self._subscriptions = Subscriptions(engine)
        self._outbox = Outbox(engine, self.queue, lambda: self.now)
        self._kinds: dict[Kind, Hear] = {Kind.HEARTBEAT: self._on_heartbeat}
        self._control: dict[Kind, Hear] = {Kind.JOINED: self._on_joined, Kind.LEAVING: self._on_leaving}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: asyncio.Task[None] | None = None
        self._loss: asyncio.Future[Exception] | None = None
        self._first: asyncio.Future[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._heard_at = self._next_refresh = self._next_poll = 0.0
        self.hear(inbox(node), self._on_inbox)
        self.hear(CONTROL, self._on_control)

    # What others use.

    @property
    def is_up(self) -> bool:
        """True while the engine may be asked."""
        return self.state is NodeState.UP

    def check_up(self) -> None:
        """Raise EngineLostError unless the node is up."""
        if self.state is not NodeState.UP:
            raise EngineLostError(self.engine.name, self.reason)

    @property
    def reason(self) -> str:
        """The reason for which the node is not up."""
        return str(self.last_error) if self.last_error is not None else f"the node is {self.state.value}"

    def hear(self, channel: str, hear: Hear) -> None:
        """Let *hear* hear *channel* from as soon as the engine knows; `subscribed` waits for that."""
        self._subscriptions.add(channel, hear)
        self._sync()

    def ignore(self, channel: str) -> None:
        """Hear *channel* no more."""
        self._subscriptions.remove(channel)
        self._sync()

    async def subscribed(self) -> None:
        """Wait until the engine knows what is heard now; without an engine that is not waited for."""
        while self.is_up and not self._subscriptions.is_settled:
            await self._subscriptions.wait()

    def on_kind(self, kind: Kind, hear: Hear) -> None:
        """Let *hear* hear what of *kind* known nodes send to the inbox of this one."""
        self._kinds[kind] = hear

    def on_control(self, kind: Kind, hear: Hear) -> None:
        """Let *hear* hear what of *kind* nodes send to all."""
        self._control[kind] = hear

    def publish(self, channel: str, kind: Kind, payload: bytes = b"", *, number: int = 0, content: Content = Content.BYTES) -> None:
        """Send to all that hear *channel*; while the engine is away, or takes no more, what is sent waits in the queue."""
        self._outbox.put(channel, encode(Envelope(kind, self.id, self.epoch, number, payload, content)))

    async def deliver(self, node: str, kind: Kind, payload: bytes) -> bool:
        """Send to the inbox of *node*, and tell whether anybody hears it.

        Raises:
            EngineLostError: the engine is away.
        """
        self.check_up()
        return await self.engine.deliver(inbox(node), encode(Envelope(kind, self.id, self.epoch, 0, payload)))

    async def flushed(self) -> None:
        """Wait until the engine's connection takes more; without one that is not waited for."""
        await self._outbox.flushed()

    def tell(self, event: object) -> None:
        """Publish *event* to the application."""
        self.outlet.tell(event)

    def spawn(self, work: Any, name: str) -> None:
        """Run the coroutine *work* beside everything else; what it raises is logged, but for a lost engine."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    def _on_done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception) and not isinstance(error, EngineLostError):  # it must not end anything else
            _log.error("%s failed", task.get_name(), exc_info=error)

    async def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Run *work* on the node's loop, whichever this one is."""
        if asyncio.get_running_loop() is self.loop:
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that the node lives on."""
        assert self._loop is not None
        return self._loop

    @property
    def now(self) -> float:
        """The time of the loop in seconds."""
        return self._loop.time() if self._loop is not None else 0.0

    def call(self, method: Callable[..., object], *arguments: object) -> None:
        """Call *method* on the node's loop, at once if the caller is there; never where there is no loop any more."""
        if self._loop is None:
            return
        try:
            if asyncio.get_running_loop() is self._loop:
                method(*arguments)
                return
        except RuntimeError:  # a plain thread
            pass
        with contextlib.suppress(RuntimeError):  # closed
            self._loop.call_soon_threadsafe(method, *arguments)

    # Start and stop.

    async def start(self) -> None:
        """Join the cluster, as ``start-policy`` says.

        Raises:
            ClusterError: it cannot be joined.
        """
        self._loop = asyncio.get_running_loop()
        self.since = self.now
        self._first = self._loop.create_future()
        self._running = self._loop.create_task(self._run(), name="node of the cluster")
        if self.properties.start_policy == "continue":
            self._first.add_done_callback(_looked_at)
            return
        seconds = self.properties.start_timeout.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                await self._first
        except TimeoutError:
            error = self.last_error or EngineLostError(self.engine.name, f"it was not there within {seconds:g} s (cluster.start-timeout)")
            await self._end()
            raise error from None
        except BaseException:
            await self._end()
            raise

    async def stop(self) -> None:
        """Leave in order: give back what is owned, say so, and close the connection."""
        if self.is_up:
            try:
                for leave in self.on_leaving:
                    await leave()
                self.publish(CONTROL, Kind.LEAVING)
                await self.engine.leave(self.id)
            except ClusterError as error:
                _log.warning("the node leaves without saying so: %s", error)
        await self._end()

    async def _end(self) -> None:
        self._move(NodeState.CLOSED)
        for task in [*self._tasks, *([self._running] if self._running else [])]:
            task.cancel()
        await asyncio.gather(*self._tasks, *([self._running] if self._running else []), return_exceptions=True)
        for close in self.on_closed:
            close()
        await self._subscriptions.close()
        await self.engine.close()
        await self.outlet.close()

    # The connection.

    async def _run(self) -> None:
        attempt = 0
        while True:
            self._loss = self.loop.create_future()
            try:
                await self._join()
                attempt = 0
                await self._stay()
            except ClusterError as error:
                self.engine.drop()
                self._on_error(error)
            await asyncio.sleep(self._pause(attempt))
            attempt += 1

    def _pause(self, attempt: int) -> float:
        """Full jitter: all nodes lose the engine at once, and must not come back at once."""
        return self._chance.uniform(_LEAST_PAUSE_SECONDS, min(_MOST_PAUSE_SECONDS, 0.2 * 2.0 ** min(attempt, 10)))

    def _on_error(self, error: ClusterError) -> None:
        is_final = isinstance(error, EngineRefusedError | EngineTooOldError | SharedPrefixError)
        is_new = type(error) is not type(self.last_error) or self.state in (NodeState.UP, NodeState.OUT)
        self.last_error = error
        if self.state in (NodeState.UP, NodeState.OUT):
            self.losses += 1
            self._move(NodeState.LOST, str(error))
            self.tell(EngineLost(str(error)))
        if is_new and is_final:
            _log.error("%s %s", error, error.action)
        elif is_new and self.state is NodeState.CONNECTING:
            _log.warning("%s", error)
        if self._first is not None and not self._first.done() and is_final and self.properties.start_policy == "wait":
            self._first.set_exception(error)

    async def _join(self) -> None:
        """Connect and be up: subscribed, leased, claimed, and then what has waited is sent."""
        await self.engine.connect(self)
        await self._subscriptions.begin()
        await self._be_leased()
        await self._poll()
        self._be_up()
        self._beat()
        if self._first is not None and not self._first.done():
            self._first.set_result(None)

    async def _be_leased(self) -> None:
        seconds = self.properties.lease.total_seconds()
        if not self.epoch or not await self.engine.refresh(self._member(), seconds):
            if self.epoch:
                self._move(NodeState.OUT, "its lease was gone")
                self.roster.be_patient(self.now + seconds)
            await self._check_prefix()
            self.epoch = await self.engine.epoch()
            await self.engine.lease(self._member(), seconds)
            self.engine.publish(CONTROL, [encode(Envelope(Kind.JOINED, self.id, self.epoch, 0, self._member().info))])
        self._next_refresh = self.now + self.properties.refresh_seconds
        for claim in self.claim_again:
            await claim()

    async def _check_prefix(self) -> None:
        for member in await self.engine.members():
            other = member.facts.get("application", self.application)
            if other != self.application:
                raise SharedPrefixError(self.properties.prefix_for(self.application), self.application, str(other), member.node)

    def _member(self) -> Member:
        facts = {"application": self.application, **self.facts, **{name: told() for name, told in self.told.items()}}
        return Member(self.id, self.epoch, json.dumps(facts).encode())

    async def _stay(self) -> None:
        """Look at the clock until something is wrong, which is raised."""
        assert self._loss is not None
        last = self.now
        lease, silence = self.properties.lease.total_seconds(), self.properties.engine_timeout.total_seconds()
        while True:
            due = min(last + _TICK_SECONDS, self._next_refresh, self._next_poll)
            await asyncio.wait({self._loss}, timeout=max(0.01, due - self.now))
            if self._loss.done():
                raise self._loss.result()
            late = self.now - max(due, last)
            last = self.now
            if late > lease:
                await self._be_out(f"its loop stood still for {late:.1f} s")
            if late > _TICK_SECONDS:
                self._heard_at = min(last, self._heard_at + late)  # what came meanwhile is read now
            if last - self._heard_at > silence:
                raise EngineLostError(self.engine.name, f"its own heartbeat was not heard for {silence:g} s")
            if last >= self._next_refresh:
                await self._refresh()
            elif last >= self._next_poll:
                await self._poll()

    async def _refresh(self) -> None:
        self._next_refresh = self.now + self.properties.refresh_seconds
        if not await self.engine.refresh(self._member(), self.properties.lease.total_seconds()):
            await self._be_out("its lease was gone")
        self._beat()
        await self._poll()

    async def _be_out(self, reason: str) -> None:
        """Have no lease: take another epoch, claim again what is there, and be up then."""
        self._move(NodeState.OUT, reason)
        self.roster.be_patient(self.now + self.properties.lease.total_seconds())
        await self.engine.leave(self.id)
        await self._be_leased()
        self._be_up()

    def _be_up(self) -> None:
        self._outbox.open()
        self._heard_at = self.now
        self._move(NodeState.UP)
        for tell in self.on_up:
            tell()

    async def _poll(self) -> None:
        """Ask who is there, and look again when the next lease may end."""
        members = await self.engine.members()
        changes = self.roster.update(members, self.now)
        for member in changes.joined:
            self.tell(NodeJoined(member.node))
        for member in changes.left:
            self._tell_left(member, is_orderly=False)
        for tell in self.on_polled:
            tell()
        soonest = min((member.seconds_left for member in members if member.node != self.id), default=60.0)
        self._next_poll = self.now + max(0.2, soonest + 0.1)

    def _tell_left(self, member: Member, *, is_orderly: bool) -> None:
        count = member.facts.get("sessions", 0)
        _log.info("the node %s has left%s", member.node, "" if is_orderly else " without a word")
        self.tell(NodeLeft(member.node, count if isinstance(count, int) else 0, is_orderly))
        for tell in self.on_left:
            tell(member, is_orderly)

    def _beat(self) -> None:
        self.engine.publish(inbox(self.id), [encode(Envelope(Kind.HEARTBEAT, self.id, self.epoch, int(self.now * 1e6)))])

    def _sync(self) -> None:
        if self.state is NodeState.UP:
            self._subscriptions.sync()

    def _move(self, state: NodeState, reason: str = "") -> None:
        if state is self.state:
            return
        if state not in MOVES[self.state]:
            raise RuntimeError(f"a node that is {self.state.value} cannot be {state.value}")
        self.state = state
        self.since = self.now
        level = logging.INFO if state in (NodeState.UP, NodeState.CLOSED) else logging.WARNING
        _log.log(level, "the node %s is %s%s", self.id, state.value.upper(), f": {reason}" if reason else "")
        if state is NodeState.UP:
            self.last_error = None
            self._sync()
        else:
            self._outbox.shut()
        self.tell(ClusterStateChanged(state, reason))

    # What the engine calls.

    def on_lost(self, error: Exception) -> None:
        """Take note of a loss."""
        if self._loss is not None and not self._loss.done():
            self._loss.set_result(error if isinstance(error, ClusterError) else EngineLostError(self.engine.name, str(error)))

    def on_writable(self) -> None:
        """Go on sending."""
        self._outbox.on_writable()

    # hot path: once per read of the engine's connection
    def on_frames(self, channel: str, frames: Sequence[bytes]) -> None:
        """Hand what came to who hears *channel*; what it raises is logged, since the reader must not end."""
        hear = self._subscriptions.get(channel)
        if hear is None:
            return  # it was unsubscribed a moment ago
        for frame in frames:
            envelope = decode(frame)
            if envelope is None:
                self.unknown_frames += 1
                continue
            try:
                hear(envelope)
            except Exception:  # noqa: BLE001  # of a feature, or of the application's own code
                _log.exception("a message on %s from %s could not be handled", channel, envelope.sender)

    def _on_inbox(self, envelope: Envelope) -> None:
        hear = self._kinds.get(envelope.kind)
        if hear is None:
            self.unknown_frames += 1
        elif envelope.sender == self.id or envelope.sender in self.roster:
            hear(envelope)
        else:
            self.spawn(self._look_up(hear, envelope), f"look for the node {envelope.sender}")

    async def _look_up(self, hear: Hear, envelope: Envelope) -> None:
        """Hear what a node says that is not known here, if it has a lease: only nodes may command."""
        self.check_up()
        await self._poll()
        if envelope.sender in self.roster:
            hear(envelope)
        else:
            self.strangers += 1
            _log.warning("a message of %s, which has no lease, is not heeded", envelope.sender)

    def _on_heartbeat(self, envelope: Envelope) -> None:
        if envelope.sender == self.id:
            self._heard_at = self.now
            self.echo_seconds = max(0.0, self.now - envelope.number / 1e6)

    def _on_control(self, envelope: Envelope) -> None:
        if envelope.sender != self.id:
            hear = self._control.get(envelope.kind)
            if hear is None:
                self.unknown_frames += 1
            else:
                hear(envelope)

    def _on_joined(self, envelope: Envelope) -> None:
        if self.roster.add(Member(envelope.sender, envelope.epoch, envelope.payload)):
            self.tell(NodeJoined(envelope.sender))

    def _on_leaving(self, envelope: Envelope) -> None:
        member = self.roster.remove(envelope.sender)
        if member is not None:
            self._tell_left(member, is_orderly=True)

    @property
    def is_connected(self) -> bool:
        """True while there is a connection to the engine."""
        return self.engine.state is EngineState.UP

    def __repr__(self) -> str:
        return f"<ClusterNode {self.id}: {self.state.value}, epoch {self.epoch}, {len(self.roster)} nodes>"


def _looked_at(first: "asyncio.Future[None]") -> None:
    if not first.cancelled():
        first.exception()
