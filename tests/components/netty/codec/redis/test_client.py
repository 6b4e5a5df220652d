"""Commands and their replies over one connection."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.redis.client import RedisClientHandler
from pyboot.components.netty.codec.redis.codec import RedisDecoder
from pyboot.components.netty.errors import ClosedChannelError, NotYetConnectedError, OutboundOverflowError
from pyboot.components.netty.option import ChannelOption
from pyboot.components.netty.wire.redis.errors import CorruptedRedisMessageError, RedisResponseError
from pyboot.components.netty.wire.redis.message import FullBulkStringRedisMessage, IntegerRedisMessage, PushRedisMessage


class Wire:
    """A client and the bytes on both of its ways."""

    def __init__(self, max_outstanding: int = 10) -> None:
        self.client = RedisClientHandler(max_outstanding)
        self.channel = EmbeddedChannel(RedisDecoder(), self.client)

    def begin(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Begin *work*, as far as it goes."""
        with self.channel.loop.as_running_loop():
            task = self.channel.loop.create_task(work)
        self.channel.run_pending_tasks()
        return task

    def ask(self, *arguments: Any) -> asyncio.Task[Any]:
        """Begin a command."""
        return self.begin(self.client.execute(*arguments))

    def answer(self, stream: bytes) -> None:
        """Let *stream* come in, and whoever waits for it go on."""
        self.channel.receive(stream)
        self.channel.run_pending_tasks()


def test_a_command_gets_its_reply() -> None:
    """As a value of Python."""
    wire = Wire()
    asked = wire.ask("GET", "a")

    assert b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n" == wire.channel.outbound_bytes()
    assert 1 == wire.client.outstanding
    wire.answer(b"$2\r\nhi\r\n")
    assert (b"hi", 0) == (asked.result(), wire.client.outstanding)


def test_many_are_under_way() -> None:
    """Replies come in the order of the commands."""
    wire = Wire()
    first = wire.ask("INCR", "a")
    row = wire.begin(wire.client.pipeline([("SET", "b", 1), (b"GET", "b"), ("LPUSH", "b")]))
    last = wire.ask("PING")

    assert (
        b"*2\r\n$4\r\nINCR\r\n$1\r\na\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n1\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n"
        b"*2\r\n$5\r\nLPUSH\r\n$1\r\nb\r\n*1\r\n$4\r\nPING\r\n" == wire.channel.outbound_bytes()
    )
    wire.answer(b":7\r\n+OK\r\n$1\r\n1\r\n-WRONGTYPE no list\r\n+PONG\r\n")
    ok, value, error = row.result()
    assert (7, "OK", b"1", "WRONGTYPE", "PONG") == (first.result(), ok, value, error.code, last.result())
    assert [] == wire.begin(wire.client.pipeline([])).result()


def test_an_error_is_raised() -> None:
    """Of a command alone; within a pipeline it stands in its place."""
    wire = Wire()
    asked = wire.ask("NO")
    wire.answer(b"-ERR unknown command\r\n")

    with pytest.raises(RedisResponseError, match="unknown command"):
        asked.result()


def test_pushes_go_on_between_replies() -> None:
    """What nobody asked for is no reply."""
    wire = Wire()
    wire.client.send("SUBSCRIBE", "news")
    asked = wire.ask("PING")
    assert b"*2\r\n$9\r\nSUBSCRIBE\r\n$4\r\nnews\r\n*1\r\n$4\r\nPING\r\n" == wire.channel.outbound_bytes()
    wire.answer(b">3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n+PONG\r\n>1\r\n$1\r\na\r\n")

    assert "PONG" == asked.result()
    assert [
        PushRedisMessage([FullBulkStringRedisMessage(b"subscribe"), FullBulkStringRedisMessage(b"news"), IntegerRedisMessage(1)]),
        PushRedisMessage([FullBulkStringRedisMessage(b"a")]),
    ] == wire.channel.inbound_messages()


def test_a_reply_to_who_left_is_dropped() -> None:
    """And the next one gets its own."""
    wire = Wire()
    first, second = wire.ask("GET", "a"), wire.ask("GET", "b")
    first.cancel()
    wire.channel.run_pending_tasks()
    wire.answer(b"+one\r\n+two\r\n")

    assert "two" == second.result()
    assert first.cancelled()


def test_the_end_of_the_connection_ends_all_waits() -> None:
    """Nobody knows whether the commands were done."""
    wire = Wire()
    asked = wire.ask("INCR", "a")
    wire.channel.finish_input()
    wire.channel.run_pending_tasks()

    with pytest.raises(ClosedChannelError, match="nobody knows whether the command was done"):
        asked.result()
    with pytest.raises(ClosedChannelError, match="nothing was sent"):
        wire.ask("PING").result()


def test_a_handler_that_is_taken_out_ends_them_too() -> None:
    """It hears no reply any more."""
    wire = Wire()
    asked = wire.ask("PING")
    with wire.channel.loop.as_running_loop():
        wire.channel.pipeline().remove(wire.client)
    wire.channel.run_pending_tasks()

    with pytest.raises(ClosedChannelError):
        asked.result()


def test_a_write_that_fails_takes_its_commands_out() -> None:
    """The replies of others find their owners."""
    wire = Wire()
    wire.channel.set_option(ChannelOption.WRITE_BUFFER_LIMIT, 200_000)
    first, refused, last = wire.ask("PING"), wire.ask("SET", "a", bytes(300_000)), wire.ask("PING")
    wire.answer(b"+1\r\n+2\r\n")

    assert isinstance(refused.exception(), OutboundOverflowError)
    assert ("1", "2", 0) == (first.result(), last.result(), wire.client.outstanding)


def test_a_reply_to_nothing_is_an_error() -> None:
    """Whatever comes behind belongs to nobody."""
    with pytest.raises(CorruptedRedisMessageError, match="nothing was asked"):
        Wire().answer(b"+OK\r\n")


@pytest.mark.parametrize("command", [("SUBSCRIBE", "a"), (b"monitor",), ()])
def test_what_no_reply_ends_is_not_waited_for(command: tuple[str, ...]) -> None:
    """It would wait for ever."""
    with pytest.raises(ValueError, match="answered by no reply"):
        Wire().ask(*command).result()


def test_limits_and_places() -> None:
    """Too many at once, none at all, no connection, and another loop."""
    wire = Wire(2)
    with pytest.raises(ValueError, match="0 replies are waited for and 3 would come on top, allowed are 2"):
        wire.begin(wire.client.pipeline([("PING",)] * 3)).result()
    with pytest.raises(NotYetConnectedError):
        asyncio.run(RedisClientHandler().execute("PING"))
    with pytest.raises(RuntimeError, match="lives on another loop"):
        asyncio.run(wire.client.execute("PING"))
    with pytest.raises(ValueError, match="max_outstanding 0"):
        RedisClientHandler(0)


def test_asking_writes_at_once() -> None:
    """Without a task; who cancels the future leaves the reply its place, and no commands are an error."""
    wire = Wire()
    with wire.channel.loop.as_running_loop():
        left, asked = wire.client.ask([(b"PING",), (b"PING",)]), wire.client.ask([(b"GET", b"a")])
        with pytest.raises(ValueError, match="no commands"):
            wire.client.ask([])

    assert b"*1\r\n$4\r\nPING\r\n" * 2 + b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n" == wire.channel.outbound_bytes()
    left.cancel()
    wire.answer(b"+PONG\r\n+PONG\r\n$2\r\nhi\r\n")
    assert [b"hi"] == asked.result()
