"""What the source of a handler class shows, and what it does not."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext
from pyboot.netty.pipeline.kinds import ANY, Kind
from pyboot.netty.pipeline.methods import CALLBACKS
from pyboot.netty.pipeline.source import SAME, seen_in


class Reply:
    """A message."""


def made() -> Reply:
    """Says what it returns."""
    return Reply()


def unsaid():  # type: ignore[no-untyped-def]  # that is the case
    """Says nothing."""


class Writes(ChannelHandler[Any]):
    """One message after the other."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write("text")
        ctx.write(b"bytes")
        ctx.write(f"{msg}")
        ctx.write({"a": 1})
        ctx.write([1])
        ctx.write(Reply())
        ctx.write(made())
        ctx.write(str(msg))
        ctx.write("{}".format(msg))  # noqa: UP032  # that is the case
        ctx.write("%s" % msg)  # noqa: UP031  # that is the case
        ctx.write("a" + self.anything())
        ctx.write(b"a")
        ctx.write("a" if msg else b"b")
        once = "text"
        ctx.write(once)
        await ctx.write_and_flush(msg)

    def anything(self) -> Any:
        return None


class Hides(ChannelHandler[Any]):
    """Nothing can be told of these."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write(self.anything())
        ctx.write(unsaid())
        twice: Any = "a"
        twice = twice or b"b"
        ctx.write(twice)
        for each in ("a", b"b"):
            ctx.write(each)
        msg = msg or "a"
        ctx.write(msg)
        Reply = dict  # that is the case
        ctx.write(Reply())
        ctx.write(msg.encode())

    def anything(self) -> Any:
        return None


class Elsewhere(ChannelHandler[Any]):
    """Writes that are not its own, or not yet."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.write("no message")
        ctx.channel.loop.call_soon(lambda: ctx.write("later"))

        def inner(ctx: Any) -> None:
            ctx.write("inner")

    log: Any = None


class ThroughChannel(ChannelHandler[Any]):
    """Writes at the end of the pipeline."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        ctx.channel.write_and_flush("hello")


class PassesOn(ChannelHandler[Any]):
    """Lets everything go on."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Any:
        return ctx.fire_channel_read(msg)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> Any:
        return ctx.write(msg, promise)


class PassesByBase(ChannelHandler[Any]):
    """Lets everything go on another way."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Any:
        return super().channel_read(ctx, msg)


class Changes(ChannelHandler[Any]):
    """Makes text of everything."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Any:
        return ctx.fire_channel_read(str(msg))

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> Any:
        return ctx.write(str(msg).encode(), promise)


class Inherits(Changes):
    """The same, and writes nothing else."""


class Asks(ChannelHandler[Any]):
    """Asks its message."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write(msg.upper())
        self.made = msg.split("a")

    def other(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        msg.lower()


class Looks(ChannelHandler[Any]):
    """Looks first."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        if hasattr(msg, "upper"):
            msg.upper()


class Replaces(ChannelHandler[Any]):
    """Puts something else in its place."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        msg = str(msg)
        msg.upper()


class Waits(ChannelHandler[Any]):
    """Stops the loop, or not."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        time.sleep(0)  # noqa: ASYNC251  # that is the case
        await asyncio.sleep(0)
        await asyncio.to_thread(time.sleep, 0)

    def helper(self) -> None:
        time.sleep(0)


class Greeter:
    """A service."""

    def greet(self, name: str) -> str:
        return name

    async def ask(self, name: str) -> Reply:
        return Reply()

    def unsaid(self):  # type: ignore[no-untyped-def]  # that is the case
        return None


class Serves(ChannelHandler[str]):
    """Writes what its service, and its own methods, say that they return."""

    log: Greeter

    def __init__(self, greeter: Greeter, other: Any) -> None:
        self.greeter = greeter
        self.other = other

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        ctx.write(self.greeter.greet(msg))
        ctx.write(await self.greeter.ask(msg))
        ctx.write(self.log.greet(msg))
        ctx.write(self.own())
        ctx.write(self.greeter.ask(msg))
        ctx.write(self.greeter.unsaid())
        ctx.write(self.other.greet(msg))
        ctx.write(await self.anything())

    def own(self) -> Reply:
        return Reply()

    async def anything(self) -> Any:
        return None


def test_what_services_say_that_they_return_is_seen() -> None:
    """Of what its constructor was given, by their hints; a coroutine gives what it says when it is awaited."""
    text, reply = Kind((str,)), Kind((Reply,))

    assert [text, reply, text, reply, ANY, ANY, ANY, ANY] == [written.kind for written in seen_in(Serves).writes]


def test_what_can_be_seen_of_a_write() -> None:
    """Literals, formatted texts, calls of classes and of functions that say what they return, names that are given once."""
    text, data = Kind((str,)), Kind((bytes,))
    expected = [
        text, data, text, Kind((dict,)), Kind((list,)), Kind((Reply,)), Kind((Reply,)), text, text, text, text, data, text | data, text,
    ]  # fmt: skip
    kinds = [written.kind for written in seen_in(Writes).writes]

    assert expected == kinds[:-1]
    assert kinds[-1] is SAME


def test_what_cannot_be_seen_is_not_guessed() -> None:
    """What is assigned twice, hidden, or made by who does not say what."""
    assert [ANY] * 6 == [written.kind for written in seen_in(Hides).writes][:6]
    assert not any(written.kind.is_known for written in seen_in(Hides).writes)


def test_writes_of_others_are_not_taken_for_its_own() -> None:
    """Of a file, and of functions inside of its methods."""
    assert () == seen_in(Elsewhere).writes


def test_a_write_through_the_channel_is_told_apart() -> None:
    """It passes every handler."""
    (written,) = seen_in(ThroughChannel).writes

    assert (Kind((str,)), True) == (written.kind, written.by_channel)
    assert "test_source.py:" in str(written.origin)


@pytest.mark.parametrize("cls", [PassesOn, PassesByBase])
def test_what_passes_unchanged_is_seen(cls: type[Any]) -> None:
    """What came in goes on."""
    assert seen_in(cls).fires is SAME


def test_what_it_makes_of_messages_is_seen() -> None:
    """In both directions, and of its bases."""
    for cls in (Changes, Inherits):
        assert (Kind((str,)), ()) == (seen_in(cls).fires, seen_in(cls).writes)
    assert seen_in(PassesOn).passes is SAME


def test_calls_that_stop_the_loop_are_seen() -> None:
    """In callbacks; given to a thread they do not."""
    (noted,) = seen_in(Waits).blocks

    assert ("time.sleep", "channel_read") == (noted.name, noted.method)


class WaitsForFiles(ChannelHandler[Any]):
    """Stops the loop by what it calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        path = Path("page.html")
        path.read_text()  # noqa: ASYNC240  # that is the case
        self.folder.write_bytes(b"")
        self.stored(path)
        await asyncio.to_thread(self.unused, path)

    def stored(self, where: Path) -> None:
        where.open()

    def unused(self, where: Path) -> None:
        where.read_text()


class Vain(ChannelHandler[Any]):
    """Statements that do nothing, and some that do."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Any:
        self.later(ctx)  # type: ignore[unused-coroutine]  # that is the case
        asyncio.sleep(1)  # type: ignore[unused-coroutine]  # as above
        await self.later(ctx)
        task = self.later(ctx)
        await task
        ctx.flush  # noqa: B018  # as above
        ctx.channel.close  # noqa: B018  # as above
        ctx.flush()
        return [msg]

    def channel_active(self, ctx: ChannelHandlerContext) -> Any:
        return ctx.fire_channel_active()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> Any:
        return None

    async def later(self, ctx: ChannelHandlerContext) -> str:
        return "to who awaits it"


def test_waiting_in_what_a_callback_calls_is_seen() -> None:
    """Of paths, however they came there; what a thread is given does not stop the loop."""
    blocks = [(noted.name, noted.method) for noted in seen_in(WaitsForFiles).blocks]

    assert [("Path.read_text", "channel_read"), ("Path.write_bytes", "channel_read"), ("Path.open", "stored")] == blocks


def test_statements_that_come_to_nothing_are_seen() -> None:
    """A coroutine that is awaited, now or later, does not; nor does what is called, or returned to be awaited."""
    seen = seen_in(Vain)

    assert ["self.later", "asyncio.sleep"] == [noted.name for noted in seen.unawaited]
    assert ["ctx.flush", "ctx.channel.close"] == [noted.name for noted in seen.uncalled]
    assert [("list", "channel_read")] == [(noted.name, noted.method) for noted in seen.returned]


def test_what_is_asked_of_a_message_is_seen() -> None:
    """Unless the handler looks first what it is, or has put something else in its place."""

    assert ["upper", "split"] == [noted.name for noted in seen_in(Asks).asks]
    assert () == seen_in(Looks).asks == seen_in(Replaces).asks


def test_a_class_without_source_shows_nothing() -> None:
    """Made at run time, or defined twice."""
    made_here = type("Made", (ChannelHandler,), {"channel_read": Writes.channel_read})

    assert ((), ANY) == (seen_in(made_here).writes, seen_in(made_here).fires)


def test_the_table_of_callbacks_is_that_of_the_base_class() -> None:
    """Each of them, and no other."""
    life = [name for name in dir(ChannelHandler) if not name.startswith("_") and callable(getattr(ChannelHandler, name))]

    assert set(CALLBACKS) == {name for name in life if name == name.lower()}
