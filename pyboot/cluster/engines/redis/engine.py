"""RedisEngine: messages by Redis's channels, tables by its hashes and scripts, both over one connection.

One connection, since then what is published, asked and heard has one order, and is lost as one: there is no half of it that is dead while
the other lives. RESP3 lets messages come between the answers.

::

    pb:shop:epoch                  counted up            pb:shop:limit:<name>        until when it is paid for
    pb:shop:leases                 a field for a node    pb:shop:lock:<name>         who has acquired it
    pb:shop:sessions:<n>           a field for a key     pb:shop:presence            names of topics
    pb:shop:buckets                how many of those     pb:shop:presence:<topic>    a field for an owner
    pb:shop:<channel>              of messages
"""

import asyncio
import math
import ssl
import zlib
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, ClassVar, Final, Self, final, override

from pyboot.cluster.engine import ClusterEngine, EngineListener, EngineSetup, EngineState
from pyboot.cluster.errors import EngineLostError, EngineRefusedError
from pyboot.cluster.member import Member
from pyboot.cluster.rate import Rate, Taken
from pyboot.cluster.table import Claim, Claimed, ClaimPolicy, Entry, Table
from pyboot.components.netty.codec.redis import RedisResponseError
from pyboot.components.netty.errors import NettyError

from .connection import Command, RedisConnection, Unanswered
from .properties import RedisProperties
from .rows import entries_of, raw, row_body, text
from .scripts import ACQUIRE, CLAIM, LEASE, MEMBERS, REFRESH, RELEASE, TAKE, Script
from .sentinels import server_of

__all__ = ["RedisEngine"]

_CLAIMS_OF_A_SCRIPT: Final = 200  # about two milliseconds of the server, which does nothing else meanwhile
_SCRIPTS_AT_ONCE: Final = 8
_COMMANDS_AT_ONCE: Final = 1_000
_BUCKETS_AT_ONCE: Final = 16
_PENDING_BYTES: Final = 256 * 1024
_OUTSTANDING: Final = 20_000
# Answers of a server that will answer the same until another one is connected to.
_USELESS: Final = frozenset(("READONLY", "LOADING", "MASTERDOWN", "NOAUTH", "CLUSTERDOWN", "MOVED"))


@final
class RedisEngine(ClusterEngine):
    """The engine ``redis``."""

    name: ClassVar = "redis"
    properties: ClassVar = RedisProperties

    def __init__(self, setup: EngineSetup, properties: RedisProperties) -> None:
        """Be the engine of ``setup.node``, not connected."""
        self._setup = setup
        self._settings = properties
        self._prefix = raw(setup.prefix)
        self._timeout_seconds = properties.timeout.total_seconds()
        self._state = EngineState.LOST
        self._reason = "it was not connected yet"
        self._connection: RedisConnection | None = None
        self._listener: EngineListener | None = None
        self._telling: asyncio.Handle | None = None
        self._pending: list[Command] = []
        self._pending_bytes = 0
        self._flushing: asyncio.Handle | None = None
        self._was_full = False

    @classmethod
    @override
    def create(cls, setup: EngineSetup) -> Self:
        return cls(setup, setup.bind(RedisProperties))

    # The connection.

    @property
    @override
    def state(self) -> EngineState:
        return self._state

    @override
    async def connect(self, listener: EngineListener) -> None:
        if self._state is EngineState.CLOSED:
            raise EngineLostError(self.name, self._reason)
        self.drop()
        server = await server_of(self._settings, self._tls, self._timeout_seconds)
        connection = await RedisConnection.open(server, self, self._timeout_seconds)
        try:
            await self._greet(connection)
        except BaseException:
            connection.abort()
            raise
        if self.state is EngineState.CLOSED:  # meanwhile
            connection.abort()
            raise EngineLostError(self.name, self._reason)
        self._connection, self._listener, self._state = connection, listener, EngineState.UP
        connection.channel.close_future.add_listener(lambda closed: self._lose(connection, "the connection was closed"))

    def _tls(self, is_secure: bool) -> "ssl.SSLContext | bool":
        if self._settings.tls is None:
            return is_secure
        assert self._setup.bundle is not None  # an application has it
        context: ssl.SSLContext = self._setup.bundle(self._settings.tls)
        return context

    async def _greet(self, connection: RedisConnection) -> None:
        probe, buckets = self._prefix + b"probe", self._prefix + b"buckets"
        await connection.greet(
            self._setup.node,
            [
                (b"PUBLISH", probe, b""),
                (b"EVAL", b"return redis.call('EXISTS', KEYS[1])", b"1", probe),
                (b"SET", buckets, b"%d" % self._setup.buckets, b"NX"),
            ],
        )
        (number,) = await self._values(connection, [(b"GET", buckets)])
        if number != b"%d" % self._setup.buckets:
            raise EngineRefusedError(
                self.name,
                str(connection.server),
                f"other nodes keep sessions in {text(number or b'no')} buckets, this one in {self._setup.buckets}: "
                "cluster.sessions.buckets has to be the same for all",
            )

    @override
    def drop(self) -> None:
        self._end(EngineState.LOST, "the connection was given up")

    @override
    async def close(self) -> None:
        connection = self._connection
        if connection is not None and self._state is EngineState.UP:
            try:
                await self._ask([(b"PING",)])  # answered behind all that was published
            except EngineLostError:
                pass  # it is lost: that is told nobody who closes
        self._end(EngineState.CLOSED, "it is closed")

    def _end(self, state: EngineState, reason: str) -> None:
        """Be without a connection, and tell nobody."""
        connection, self._connection = self._connection, None
        if self._state is not EngineState.CLOSED:
            self._state, self._reason = state, reason
        for handle in (self._telling, self._flushing):
            if handle is not None:
                handle.cancel()
        self._telling = self._flushing = None
        self._pending, self._pending_bytes, self._was_full = [], 0, False
        if connection is not None:
            connection.abort()

    def _lose(self, connection: RedisConnection, reason: str) -> EngineLostError:
        """Take note that *connection* is of no use, and tell the listener, if it is the one in use."""
        cause = connection.channel.close_cause
        error = EngineLostError(self.name, reason if cause is None else f"{reason}: {cause}")
        if connection is self._connection:
            listener = self._listener
            assert listener is not None
            self._end(EngineState.LOST, error.reason)
            self._telling = connection.channel.loop.call_soon(listener.on_lost, error)
        return error

    # Questions and answers.

    def _in_use(self) -> RedisConnection:
        connection = self._connection
        if connection is None:
            raise EngineLostError(self.name, self._reason)
        return connection

    async def _ask(self, commands: Sequence[Command]) -> list[Any]:
        """Return the answers of *commands*, which stand behind what was published before."""
        connection = self._in_use()
        self._flush()
        return await self._values(connection, commands)

    async def _values(self, connection: RedisConnection, commands: Sequence[Command]) -> list[Any]:
        values = await self._answers(connection, commands)
        for value in values:
            if isinstance(value, RedisResponseError):
                raise self._refusal(connection, value)
        return values

    async def _answers(self, connection: RedisConnection, commands: Sequence[Command]) -> list[Any]:
        try:
            values: list[Any] = await connection.answer(connection.client.ask(commands))
        except Unanswered as error:
            raise self._lose(connection, f"no answer within {self._timeout_seconds:g} s") from error
        except (NettyError, ConnectionError) as error:
            raise self._lose(connection, "the connection was lost before the answer came") from error
        self._tell_room()
        return values

    def _refusal(self, connection: RedisConnection, error: RedisResponseError) -> EngineLostError:
        """Return what is to be raised for an error that the server answers: a server that is of no use is given up."""
        if error.code in _USELESS:
            return self._lose(connection, f"the server answers: {error}")
        return EngineLostError(self.name, f"the server answers: {error}")

    async def _run(self, runs: Sequence[tuple[Script, tuple[bytes, ...]]]) -> list[Any]:
        """Return what scripts return; one that the server does not know is sent whole."""
        connection = self._in_use()
        self._flush()
        values = await self._answers(connection, [command for _, command in runs])
        for at, value in enumerate(values):
            if isinstance(value, RedisResponseError):
                if value.code != "NOSCRIPT":
                    raise self._refusal(connection, value)
                script, command = runs[at]
                (values[at],) = await self._values(connection, [script.whole(command)])
        return values

    # Messages.

    @property
    @override
    def is_writable(self) -> bool:
        connection = self._connection
        if connection is None:
            return False
        is_full = (
            self._pending_bytes >= _PENDING_BYTES or not connection.channel.is_writable or connection.client.outstanding >= _OUTSTANDING
        )
        self._was_full |= is_full  # whoever was told so is told when it is over
        return not is_full

    @override
    def publish(self, channel: str, frames: Sequence[bytes]) -> None:
        # hot path: once per message to other nodes; those of one turn of the loop leave together
        connection = self._connection
        if connection is None:
            raise EngineLostError(self.name, self._reason)
        name = self._prefix + raw(channel)
        for frame in frames:
            self._pending.append((b"PUBLISH", name, frame))
            self._pending_bytes += len(frame) + len(name)
        if self._flushing is None:
            self._flushing = connection.channel.loop.call_soon(self._flush)

    def _flush(self) -> None:
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        connection = self._connection
        if connection is None or not self._pending:
            return
        commands, self._pending, self._pending_bytes = self._pending, [], 0
        try:
            connection.client.ask(commands).add_done_callback(lambda answered: self._has_published(connection, answered))
        except NettyError as error:
            self._lose(connection, str(error))
        else:
            connection.channel.loop.call_soon(self._tell_room)

    def _has_published(self, connection: RedisConnection, answered: "asyncio.Future[Any]") -> None:
        error = answered.exception()
        if error is not None:
            self._lose(connection, "the connection was lost")
            return
        for value in answered.result():
            if isinstance(value, RedisResponseError):
                self._lose(connection, f"the server answers to a message: {value}")  # the next one it would answer likewise
                return
        self._tell_room()

    def _tell_room(self) -> None:
        if self._was_full and self.is_writable and self._listener is not None:
            self._was_full = False
            self._listener.on_writable()

    @override
    async def deliver(self, channel: str, frame: bytes) -> bool:
        (hearing,) = await self._ask([(b"PUBLISH", self._prefix + raw(channel), frame)])
        return bool(hearing)

    @override
    async def subscribe(self, channels: Iterable[str]) -> None:
        await self._change(b"SUBSCRIBE", channels)

    @override
    async def unsubscribe(self, channels: Iterable[str]) -> None:
        await self._change(b"UNSUBSCRIBE", channels)

    async def _change(self, command: bytes, channels: Iterable[str]) -> None:
        names = [self._prefix + raw(channel) for channel in channels]
        connection = self._in_use()
        for begin in range(0, len(names), _COMMANDS_AT_ONCE):
            self._flush()
            connection.client.send(command, *names[begin : begin + _COMMANDS_AT_ONCE])
            await self._values(connection, [(b"PING",)])  # pushes answer a subscription, and all of them come before this

    # What the connection calls.

    def on_messages(self, messages: list[list[bytes]]) -> None:
        """Hand on the messages of one read, those of one channel that follow each other at once."""
        # hot path: once per read
        listener = self._listener
        if listener is None or self._connection is None:
            return
        size = len(self._prefix)
        last, frames = messages[0][1], [messages[0][2]]
        for _, channel, frame in messages[1:]:
            if channel == last:
                frames.append(frame)
                continue
            listener.on_frames(text(last[size:]), frames)
            last, frames = channel, [frame]
        listener.on_frames(text(last[size:]), frames)

    def on_room(self) -> None:
        """Tell the listener, if it was told that there is none."""
        self._tell_room()

    # Nodes.

    @override
    async def epoch(self) -> int:
        (epoch,) = await self._ask([(b"INCR", self._prefix + b"epoch")])
        return int(epoch)

    @override
    async def lease(self, member: Member, seconds: float) -> None:
        await self._of_lease(LEASE, member, seconds)

    @override
    async def refresh(self, member: Member, seconds: float) -> bool:
        return bool(await self._of_lease(REFRESH, member, seconds))

    async def _of_lease(self, script: Script, member: Member, seconds: float) -> Any:
        arguments = raw(member.node), b"%d" % member.epoch, _milliseconds(seconds), member.info
        (value,) = await self._run([(script, script.by_digest([self._leases], *arguments))])
        return value

    @property
    def _leases(self) -> bytes:
        return self._prefix + b"leases"

    @override
    async def leave(self, node: str) -> None:
        await self._ask([(b"HDEL", self._leases, raw(node))])

    @override
    async def members(self) -> Sequence[Member]:
        (found,) = await self._run([(MEMBERS, MEMBERS.by_digest([self._leases]))])
        return [Member(text(node), int(epoch), info, left / 1000) for node, epoch, left, info in found]

    @override
    async def acquire(self, name: str, owner: str, seconds: float) -> bool:
        key = self._prefix + b"lock:" + raw(name)
        (is_given,) = await self._run([(ACQUIRE, ACQUIRE.by_digest([key], raw(owner), _milliseconds(seconds)))])
        return bool(is_given)

    # Tables.

    def _hash(self, table: Table, key: str) -> bytes:
        """Return where *key* is kept: a bucket of many keys, or a hash of its own."""
        name = raw(key)
        if table is Table.SESSIONS:
            return self._bucket(zlib.crc32(name) % self._setup.buckets)
        return self._prefix + b"presence:" + name

    def _bucket(self, number: int) -> bytes:
        return self._prefix + b"sessions:%d" % number

    @property
    def _topics(self) -> bytes:
        return self._prefix + b"presence"

    @override
    async def claim(self, table: Table, claims: Sequence[Claim], policy: ClaimPolicy) -> Sequence[Claimed]:
        mode, rule = table.value.encode(), policy.value.encode()
        runs = []
        for begin in range(0, len(claims), _CLAIMS_OF_A_SCRIPT):
            some = claims[begin : begin + _CLAIMS_OF_A_SCRIPT]
            arguments = [mode, rule]
            for key, owner, node, value, stamp in some:
                arguments += (raw(key), raw(owner), row_body(owner, node, value), b"" if stamp is None else b"%d" % stamp)
            keys = [*[self._hash(table, claim.key) for claim in some], self._topics]
            runs.append((CLAIM, CLAIM.by_digest(keys, *arguments)))
        made = [each for values in await self._run_all(runs) for each in values]
        return [Claimed(bool(is_owner), stamp, tuple(entries_of(others))) for is_owner, stamp, others in made]

    async def _run_all(self, runs: Sequence[tuple[Script, tuple[bytes, ...]]]) -> list[Any]:
        self._in_use()
        values: list[Any] = []
        for begin in range(0, len(runs), _SCRIPTS_AT_ONCE):  # each with its own time
            values += await self._run(runs[begin : begin + _SCRIPTS_AT_ONCE])
        return values

    @override
    async def release(self, table: Table, owned: Sequence[tuple[str, str]]) -> int:
        runs = []
        for begin in range(0, len(owned), _CLAIMS_OF_A_SCRIPT):
            some = owned[begin : begin + _CLAIMS_OF_A_SCRIPT]
            keys = [*[self._hash(table, key) for key, _ in some], self._topics]
            runs.append((RELEASE, RELEASE.by_digest(keys, table.value.encode(), *[raw(name) for pair in some for name in pair])))
        return sum(await self._run_all(runs))

    @override
    async def find(self, table: Table, keys: Sequence[str]) -> Sequence[Sequence[Entry]]:
        self._in_use()
        found: list[Sequence[Entry]] = []
        for begin in range(0, len(keys), _COMMANDS_AT_ONCE):
            some = keys[begin : begin + _COMMANDS_AT_ONCE]
            if table is Table.SESSIONS:
                rows = await self._ask([(b"HGET", self._hash(table, key), raw(key)) for key in some])
            else:
                rows = [b"".join(values) for values in await self._ask([(b"HVALS", self._hash(table, key)) for key in some])]
            found += [entries_of(each or b"") for each in rows]
        return found

    @override
    async def scan(self, table: Table) -> AsyncIterator[tuple[str, Entry]]:
        if table is Table.SESSIONS:
            for begin in range(0, self._setup.buckets, _BUCKETS_AT_ONCE):
                numbers = range(begin, min(begin + _BUCKETS_AT_ONCE, self._setup.buckets))
                for kept in await self._ask([(b"HGETALL", self._bucket(number)) for number in numbers]):
                    for key, rows in kept.items():
                        for entry in entries_of(rows):
                            yield text(key), entry
        else:
            (topics,) = await self._ask([(b"SMEMBERS", self._topics)])
            for topic in topics:
                (values,) = await self._ask([(b"HVALS", self._prefix + b"presence:" + topic)])
                for entry in entries_of(b"".join(values)):
                    yield text(topic), entry

    # Limits.

    @override
    async def take(self, name: str, tokens: int, rate: Rate) -> Taken:
        key = self._prefix + b"limit:" + raw(name)
        arguments = b"%d" % tokens, repr(float(rate.per_second)).encode(), b"%d" % rate.burst
        (wait,) = await self._run([(TAKE, TAKE.by_digest([key], *arguments))])
        return Taken(wait == 0, wait / 1e6)


def _milliseconds(seconds: float) -> bytes:
    return b"%d" % max(1, math.ceil(seconds * 1000))
