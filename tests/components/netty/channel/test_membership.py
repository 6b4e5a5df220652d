"""Membership: who is told that a handler came and went, when, and how often."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError, HandlerCallbackError


class Logs(ChannelHandler[Any]):
    """Logs its life and the messages that pass, under a name."""

    def __init__(self, name: str = "", log: list[str] | None = None) -> None:
        self.name = name
        self.log: list[str] = [] if log is None else log

    def handler_added(self, ctx: ChannelHandlerContext) -> None:
        self.log.append(f"{self.name} added")

    def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append(f"{self.name} removed")

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(f"{self.name} read {msg}")
        ctx.fire_channel_read(msg)


class Errors(ChannelHandler[Any]):
    """Keeps the errors that reach it."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.errors.append(error)


# Coming.


def test_a_handler_is_told_at_once_that_it_was_added() -> None:
    """Before add_last returns, and events already reach it then."""
    log: list[Any] = []

    class Fires(ChannelHandler[Any]):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            ctx.pipeline.fire_channel_read("from handler_added")

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            log.append(msg)

    EmbeddedChannel().pipeline().add_last(Fires())
    assert ["from handler_added"] == log


def test_handlers_added_before_registration_are_told_at_registration() -> None:
    """In order, and before channel_registered."""
    log: list[str] = []

    class Registered(Logs):
        def channel_registered(self, ctx: ChannelHandlerContext) -> None:
            self.log.append(f"{self.name} registered")
            ctx.fire_channel_registered()

    EmbeddedChannel(Registered("a", log), Registered("b", log), active=False)
    assert ["a added", "b added", "a registered", "b registered"] == log


def test_a_handler_removed_before_it_was_told_of_its_adding_is_told_nothing() -> None:
    """handler_removed only after handler_added."""
    log: list[str] = []

    class Removes(ChannelHandler[Any]):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            ctx.pipeline.remove("Logs#0")

    channel = EmbeddedChannel(Removes(), Logs("never", log))
    assert [] == log
    assert ["Removes#0"] == channel.pipeline().names()


def test_a_handler_replaced_before_it_was_told_of_its_adding_is_told_nothing() -> None:
    """The new one is told."""
    log: list[str] = []

    class Replaces(ChannelHandler[Any]):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            ctx.pipeline.replace("Logs#0", Logs("new", log), "new")

    channel = EmbeddedChannel(Replaces(), Logs("old", log))
    assert ["new added"] == log
    assert ["Replaces#0", "new"] == channel.pipeline().names()


def test_a_handler_whose_adding_fails_is_removed() -> None:
    """It is told so, and the error goes through the pipeline from its head."""
    log: list[str] = []

    class Fails(Logs):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            raise ValueError("no")

    errors = Errors()
    made = EmbeddedChannel(errors).pipeline()
    made.add_last(Fails("f", log), name="f")
    assert ["Errors#0"] == made.names()
    assert ["f removed"] == log
    assert [HandlerCallbackError] == [type(error) for error in errors.errors]
    assert ["ValueError('no')"] == [repr(error.__cause__) for error in errors.errors]
    assert "handler_added of f raised ValueError('no'); it was removed" == str(errors.errors[0])


def test_a_handler_that_fails_to_come_and_to_go_is_told_of_once() -> None:
    """One error that names both."""

    class Fails(ChannelHandler[Any]):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            raise ValueError("no")

        def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            raise KeyError("neither")

    errors = Errors()
    EmbeddedChannel(errors).pipeline().add_last(Fails(), name="f")
    assert ["handler_added of f raised ValueError('no'), and it failed to remove: KeyError('neither')"] == [
        str(error) for error in errors.errors
    ]


# Going.


def test_a_removing_that_fails_is_told_from_the_head() -> None:
    """The handler is gone all the same."""

    class Fails(ChannelHandler[Any]):
        def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            raise ValueError("no")

    errors = Errors()
    made = EmbeddedChannel(errors).pipeline().add_last(Fails(), name="f")
    made.remove("f")
    assert ["Errors#0"] == made.names()
    assert ["handler_removed of f raised ValueError('no')"] == [str(error) for error in errors.errors]


def test_the_new_handler_is_told_before_the_old_one() -> None:
    """And stands in its place."""
    log: list[str] = []
    made = EmbeddedChannel().pipeline()
    old = Logs("old", log)
    made.add_last(Errors()).add_last(old, name="x").add_last(Errors())
    assert old is made.replace("x", Logs("new", log), "y")
    assert ["Errors#0", "y", "Errors#1"] == made.names()
    assert ["old added", "new added", "old removed"] == log


def test_a_closed_channel_removes_its_handlers_last_to_first() -> None:
    """After channel_unregistered."""
    log: list[str] = []

    class Unregistered(Logs):
        def channel_unregistered(self, ctx: ChannelHandlerContext) -> None:
            self.log.append(f"{self.name} unregistered")
            ctx.fire_channel_unregistered()

    channel = EmbeddedChannel(Unregistered("a", log), Unregistered("b", log), Unregistered("c", log))
    log.clear()
    channel.close()
    assert ["a unregistered", "b unregistered", "c unregistered", "c removed", "b removed", "a removed"] == log
    assert [] == channel.pipeline().names()


def test_a_channel_is_over_once_its_last_handler_was_told() -> None:
    """A mailbox that runs empty in the middle of that is not the end of it."""
    log: list[str] = []

    class Mails(Logs):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg)

    channel = EmbeddedChannel(Logs("near", log), Mails("far", log))
    channel.closing.when_over(lambda: log.append("over"))
    log.clear()
    channel.finish()
    assert ["far removed", "near removed", "over"] == log


def test_a_channel_that_ends_links_nothing_anew() -> None:
    """However many handlers go: none stays whose way there would be to work out."""
    channel = EmbeddedChannel(*(Logs() for _ in range(5)))
    revision = channel.pipeline().revision
    channel.finish()
    assert revision == channel.pipeline().revision


def test_a_handler_may_remove_another_when_it_is_removed_itself() -> None:
    """At the end of the channel, each is told once."""
    log: list[str] = []

    class RemovesOther(Logs):
        def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            super().handler_removed(ctx)
            ctx.pipeline.remove_if_exists("a")

    channel = EmbeddedChannel()
    channel.pipeline().add_last(Logs("a", log), name="a").add_last(RemovesOther("b", log), name="b")
    log.clear()
    channel.close()
    assert ["b removed", "a removed"] == log


# After the end.


def test_a_handler_that_comes_to_a_closed_channel_stands_in_its_pipeline() -> None:
    """It may fire, write and close in handler_added, as one does that comes too late."""
    ends: list[ChannelPromise] = []

    class ComesLate(Logs):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            ctx.write(msg, promise)

        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            ctx.fire_channel_read("late")
            ctx.write(b"late", promise := ctx.new_promise())
            ends.extend((promise, ctx.close()))

    channel = EmbeddedChannel()
    channel.finish()
    channel.pipeline().add_last(ComesLate(), behind := Logs("behind"))
    channel.pipeline().fire_channel_read("later")
    assert [(True, ClosedChannelError), (True, type(None))] == [(end.is_done, type(end.error)) for end in ends]
    assert ["late", "later"] == channel.inbound_messages()
    assert ["behind added", "behind read later"] == behind.log


def test_a_handler_that_is_added_by_one_that_goes_is_linked() -> None:
    """In the middle of the emptying of the pipeline."""

    class Leaves(ChannelHandler[Any]):
        def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            ctx.pipeline.add_last(Fires())

    class Fires(ChannelHandler[Any]):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            ctx.fire_user_event_triggered("event")
            ctx.fire_channel_read("message")

    channel = EmbeddedChannel(Logs("first"), Leaves())
    channel.finish()
    assert ["message"] == channel.inbound_messages()
    assert ["Fires#0"] == channel.pipeline().names()


# Told once of either, whatever happens in between.


@pytest.mark.parametrize("kind", ["plain", "coroutine"])
@pytest.mark.parametrize(
    "act", ["removes the old one", "removes itself", "replaces itself", "raises", "removes itself and raises", "closes"]
)
def test_a_replacement_may_do_anything_in_its_handler_added(act: str, kind: str) -> None:
    """Both handlers are told once of their adding and once of their removal; the old one is gone when the new one is told."""
    log: list[str] = []

    class New(Logs):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            super().handler_added(ctx)
            assert "old" not in ctx.pipeline.names()
            if act == "removes the old one":
                assert ctx.pipeline.remove_if_exists("old") is None
            if act == "closes":
                ctx.close()
            if "removes itself" in act:
                ctx.pipeline.remove(self)
            if act == "replaces itself":
                ctx.pipeline.replace(self, Logs("newer", log))
            if "raises" in act:
                raise ValueError("no")

    class Later(Logs):
        async def handler_added(self, ctx: ChannelHandlerContext) -> None:
            New.handler_added(self, ctx)  # type: ignore[arg-type]  # the same, in a coroutine

        async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            super().handler_removed(ctx)

    errors = Errors()
    channel = EmbeddedChannel(errors)
    channel.pipeline().add_last(Logs("old", log), name="old")
    new = New("new", log) if kind == "plain" else type("LaterNew", (Later, New), {})("new", log)
    channel.pipeline().replace("old", new)
    channel.run_pending_tasks()
    assert (1 if "raises" in act else 0) == len(errors.errors)
    channel.finish()
    assert ["old added", "new added"] == log[:2]
    assert sorted(
        ["old added", "new added", "old removed", "new removed", *(["newer added", "newer removed"] if "replaces" in act else [])]
    ) == sorted(log)


def test_a_coroutine_handler_added_that_raises_when_it_is_cancelled_is_told_once() -> None:
    """The removal that cancelled it has told it already."""
    log: list[str] = []

    class Stubborn(Logs):
        async def handler_added(self, ctx: ChannelHandlerContext) -> None:
            try:
                await ctx.channel.loop.create_future()
            finally:
                raise ValueError("no")

    errors = Errors()
    channel = EmbeddedChannel(errors, Stubborn("s", log))
    channel.pipeline().remove(Stubborn)
    channel.run_pending_tasks()
    assert ["s removed"] == log
    assert ["HandlerCallbackError"] == [type(error).__name__ for error in errors.errors]


# An operation that suspends: the handler is told behind it, and ahead of what waits for it.


class Holds(ChannelHandler[Any]):
    """Keeps each write until it is cancelled, and has something left when it goes."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
        self.log.append(f"write {msg}")
        try:
            await ctx.channel.loop.create_future()
        finally:
            await asyncio.sleep(0)
            self.log.append(f"ended {msg}")

    def handler_removed(self, ctx: ChannelHandlerContext) -> Any:
        self.log.append("removed")
        ctx.write(b"rest")


class HoldsAndReads(Holds):
    """The same with a mailbox for each direction."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.fire_channel_read(msg)


class HoldsAndLeavesLater(Holds):
    """The same with a handler_removed that suspends."""

    async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("leaves")
        await asyncio.sleep(0)
        super().handler_removed(ctx)


@pytest.mark.parametrize("is_lost", [False, True])
@pytest.mark.parametrize("make", [Holds, HoldsAndReads, HoldsAndLeavesLater])
def test_a_handler_is_told_of_its_removal_behind_the_operation_that_it_cancels(make: type[Holds], is_lost: bool) -> None:
    """What it still has goes ahead of the writes that waited for it, which pass it by."""
    log: list[str] = []
    channel = EmbeddedChannel(make(log))
    promises = [channel.new_promise() for _ in range(3)]
    for number, promise in enumerate(promises):
        channel.write(b"%d" % number, promise)
    if is_lost:
        channel.lose()
    else:
        channel.pipeline().remove(make)
    channel.run_pending_tasks()

    leaves = ["leaves"] if make is HoldsAndLeavesLater else []
    assert ["write b'0'", "ended b'0'", *leaves, "removed"] == log
    assert promises[0].error is not None
    if not is_lost:
        channel.flush()
        assert [b"rest", b"1", b"2"] == channel.outbound_messages()
        assert [True, True] == [promise.is_success for promise in promises[1:]]


@pytest.mark.parametrize("is_coroutine", [False, True])
def test_an_operation_that_removes_its_own_handler_may_wait_for_the_removal(is_coroutine: bool) -> None:
    """The handler is told although its write goes on: that may wait for something that is still to come in."""
    log: list[str] = []

    class Waits(HoldsAndReads):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            self.gone = ctx.channel.loop.create_future()
            ctx.pipeline.remove(self)
            await self.gone
            self.log.append("goes on")
            await ctx.write(msg, promise)

        def handler_removed(self, ctx: ChannelHandlerContext) -> Any:
            self.log.append("removed")
            self.gone.set_result(None)

    class WaitsLater(Waits):
        async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            super().handler_removed(ctx)

    channel = EmbeddedChannel(WaitsLater(log) if is_coroutine else Waits(log))
    promise = channel.new_promise()
    channel.write_and_flush(b"a", promise)
    channel.run_pending_tasks()
    channel.flush()

    assert ["removed", "goes on"] == log
    assert promise.is_success
    assert [b"a"] == channel.outbound_messages()


@pytest.mark.parametrize(("read_steps", "write_steps"), [(1, 3), (3, 1), (2, 2)])
def test_a_handler_that_is_cancelled_in_both_directions_is_told_when_both_have_ended(read_steps: int, write_steps: int) -> None:
    """Whichever takes longer."""
    log: list[str] = []

    class Both(ChannelHandler[Any]):
        async def hold(self, ctx: ChannelHandlerContext, name: str, steps: int) -> None:
            try:
                await ctx.channel.loop.create_future()
            finally:
                for _ in range(steps):
                    await asyncio.sleep(0)
                log.append(f"{name} ended")

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await self.hold(ctx, "read", read_steps)

        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await self.hold(ctx, "write", write_steps)

        def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            log.append("removed")

    channel = EmbeddedChannel(Both())
    channel.write_inbound("in")
    channel.write(b"out", channel.new_promise())
    channel.pipeline().remove(Both)
    channel.run_pending_tasks()

    assert ["read ended", "removed", "write ended"] == sorted(log)
    assert "removed" == log[-1]
