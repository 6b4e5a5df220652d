"""ChannelPipeline: adding, removing, replacing, finding."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, ChannelPipeline, EmbeddedChannel
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import (
    ChannelPipelineError,
    DuplicateHandlerNameError,
    HandlerNotFoundError,
    NotSharableError,
)


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


class Other(ChannelHandler[Any]):
    """Another type."""


class Shared(ChannelHandler[Any]):
    """May stand in many pipelines."""

    sharable = True


class Errors(ChannelHandler[Any]):
    """Keeps the errors that reach it."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.errors.append(error)


def pipeline(*names: str) -> ChannelPipeline:
    """A pipeline with a handler of each name."""
    made = EmbeddedChannel().pipeline()
    for name in names:
        made.add_last(Logs(name), name=name)
    return made


# Adding.


def test_add_last_and_add_first_put_handlers_in_order() -> None:
    """The first of several stays the first, at both ends."""
    made = pipeline("m")
    made.add_last(Other(), Other()).add_first(Shared(), Logs())
    assert ["Shared#0", "Logs#0", "m", "Other#0", "Other#1"] == made.names()


def test_add_before_and_after_find_their_place_by_name_type_and_object() -> None:
    """Each way to say it."""
    made = pipeline("a")
    other = Other()
    made.add_after("a", other, name="b").add_before(other, Logs(), name="c").add_after(Other, Logs(), name="d").add_before(
        "a", Logs(), name="e"
    )
    assert ["e", "a", "c", "b", "d"] == made.names()


def test_a_name_that_is_taken_raises_and_changes_nothing() -> None:
    """Neither the pipeline nor the handler, which may be added under another name."""
    made = pipeline("a")
    handler = Logs()
    with pytest.raises(DuplicateHandlerNameError, match="'a'"):
        made.add_last(handler, name="a")
    made.add_last(handler, name="b")
    assert ["a", "b"] == made.names()


def test_the_first_free_number_makes_the_name() -> None:
    """A number that was given back is given out again."""
    made = EmbeddedChannel().pipeline().add_last(Other(), Other(), Other())
    made.remove("Other#1")
    made.add_last(Other())
    assert ["Other#0", "Other#2", "Other#1"] == made.names()


def test_one_name_for_several_handlers_raises() -> None:
    """They could not all have it."""
    with pytest.raises(ChannelPipelineError, match="name 'a' for 2 handlers"):
        pipeline().add_last(Other(), Other(), name="a")


@pytest.mark.parametrize("wrong", [None, "handler", Other])
def test_what_is_not_a_handler_is_refused(wrong: Any) -> None:
    """A class instead of an object is the usual mistake."""
    made = pipeline("a")
    with pytest.raises(ChannelPipelineError, match="is not a ChannelHandler"):
        made.add_last(wrong)
    assert ["a"] == made.names()


def test_an_object_that_is_not_sharable_belongs_to_its_first_pipeline() -> None:
    """Even after it was removed from there."""
    handler = Other()
    made = pipeline()
    made.add_last(handler)
    with pytest.raises(NotSharableError):
        pipeline().add_last(handler)
    made.remove(handler)
    with pytest.raises(NotSharableError):
        made.add_last(handler)


def test_a_sharable_object_may_stand_in_many_places() -> None:
    """Of one pipeline, too."""
    handler = Shared()
    assert ["Shared#0", "Shared#1"] == pipeline().add_last(handler, handler).names()
    assert ["Shared#0"] == pipeline().add_last(handler).names()


# Removing and replacing.


@pytest.mark.parametrize("by", ["name", "type", "object"])
def test_a_handler_is_removed_by_name_type_or_object(by: str) -> None:
    """The removed object is given back, and told."""
    handler = Logs("x")
    made = pipeline().add_last(Other(), name="o").add_last(handler, name="x")
    wanted: Any = {"name": "x", "type": Logs, "object": handler}[by]
    assert handler is made.remove(wanted)
    assert ["o"] == made.names()
    assert ["x added", "x removed"] == handler.log


@pytest.mark.parametrize("wanted", ["x", Other, Other()])
def test_removing_what_is_not_there_raises(wanted: Any) -> None:
    """The error names those that are; remove_if_exists gives None."""
    made = pipeline("a", "b")
    with pytest.raises(HandlerNotFoundError, match="which holds a, b"):
        made.remove(wanted)
    assert made.remove_if_exists(wanted) is None


@pytest.mark.parametrize("name", ["head", "tail"])
def test_the_ends_cannot_be_removed(name: str) -> None:
    """They are no handlers of the user's."""
    with pytest.raises(HandlerNotFoundError):
        pipeline("a").remove(name)


def test_remove_if_exists_removes() -> None:
    """Once."""
    made = pipeline("a")
    assert made.remove_if_exists("a") is not None
    assert made.remove_if_exists("a") is None


def test_the_first_and_the_last_are_removed() -> None:
    """The others stay."""
    made = pipeline("a", "b", "c")
    made.remove_first()
    made.remove_last()
    assert ["b"] == made.names()


def test_an_empty_pipeline_has_no_first_and_no_last() -> None:
    """Looking gives None, removing raises."""
    made = pipeline()
    assert (None, None) == (made.first(), made.last())
    with pytest.raises(HandlerNotFoundError):
        made.remove_first()
    with pytest.raises(HandlerNotFoundError):
        made.remove_last()


def test_a_replacement_may_keep_the_name_or_get_a_made_one() -> None:
    """Both without a clash."""
    made = pipeline("a")
    made.replace("a", Other(), "a")
    assert ["a"] == made.names()
    made.replace("a", Other())
    assert ["Other#0"] == made.names()


def test_a_replacement_with_a_name_that_another_has_raises() -> None:
    """The old handler stays, untold."""
    made = pipeline("a", "b")
    with pytest.raises(DuplicateHandlerNameError):
        made.replace("a", Other(), "b")
    assert ["a", "b"] == made.names()


def test_a_removed_handler_is_let_go() -> None:
    """Nothing in the pipeline keeps it alive."""
    channel = EmbeddedChannel()
    handler = Other()
    channel.pipeline().add_last(handler)
    channel.pipeline().remove(handler)
    gone = weakref.ref(handler)
    del handler
    gc.collect()
    assert gone() is None


# Finding.


def test_a_handler_is_found_by_name_type_and_object() -> None:
    """Its context too; what is not there is None, or raises."""
    handler = Other()
    made = pipeline("a").add_last(handler, name="o")
    assert handler is made.get("o") is made.get(Other)
    ctx = made.context(handler)
    assert (ctx, ctx) == (made.find("o"), made.find(Other))
    assert ("o", handler, made) == (ctx.name, ctx.handler, ctx.pipeline)
    assert (None, None) == (made.get("x"), made.find(Shared))
    with pytest.raises(HandlerNotFoundError):
        made.context("x")


def test_a_subclass_is_found_by_its_base() -> None:
    """The first that fits."""

    class Derived(Other):
        pass

    made = pipeline().add_last(Derived(), name="d").add_last(Other(), name="o")
    assert made.get("d") is made.get(Other)


def test_a_pipeline_is_a_collection_of_names_and_handlers() -> None:
    """len, in, iteration and repr."""
    made = pipeline("a", "b")
    assert 2 == len(made)
    assert ["a", "b"] == [name for name, _ in made]
    assert [True, True, False] == ["a" in made, Logs in made, "x" in made]
    assert "<ChannelPipeline a -> b>" == repr(made)
    assert "<ChannelPipeline empty>" == repr(pipeline())


# The chain.


@pytest.mark.parametrize("count", [0, 1, 5])
def test_contexts_are_linked_both_ways(count: int) -> None:
    """From head to tail and back."""
    made = pipeline(*"abcdefgh"[:count])
    forward, ctx = [], made.head.next
    while ctx is not made.tail:
        forward.append(ctx.name)
        ctx = ctx.next
    backward, ctx = [], made.tail.prev
    while ctx is not made.head:
        backward.append(ctx.name)
        ctx = ctx.prev
    assert made.names() == forward == backward[::-1]


def test_handlers_that_override_nothing_are_not_visited() -> None:
    """The next context of the hot path is the one that acts."""
    made = pipeline()
    for _ in range(20):
        made.add_last(Shared())
    assert made.tail is made.head.next_read is made.head.next_read_complete
    assert made.head is made.tail.next_write is made.tail.next_flush


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made.remove("m"),
        lambda made: made.add_first(Logs("f")),
        lambda made: made.add_last(Logs("l")),
        lambda made: made.add_before("m", Logs("b")),
        lambda made: made.add_after("m", Logs("c")),
        lambda made: made.replace("m", Logs("r")),
    ],
)
def test_the_pipeline_may_be_changed_in_the_middle_of_a_message(change: Callable[[ChannelPipeline], object]) -> None:
    """The message under way and the next one both arrive once."""

    class Changes(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            if msg == 1:
                change(ctx.pipeline)
            ctx.fire_channel_read(msg)

    channel = EmbeddedChannel(Changes())
    channel.pipeline().add_last(Logs("m"), name="m")
    channel.write_inbound(1, 2)
    assert [1, 2] == channel.inbound_messages()


# Starting.


def test_events_start_at_the_head_and_operations_at_the_tail() -> None:
    """Of the pipeline; of a context they start behind it."""
    log: list[str] = []

    class Both(ChannelHandler[Any]):
        def __init__(self, name: str) -> None:
            self.name = name

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            log.append(f"read {self.name}")
            ctx.fire_channel_read(msg)

        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            log.append(f"write {self.name}")
            ctx.write(msg, promise)

    channel = EmbeddedChannel()
    made = channel.pipeline().add_last(Both("a"), name="a").add_last(Both("b"), name="b")
    made.fire_channel_read(1)
    made.write(b"")
    assert ["read a", "read b", "write b", "write a"] == log
    log.clear()
    made.context("a").fire_channel_read(1)
    made.context("b").write(b"")
    assert ["read b", "write a"] == log


async def test_handlers_at_work_are_named_once() -> None:
    """Those with a coroutine callback under way, of either direction."""

    class Waits(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.Event().wait()

        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await asyncio.Event().wait()

    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    channel.pipeline().add_last(Waits(), name="first").add_last(Waits(), name="second")
    assert [] == channel.pipeline().handlers_at_work()
    channel.pipeline().fire_channel_read("a")
    channel.write("b")
    assert ["first", "second"] == channel.pipeline().handlers_at_work()
    channel.pipeline().context("first").write("c")
    channel.pipeline().context("second").write("c")
    assert ["first", "second"] == channel.pipeline().handlers_at_work()
    channel.abort()
    await asyncio.sleep(0)
