"""Removing a handler whose operation is under way: what it had passed on is not lost, what it had not is, and it is told last."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty import ByteBuffer, ChannelHandler, ChannelHandlerContext, ChannelPromise, MessageToByteEncoder

from .suspending import embedded, turn


class Stages(ChannelHandler[Any]):
    """A coroutine write that waits at the *stage* which the test names."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.log: list[str] = []

    async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
        try:
            if self.stage == "before":
                await asyncio.Event().wait()
            if self.stage == "in":
                await ctx.write(msg, promise)
            ctx.write(msg, promise)
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if self.stage == "before":
                msg.release()
            await asyncio.sleep(0)
            self.log.append("ended")
            raise

    def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("removed")


class StagesBothWays(Stages):
    """With an inbound coroutine too."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.fire_channel_read(msg)


class Keeps(ChannelHandler[Any]):
    """Writes what it gets when the test says so."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.kept: list[tuple[ChannelHandlerContext, Any, ChannelPromise | None]] = []

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
        self.kept.append((ctx, msg, promise))
        asyncio.get_running_loop().create_task(self.go_on())

    async def go_on(self) -> None:
        await self.gate.wait()
        for ctx, msg, promise in self.kept:
            ctx.write(msg, promise)
        self.kept.clear()


class KeepsAsync(ChannelHandler[Any]):
    """The same as a coroutine."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()

    async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
        await self.gate.wait()
        await ctx.write(msg, promise)


@pytest.mark.parametrize("replaced", [False, True])
@pytest.mark.parametrize("kind", [Stages, StagesBothWays])
@pytest.mark.parametrize("promised", [False, True])
@pytest.mark.parametrize("before", [None, Keeps, KeepsAsync])
@pytest.mark.parametrize("stage", ["before", "in", "after"])
async def test_a_write_is_lost_only_if_it_was_not_passed_on(
    stage: str, before: Callable[[], Any] | None, promised: bool, kind: Callable[[str], Stages], replaced: bool
) -> None:
    """Its promise, its message and its place belong to those before then; the handler is told of its removal when its write has ended."""
    handler, keeper = kind(stage), None if before is None else before()
    channel = embedded(*([] if keeper is None else [keeper]), handler)
    channel.outbound.set_user_defined_writability(1, False)
    message, promise = ByteBuffer(b"abc"), channel.new_promise() if promised else None
    answer = channel.write(message, promise)
    waiting = asyncio.ensure_future(answer)
    await turn()
    if replaced:
        channel.pipeline().replace(handler, ChannelHandler())
    else:
        channel.pipeline().remove(handler)
    await turn()
    channel.outbound.set_user_defined_writability(1, True)
    if keeper is not None:
        keeper.gate.set()
    await turn()
    channel.flush()
    [outcome] = await asyncio.gather(waiting, return_exceptions=True)

    assert ["ended", "removed"] == handler.log
    if stage == "before":
        assert (None, 0) == (channel.read_outbound(), message.ref_count)
        assert "removed" in str(outcome)
        assert promise is None or promise.error is not None
    else:
        assert b"abc" == bytes(channel.read_outbound())
        assert promise is None or promise.is_success
        if promised or stage == "in":
            assert outcome is None


class Closes(ChannelHandler[Any]):
    """A coroutine close that passes on and waits."""

    async def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> None:
        ctx.close(promise)
        await asyncio.Event().wait()


class KeepsClose(ChannelHandler[Any]):
    """Closes when the test says so."""

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> None:
        self.go_on = lambda: ctx.close(promise)


async def test_an_operation_that_was_passed_on_is_not_lost() -> None:
    """A close too ends when it ends."""
    keeper, handler = KeepsClose(), Closes()
    channel = embedded(keeper, handler)
    promise = channel.new_promise()
    channel.close(promise)
    await turn()
    channel.pipeline().remove(handler)
    await turn()
    assert not promise.is_done
    keeper.go_on()
    await turn()

    assert promise.is_success


class Slow(MessageToByteEncoder[ByteBuffer]):
    """A coroutine encoder that passes its buffer on."""

    async def encode(self, ctx: ChannelHandlerContext, msg: ByteBuffer) -> ByteBuffer:
        await asyncio.sleep(0)
        return msg


async def test_an_encoder_that_is_removed_releases_nothing_that_it_passed_on() -> None:
    """Whoever has the buffer now releases it."""
    keeper, encoder = KeepsAsync(), Slow()
    channel = embedded(keeper, encoder)
    message = ByteBuffer(b"abc")
    channel.write(message)
    await turn()
    channel.pipeline().remove(encoder)
    await turn()
    assert 1 == message.ref_count
    keeper.gate.set()
    await turn()
    channel.flush()

    assert b"abc" == bytes(channel.read_outbound())


async def test_a_write_that_removes_its_own_handler_goes_on() -> None:
    """It is not cancelled, and the handler is told when it has ended, whatever comes in meanwhile."""

    class Last(StagesBothWays):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            ctx.pipeline.remove(self)
            await asyncio.sleep(0)
            ctx.write(msg, promise)
            self.log.append("ended")

    handler = Last("")
    channel = embedded(handler)
    channel.write_and_flush(b"abc")
    channel.pipeline().fire_channel_read("a")
    await turn()
    channel.flush()

    assert ("a", b"abc") == (channel.read_inbound(), channel.read_outbound())
    assert {"ended", "removed"} == set(handler.log)
