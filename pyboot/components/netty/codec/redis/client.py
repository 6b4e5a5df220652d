"""RedisClientHandler: commands of a program over one connection, many under way at once; what a server tells unasked goes on.

::

    execute("GET", "a")  ─┐                               ┌─ commands, one behind the other ──> network
    pipeline([...])      ─┴─ each waits in the row ───────┘
    value or error       <── the first of the row <── each reply <── RedisDecoder <── network
    next handler         <──────────────────────────── each push

The law: replies come in the order of their commands (that is all of Redis's pipelining), so each command that was written stays in the row
until its reply has come, whether or not somebody still waits for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mypy_extensions import i64, mypyc_attr

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.errors import ClosedChannelError, NotYetConnectedError
from pyboot.components.netty.wire.redis.errors import CorruptedRedisMessageError, RedisResponseError
from pyboot.components.netty.wire.redis.message import FullBulkStringRedisMessage, PushRedisMessage, RedisMessage, as_argument
from pyboot.components.netty.wire.redis.writer import encode_command

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["RedisClientHandler"]

Argument = bytes | str | int | float

# Answered by pushes alone, or without end: no reply of theirs would end the wait.
_UNANSWERED: Final = frozenset((b"SUBSCRIBE", b"PSUBSCRIBE", b"SSUBSCRIBE", b"UNSUBSCRIBE", b"PUNSUBSCRIBE", b"SUNSUBSCRIBE", b"MONITOR"))


class _Row:
    """Commands that were written together: the replies that have come, and how many are to come."""

    def __init__(self, answer: asyncio.Future[Any], left: int) -> None:
        self.answer = answer
        self.left: i64 = left
        self.values: list[Any] = []


@mypyc_attr(allow_interpreted_subclasses=True)
class RedisClientHandler(ChannelHandler[Any]):
    """Asks a server of Redis, behind a `RedisDecoder`; it writes bytes, so it needs no encoder.

    Values are what `RedisMessage.value` gives. Pushes of RESP3, and what is no message of Redis, go to the next handler. Its methods are
    called on the channel's loop.

    Args:
        max_outstanding: how many replies may be waited for; 65536 by default, below 1 raises ValueError.
    """

    def __init__(self, max_outstanding: int = 65_536) -> None:
        if max_outstanding < 1:
            raise ValueError(f"max_outstanding {max_outstanding}, must be at least 1")
        self._max: i64 = max_outstanding
        self._outstanding: i64 = 0
        self._rows: deque[_Row] = deque()
        self._ctx: ChannelHandlerContext | None = None

    @property
    def outstanding(self) -> int:
        """The number of replies that are to come."""
        return int(self._outstanding)

    async def execute(self, *arguments: Argument) -> Any:  # Any: whatever the server answers
        """Write one command and return the value of its reply. If cancelled, the command may be done all the same.

        Raises:
            RedisResponseError: the server answered with an error.
            ClosedChannelError: the connection was lost first; nobody knows whether the command was done.
            ValueError: no arguments, as many under way as are allowed, or a command that no reply ends: `send` takes those.

        It raises what writing raised, too.
        """
        (value,) = await self.ask([arguments])
        if isinstance(value, RedisResponseError):
            raise value
        return value

    async def pipeline(self, commands: Iterable[Sequence[Argument]]) -> list[Any]:
        """Write *commands* at once and return the values of their replies, `RedisResponseError` among them; else as `execute`."""
        written = list(commands)
        return await self.ask(written) if written else []

    def send(self, *arguments: Argument) -> Awaitable[None]:
        """Write a command that is answered by pushes alone, ``SUBSCRIBE`` in RESP3 for instance; when awaited, it is written."""
        ctx = self._connected()
        parts: list[bytes] = []
        encode_command(parts, [as_argument(each) for each in arguments])
        return ctx.write_and_flush(b"".join(parts))

    def ask(self, commands: Sequence[Sequence[Argument]]) -> asyncio.Future[Any]:
        """Write *commands*, one at least, at once and return the future of what `pipeline` returns; whoever cancels it loses no place."""
        # hot path: the loop runs once for each command (tests/bench/test_redis.py).
        ctx = self._connected()
        if asyncio.get_running_loop() is not ctx.channel.loop:
            raise RuntimeError(f"{ctx.channel!r} lives on another loop: ask there, by asyncio.run_coroutine_threadsafe for instance")
        size = len(commands)
        if size == 0:
            raise ValueError("no commands: nothing would answer")
        if self._outstanding + size > self._max:
            raise ValueError(f"{int(self._outstanding)} replies are waited for and {size} would come on top, allowed are {int(self._max)}")
        parts: list[bytes] = []
        for command in commands:
            arguments = [each if type(each) is bytes else as_argument(each) for each in command]
            if not arguments or arguments[0].upper() in _UNANSWERED:
                raise ValueError(f"{command!r} is answered by no reply: write it by send()")
            encode_command(parts, arguments)
        answer: asyncio.Future[Any] = ctx.channel.loop.create_future()
        row = _Row(answer, size)
        self._rows.append(row)
        self._outstanding += size
        ctx.write_and_flush(b"".join(parts), ctx.new_promise().add_listener(partial(self._has_written, row)))
        return answer

    def _connected(self) -> ChannelHandlerContext:
        ctx = self._ctx
        if ctx is None:
            raise NotYetConnectedError(f"{type(self).__name__} is in no pipeline: nothing can be asked by it")
        if ctx.is_removed or not ctx.channel.is_open:
            raise ClosedChannelError(f"{ctx.channel!r} is closed: nothing was sent")
        return ctx

    def _has_written(self, row: _Row, written: ChannelPromise) -> None:
        """Take a *row* out that did not leave: no reply will come."""
        error = written.error
        if error is None or row not in self._rows:
            return
        self._rows.remove(row)
        self._outstanding -= row.left
        if not row.answer.done():
            row.answer.set_exception(error)

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._ctx = ctx
        return super().handler_added(ctx)

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        # hot path: once for each reply (tests/bench/test_redis.py).
        if isinstance(msg, PushRedisMessage) or not isinstance(msg, RedisMessage):
            return ctx.fire_channel_read(msg)
        if not self._rows:
            raise CorruptedRedisMessageError(f"{msg!r}, and nothing was asked")
        row = self._rows[0]
        row.values.append(msg.content if isinstance(msg, FullBulkStringRedisMessage) else msg.value)
        row.left -= 1
        self._outstanding -= 1
        if row.left == 0:
            self._rows.popleft()
            if not row.answer.done():
                row.answer.set_result(row.values)
        return None

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._rows and not ctx.channel.config.auto_read:
            ctx.read()  # replies are still to come
        return ctx.fire_channel_read_complete()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._fail(ctx)
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._fail(ctx)
        return super().handler_removed(ctx)

    def _fail(self, ctx: ChannelHandlerContext) -> None:
        rows, self._rows = self._rows, deque()
        self._outstanding = 0
        for row in rows:
            if not row.answer.done():
                error = ClosedChannelError("the connection was lost before the reply came: nobody knows whether the command was done")
                error.__cause__ = ctx.channel.close_cause
                row.answer.set_exception(error)
