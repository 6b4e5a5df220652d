"""What a handler class keeps of connections, and what it counts over all of them."""

import threading
import time
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext
from pyboot.netty.pipeline.kept import kept_by


class OfConnection(ChannelHandler[Any]):
    """Each of these is overwritten by the next connection."""

    def __init__(self) -> None:
        self.rest = b""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.context = ctx
        self.channel: Any = ctx.channel
        where = ctx.channel.remote_address()
        self.host, self.port = where

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.last = msg
        self.rest += msg
        self.all = self.rest + msg
        self.name = msg.partition(b" ")[0].decode()
        for self.word in msg.split():
            pass
        self.remember(msg, of=ctx)

    def remember(self, msg: Any, of: Any) -> None:
        self.remembered = msg
        self.again(of)

    def again(self, context: Any) -> None:
        self.remembered_context = context

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.error = error


class OfAll(ChannelHandler[Any]):
    """Each of these may be meant."""

    def __init__(self) -> None:
        self.lines = self.longest = self.size = 0

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.began = time.monotonic()
        self.open = self.open + 1

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.lines += 1
        self.size += len(msg)
        self.longest = max(self.longest, len(msg))
        self.peers = {*self.peers, ctx.channel}
        self.is_used = True


class OnPurpose(ChannelHandler[Any]):
    """Says that it is shared, keeps its own life as a bean, or puts it into a container."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.by_channel: dict[Any, Any] = {}
        self.first: Any = None

    def start(self, ctx: Any) -> None:
        self.started = ctx

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        with self.lock:
            self.last = ctx
        if self.first is None:
            self.first = ctx
        self.by_channel[ctx.channel.id] = ctx
        held = ctx
        self.by_channel.update({held.channel.id: held})
        self.table()

    def table(self) -> None:
        self.made = True


def test_what_is_of_a_connection() -> None:
    """Its context, its messages, what is made of them, and what methods that get them assign."""
    kept = list(kept_by(OfConnection))

    names = {"context", "channel", "host", "port", "last", "rest", "all", "name", "word", "remembered", "remembered_context", "error"}
    assert names == {each.name for each in kept}
    assert all(each.of_connection for each in kept)


def test_what_is_of_all() -> None:
    """It grows out of what was there, or comes from neither a context nor a message."""
    kept = list(kept_by(OfAll))

    assert ["began", "is_used", "lines", "longest", "open", "peers", "size"] == sorted(each.name for each in kept)
    assert not any(each.of_connection for each in kept)


def test_the_place_is_told() -> None:
    """The method, the file and the line."""
    kept = next(each for each in kept_by(OfConnection) if each.name == "remembered")

    assert "remember" == kept.method
    assert "test_kept.py:" in str(kept.origin)


@pytest.mark.parametrize("cls", [OnPurpose, type("Made", (ChannelHandler,), {"channel_read": OfAll.channel_read})])
def test_what_is_shared_on_purpose_or_cannot_be_seen_is_not_told(cls: type[Any]) -> None:
    """A lock, a look, a container; a class without source."""
    assert [] == list(kept_by(cls))
