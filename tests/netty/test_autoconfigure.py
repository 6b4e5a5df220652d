"""The auto-configuration: labelled classes of an application become servers that serve."""

import asyncio
import sys
import threading
from typing import Any

import pytest

from pyboot.boot import ApplicationContext, Component, PyBootApplication, Scope
from pyboot.boot.errors import GraphError, LifecycleError
from pyboot.components.netty import CHANNEL_MEMORY, LEAK_DETECTOR, LOOP_WATCHDOG, ByteBufferAllocator, LeakLevel
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, Codec, NettyServer
from pyboot.netty.errors import UnknownCodecError
from pyboot.testing import connect, running


@PyBootApplication(scan=(sys.modules[__name__],))
class App:
    """An application with one server."""


@Component
@Scope(Scope.CHANNEL)
class Session:
    """What the handlers of one connection share."""

    ended: list[int] = []

    def __init__(self) -> None:
        """Nothing was said yet."""
        self.lines = 0

    def close(self) -> None:
        """The connection is gone."""
        self.ended.append(self.lines)


class Shout(ChannelHandler[str]):
    """Writes in capitals."""

    def write(self, ctx: ChannelHandlerContext, msg: str, promise: Any) -> Any:
        """On the way out."""
        return ctx.write(msg.upper(), promise)


@Codec("shout")
def shout() -> Shout:
    """A codec of the application."""
    return Shout()


@NettyServer(port=9)
class CountServer:
    """Counts lines, in capitals."""

    pipeline = ["line", "string", "shout"]


@ChannelHandlerBean(order=1)
class Count(ChannelHandler[str]):
    """Counts."""

    def __init__(self, session: Session) -> None:
        """Take the connection's session."""
        self.session = session

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> Any:
        """One more."""
        self.session.lines += 1
        return ctx.fire_channel_read(msg)


@ChannelHandlerBean(order=2)
class Answer(ChannelHandler[str]):
    """Answers with the count."""

    seen: tuple[ByteBufferAllocator, str]

    def __init__(self, session: Session) -> None:
        """Take the same session."""
        self.session = session

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """The line and its number."""
        Answer.seen = ctx.allocator, threading.current_thread().name
        ctx.write_and_flush(f"{msg} {self.session.lines}\n")


async def talk(context: ApplicationContext, *lines: bytes) -> list[bytes]:
    """Say each line on one connection and hear the answers."""
    async with connect(context) as (reader, writer):
        writer.writelines(lines)
        return [await reader.readline() for _ in lines]


async def test_handlers_of_a_connection_share_its_beans() -> None:
    """And no other connection has them."""
    async with running(App) as context:
        assert [b"A 1\n", b"B 2\n"] == await talk(context, b"a\n", b"b\n")
        assert [b"C 1\n"] == await talk(context, b"c\n")


async def test_beans_of_a_connection_end_with_it() -> None:
    """At the latest when the application stops."""
    Session.ended.clear()

    async with running(App) as context:
        await talk(context, b"a\n", b"b\n")

    assert [2] == Session.ended


async def test_settings_replace_the_pipeline() -> None:
    """Without the codec that shouts."""
    async with running(App, properties={"netty.servers.count.pipeline": ["line", "string"]}) as context:
        assert [b"a 1\n"] == await talk(context, b"a\n")


async def test_settings_may_give_options_to_codecs() -> None:
    """As maps in a list."""
    pipeline = [{"line": {"max-length": "3"}}, {"string": {"charset": "latin-1"}}]

    async with running(App, properties={"netty.servers.count.pipeline": pipeline}) as context:
        assert [b"\xe9 1\n"] == await talk(context, b"\xe9\n")


@pytest.mark.parametrize(
    ("boss", "worker", "expected"),
    [(0, 0, "MainThread"), (1, 0, "MainThread"), (0, 1, "netty-worker-0"), (1, 1, "netty-worker-0")],
)
async def test_connections_live_where_settings_say(boss: int, worker: int, expected: str) -> None:
    """On threads of their own where a worker has some, on the application's loop otherwise, whoever accepts."""
    async with running(App, properties={"netty.boss.threads": boss, "netty.worker.threads": worker}) as context:
        assert [b"A 1\n"] == await talk(context, b"a\n")

    assert expected == Answer.seen[1]


async def test_at_the_limit_further_clients_wait() -> None:
    """Until one of those who are served goes."""
    async with (
        running(App, properties={"netty.servers.count.max-connections": 1}) as context,
        connect(context) as (one_hears, one),
        connect(context) as (other_hears, other),
    ):
        other.write(b"b\n")
        waiting = asyncio.create_task(other_hears.readline())
        for answer in (b"A 1\n", b"A 2\n"):
            one.write(b"a\n")
            assert answer == await one_hears.readline()
        assert not waiting.done()

        one.close()

        assert b"B 1\n" == await waiting


async def test_a_silent_peer_sees_the_end() -> None:
    """Where settings say for how long a peer may be silent."""
    async with running(App, properties={"netty.servers.count.idle.reader": "10ms"}) as context, connect(context) as (reader, _):
        assert b"" == await reader.read()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({}, 64 * 1024 * 1024), ({"max-cached": "1MiB"}, 1024 * 1024), ({"type": "unpooled"}, None)],
    ids=["default", "smaller", "none"],
)
async def test_buffers_of_connections_come_from_the_allocator_that_settings_ask_for(settings: dict[str, str], expected: int | None) -> None:
    """It is a bean, too: handlers may have it injected."""
    async with running(App, properties={f"netty.allocator.{name}": value for name, value in settings.items()}) as context:
        await talk(context, b"a\n")
        allocator = context.get(ByteBufferAllocator)

    assert allocator is Answer.seen[0]
    assert expected == getattr(allocator, "max_cached_bytes", None)


@pytest.mark.parametrize("level", LeakLevel)
async def test_lost_buffers_are_looked_for_as_settings_ask(level: LeakLevel) -> None:
    """As long as the application runs."""
    before = LEAK_DETECTOR.level

    async with running(App, properties={"netty.leak-detection": level.value}):
        during = LEAK_DETECTOR.level

    assert (level, before) == (during, LEAK_DETECTOR.level)


@pytest.mark.parametrize(("value", "limit"), [("64MiB", 64 * 1024 * 1024), ("0", 0)])
async def test_the_memory_of_all_connections_is_bounded_as_the_settings_say(value: str, limit: int) -> None:
    """As long as the application runs."""
    before = CHANNEL_MEMORY.limit_bytes

    async with running(App, properties={"netty.memory-limit": value}):
        during = CHANNEL_MEMORY.limit_bytes

    assert (limit, before) == (during, CHANNEL_MEMORY.limit_bytes)


@pytest.mark.parametrize(("value", "seconds"), [(None, 0.1), ("250ms", 0.25), ("0", 0.0)])
async def test_who_blocks_a_loop_is_looked_for_as_settings_ask(value: str | None, seconds: float) -> None:
    """As long as the application runs; where any time is allowed no thread looks."""
    before = LOOP_WATCHDOG.seconds

    async with running(App, properties={} if value is None else {"netty.slow-callback": value}):
        during = LOOP_WATCHDOG.seconds
        is_watched = "pyboot-loop-watchdog" in [thread.name for thread in threading.enumerate()]

    assert (seconds, before) == (during, LOOP_WATCHDOG.seconds)
    assert is_watched is (seconds > 0)
    assert "pyboot-loop-watchdog" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("netty.slow-callback", "-1s"),
        ("netty.slow-callback", "5ms"),
        ("netty.slow-callback", "soon"),
        ("netty.worker.threads", "-1"),
        ("netty.allocator.type", "polled"),
        ("netty.allocator.max-cached", "-1"),
        ("netty.leak-detection", "always"),
        ("netty.memory-limit", "-1"),
        ("netty.servers.count.max-connections", "many"),
        ("netty.servers.count.idle.all", "-5m"),
        ("netty.servers.count.idle.everything", "5m"),
        ("netty.servers.count.close-timeout", "-1s"),
        ("netty.servers.count.keep-alive.idle", "500ms"),
    ],
)
async def test_a_value_that_means_nothing_is_refused_where_it_was_set(key: str, value: str) -> None:
    """The report leads to the line that is wrong."""
    with pytest.raises(GraphError) as refused:
        async with running(App, properties={key: value}):
            pass

    assert f"Property: {key}\n    Value:    {value}\n    Origin:   properties ({key})" in str(refused.value)


async def test_an_unknown_codec_is_refused_before_anything_is_bound() -> None:
    """The container names the bean, the bridge the codec."""
    with pytest.raises(LifecycleError) as failed:
        async with running(App, properties={"netty.servers.count.pipeline": ["lime"]}):
            pass

    assert isinstance(failed.value.__cause__, UnknownCodecError)
