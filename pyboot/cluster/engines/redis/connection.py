"""RedisConnection: one connection to a server: who we are, answers in their time, messages of channels as they come.

::

    connect --> HELLO 3, AUTH --> is it ours to use: version, role, rights --> in use
                                                                            questions and answers, pushes between them
"""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Sequence
from typing import Any, Final, NamedTuple, Protocol, Self, final, override

from pyboot.cluster.errors import EngineRefusedError, EngineTooOldError, EngineUnreachableError
from pyboot.components.netty import Bootstrap, Channel, ChannelHandler, ChannelHandlerContext, ChannelOption, WriteBufferWaterMark
from pyboot.components.netty.codec.redis import (
    PushRedisMessage,
    RedisClientHandler,
    RedisDecoder,
    RedisDecoderConfig,
    RedisMessage,
    RedisResponseError,
)
from pyboot.components.netty.errors import NettyError

__all__ = ["Hears", "RedisConnection", "Server", "Unanswered"]

type Command = Sequence[bytes]

NAME: Final = "redis"
NEEDED: Final = (6, 2)
_REFUSALS: Final = frozenset(("NOAUTH", "WRONGPASS", "NOPERM", "DENIED"))
_MARKS: Final = WriteBufferWaterMark(256 * 1024, 1024 * 1024)
_MOST_WAITING_BYTES: Final = 256 * 1024 * 1024  # never reached by who keeps to the marks
_MOST_OUTSTANDING: Final = 1 << 40  # as above
# What the server holds for us in one message is what we have put there: a whole topic, 512 sessions. Yet there is an end to it.
_LIMITS: Final = RedisDecoderConfig(max_bulk_bytes=64 << 20, max_message_bytes=512 << 20, max_elements=8 << 20)


class Unanswered(Exception):  # noqa: N818  # it is what happened, and nobody outside of the engine sees it
    """The answer did not come in time."""


class Server(NamedTuple):
    """Where to connect, who says that it is there, and as whom."""

    host: str
    port: int
    tls: "ssl.SSLContext | bool" = False
    username: str | None = None
    password: str | None = None
    database: int = 0

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Hears(Protocol):
    """What a connection calls: on its loop, from its reader."""

    def on_messages(self, messages: list[list[bytes]]) -> None:
        """Take the messages of one read: the kind, the channel and what was published."""

    def on_room(self) -> None:
        """Take note that the connection takes more."""


@final
class _Feed(ChannelHandler[RedisMessage]):
    """The end of the pipeline: gathers the messages of a read, and keeps what went wrong."""

    def __init__(self, hears: Hears) -> None:
        self._hears = hears
        self._messages: list[list[bytes]] = []

    @override
    def channel_read(self, ctx: ChannelHandlerContext, msg: RedisMessage, /) -> None:
        # hot path: once per message
        if isinstance(msg, PushRedisMessage):
            strings = msg.strings
            if strings is not None and strings[0] == b"message":
                self._messages.append(strings)

    @override
    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._messages:
            messages, self._messages = self._messages, []
            self._hears.on_messages(messages)
        return super().channel_read_complete(ctx)

    @override
    def channel_writability_changed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_writable:
            ctx.channel.loop.call_soon(self._hears.on_room)
        return super().channel_writability_changed(ctx)

    @override
    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        if ctx.channel.close_cause is None:
            ctx.channel.close_cause = error
        ctx.channel.abort()  # what comes behind would answer other questions
        return None


@final
class RedisConnection:
    """One connection, made by `open`, which is never made again: whoever wants another one opens it."""

    def __init__(self, channel: Channel, client: RedisClientHandler, server: Server, timeout_seconds: float) -> None:
        """Take the *channel*, which is connected."""
        self.channel = channel
        self.client = client
        self.server = server
        self._timeout_seconds = timeout_seconds

    @classmethod
    async def open(cls, server: Server, hears: Hears, timeout_seconds: float) -> Self:
        """Connect to *server*: nothing is said to it yet. If cancelled, nothing is left open.

        Raises:
            EngineUnreachableError: nobody answers there, or nobody who is to be believed.
        """
        client = RedisClientHandler(_MOST_OUTSTANDING)
        bootstrap = (
            Bootstrap(ssl=server.tls)
            .handler(lambda channel: channel.pipeline().add_last(RedisDecoder(_LIMITS), client, _Feed(hears)))
            .option(ChannelOption.CONNECT_TIMEOUT, timeout_seconds)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, _MARKS)
            .option(ChannelOption.WRITE_BUFFER_LIMIT, _MOST_WAITING_BYTES)
        )
        try:
            async with asyncio.timeout(timeout_seconds):
                channel = await bootstrap.connect(server.host, server.port)
        except TimeoutError as error:
            raise EngineUnreachableError(NAME, str(server), f"no connection within {timeout_seconds:g} s") from error
        except (OSError, NettyError) as error:
            raise EngineUnreachableError(NAME, str(server), str(error)) from error
        return cls(channel, client, server, timeout_seconds)

    async def greet(self, name: str, probes: Sequence[Command]) -> None:
        """Say who we are, and make sure that the server is of use: *probes* are commands that have to be allowed.

        Raises:
            EngineUnreachableError: there is no answer, or that of a server which takes no writes now.
            EngineRefusedError: we may not.
            EngineTooOldError: it is too old.
        """
        hello: list[bytes] = [b"HELLO", b"3"]
        if self.server.password is not None:
            hello += [b"AUTH", (self.server.username or "default").encode(), self.server.password.encode()]
        (told,) = await self._greeted([hello])
        if isinstance(told, RedisResponseError) and "unknown command" in str(told).lower():
            raise EngineTooOldError(NAME, str(self.server), await self._old_version(), ".".join(map(str, NEEDED)))
        self._check(told)
        facts = {key.decode(): _decoded(value) for key, value in told.items()} if isinstance(told, dict) else {}
        version = str(facts.get("version", ""))
        if _numbers(version) < NEEDED:
            raise EngineTooOldError(NAME, str(self.server), version or "unknown", ".".join(map(str, NEEDED)))
        if facts.get("mode") == "cluster":
            raise EngineRefusedError(NAME, str(self.server), "it is one of a Redis Cluster; this engine takes one server or sentinels")
        if facts.get("role") not in ("master", None):
            raise EngineUnreachableError(NAME, str(self.server), f"it is a {facts['role']}, which takes no writes")
        commands: list[Command] = [(b"SELECT", b"%d" % self.server.database)] if self.server.database else []
        if re.fullmatch(r"[!-~]{1,200}", name):
            commands.append((b"CLIENT", b"SETNAME", name.encode()))
        for value in await self._greeted([*commands, *probes]):
            self._check(value)

    async def _old_version(self) -> str:
        (told,) = await self._greeted([(b"INFO", b"server")])
        self._check(told)
        found = re.search(rb"redis_version:(\S+)", told) if isinstance(told, bytes) else None
        return "unknown" if found is None else found[1].decode(errors="replace")

    async def _greeted(self, commands: Sequence[Command]) -> list[Any]:
        try:
            values: list[Any] = await self.answer(self.client.ask(commands))
        except Unanswered as error:
            raise EngineUnreachableError(NAME, str(self.server), f"no answer within {self._timeout_seconds:g} s") from error
        except NettyError as error:
            raise EngineUnreachableError(NAME, str(self.server), self.why(error)) from error
        return values

    def _check(self, value: object) -> None:
        if isinstance(value, RedisResponseError):
            kind = EngineRefusedError if value.code in _REFUSALS else EngineUnreachableError
            raise kind(NAME, str(self.server), f"it answers: {value}")

    def why(self, error: BaseException) -> str:
        """Return what ended the connection, as far as that is known."""
        return str(self.channel.close_cause or error)

    async def answer(self, asked: asyncio.Future[Any]) -> Any:
        """Return what *asked*, of `RedisClientHandler.ask`, gives; if cancelled, the answer is read and thrown away.

        Raises:
            Unanswered: it did not come in time.
            NettyError: the connection was lost first.
        """
        try:
            # Twice: where the loop stood still, the first wait ends before what came meanwhile was read.
            for share in (0.95, 0.05):
                await asyncio.wait((asked,), timeout=self._timeout_seconds * share)
                if asked.done():
                    return asked.result()
        except asyncio.CancelledError:
            asked.cancel()
            raise
        asked.cancel()
        raise Unanswered

    def abort(self) -> None:
        """Close it at once."""
        self.channel.abort()


def _decoded(value: object) -> object:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
