"""Any handler may be added, removed and replaced at any place inside any callback: random programs, compared with a model.

Each program is made from a seed, which a failure prints; ``PYBOOT_SEED=n`` runs from that one on.
"""

import asyncio
import os
import random
from collections import Counter
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, EmbeddedChannel
from pyboot.components.netty.channel.promise import ChannelPromise

from .pipeline_model import INBOUND, OUTBOUND, ModelContext, ModelPipeline

FIRST_SEED = int(os.environ.get("PYBOOT_SEED") or random.SystemRandom().randrange(10**9))
CHANGES = ("add_first", "add_last", "add_before", "add_after", "remove", "remove self", "replace", "replace self")
FIRES = ("channel_read", "user_event_triggered", "write", "flush", "connect")


class Program:
    """What the handlers of one run do, drawn from a seed; the same for the real pipeline and for the model."""

    def __init__(self, seed: int, real: EmbeddedChannel | None, coroutines: float = 0.0) -> None:
        self.seed = seed
        self.real = real
        self.coroutines = coroutines
        self.model = ModelPipeline(self.came_out)
        self.log: list[str] = []
        self.fuel = 40  # how many changes and events its handlers make of their own accord
        self.handlers: list[Any] = []
        self.calls: Counter[str] = Counter()

    def came_out(self, end: str, name: str, arguments: tuple[Any, ...]) -> None:
        """An event or an operation met an end of the pipeline."""
        self.log.append(f"{end} {name} {[argument for argument in arguments if isinstance(argument, str)]}")

    def new_handler(self) -> Any:
        """One that overrides some callbacks, chosen by its number."""
        number = len(self.handlers)
        draw = random.Random(f"{self.seed} class {number}")
        is_coroutine = {name: draw.random() < self.coroutines for name in (*INBOUND, *OUTBOUND, "handler_added", "handler_removed")}
        # A callback that only passes on waits, in a handler with coroutine operations, for the ends of those, and is cancelled with it.
        waits = any(is_coroutine[name] for name in OUTBOUND)
        chosen = [name for name in (*INBOUND, *OUTBOUND) if draw.random() < 0.5 or (waits and name in OUTBOUND)]
        body: dict[str, Any] = {name: callback(name, is_coroutine[name]) for name in chosen}
        body |= {name: life(name, is_coroutine[name]) for name in ("handler_added", "handler_removed")}
        handler = type("Scripted", (Scripted,), body)(self, number)
        self.handlers.append(handler)
        return handler

    def present(self) -> list[Any]:
        """The handlers in the pipeline, head to tail."""
        return [ctx.handler for ctx in self.model.contexts()] if self.real is None else [handler for _, handler in self.real.pipeline()]

    def pipeline(self) -> Any:
        """What is changed."""
        return self.model if self.real is None else self.real.pipeline()

    def draw_for(self, what: str) -> random.Random:
        """The next choices of a callback, which depend on nothing but how often it was called."""
        self.calls[what] += 1
        return random.Random(f"{self.seed} {what} {self.calls[what]}")

    def act(self, ctx: Any, handler: Any, draw: random.Random) -> None:
        """Change the pipeline somewhere, or cause an event, here or at an end."""
        if self.fuel == 0:
            return
        self.fuel -= 1
        if draw.random() < 0.3:
            fire(ctx if draw.random() < 0.7 else self.end(), draw.choice(FIRES), f"own {handler.number}")
            return
        change, present = draw.choice(CHANGES), self.present()
        chosen = handler if change.endswith("self") else draw.choice(present) if present else None
        if change in ("add_first", "add_last"):
            getattr(self.pipeline(), change)(self.new_handler())
        elif chosen in present:
            arguments = () if change.startswith("remove") else (self.new_handler(),)
            getattr(self.pipeline(), change.removesuffix(" self"))(chosen, *arguments)

    def end(self) -> Any:
        """A context that fires through the whole pipeline: the head for events, the tail for operations."""
        return Ends(self.model if self.real is None else self.real.pipeline())


class Ends:
    """Fires from the ends."""

    def __init__(self, pipeline: Any) -> None:
        self.head, self.tail = pipeline.head, pipeline.tail


class Scripted(ChannelHandler[Any]):
    """Does what the program says, and passes everything on."""

    def __init__(self, program: Program, number: int) -> None:
        self.program = program
        self.number = number


def fire(ctx: Any, name: str, *arguments: Any) -> None:
    """Cause an event or an operation, at a context of the real pipeline or of the model."""
    if isinstance(ctx, Ends):
        ctx = ctx.head if name in INBOUND else ctx.tail
    if name in ("channel_read_complete", "channel_writability_changed", "flush", "read", "disconnect", "deregister"):
        arguments = tuple(argument for argument in arguments if isinstance(argument, ChannelPromise))
    if isinstance(ctx, ModelContext):
        (ctx.inbound if name in INBOUND else ctx.outbound)(name, *arguments)
    elif name in INBOUND:
        getattr(ctx, f"fire_{name}")(*arguments)
    else:
        getattr(ctx, name)(*arguments)


def callback(name: str, is_coroutine: bool) -> Any:
    """A callback that acts before and after it passes on, or instead of that does so twice."""

    def plain(self: Scripted, ctx: Any, *arguments: Any) -> None:
        program = self.program
        program.log.append(f"{self.number} {name} {[argument for argument in arguments if isinstance(argument, str)]}")
        draw = program.draw_for(f"{self.number} {name}")
        for _ in range(draw.choice((0, 0, 1, 2))):
            program.act(ctx, self, draw)
        fire(ctx, name, *arguments)
        for _ in range(draw.choice((0, 0, 1, 2))):
            program.act(ctx, self, draw)

    async def suspending(self: Scripted, ctx: Any, *arguments: Any) -> None:
        draw = self.program.draw_for(f"{self.number} {name} suspends")
        for _ in range(draw.choice((0, 0, 1, 3))):
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                break  # removed from outside: it passes on what it has
        plain(self, ctx, *arguments)

    return suspending if is_coroutine else plain


def life(name: str, is_coroutine: bool) -> Any:
    """handler_added or handler_removed."""

    def act(self: Scripted, ctx: Any) -> None:
        draw = self.program.draw_for(f"{self.number} {name}")
        for _ in range(draw.choice((0, 0, 1, 2))):
            self.program.act(ctx, self, draw)

    def plain(self: Scripted, ctx: Any) -> None:
        self.program.log.append(f"{self.number} {name}")
        act(self, ctx)

    async def suspending(self: Scripted, ctx: Any) -> None:
        self.program.log.append(f"{self.number} {name}")
        for _ in range(self.program.draw_for(f"{self.number} {name} suspends").choice((0, 0, 1, 2))):
            await asyncio.sleep(0)
        act(self, ctx)

    return suspending if is_coroutine else plain


class Ended(EmbeddedChannel):
    """Tells its program what comes out at the ends."""

    program: Program | None = None

    def _came_out(self, end: str, name: str, *arguments: Any) -> None:
        if self.program is not None:
            self.program.came_out(end, name, arguments)

    def unhandled_message(self, msg: object) -> None:
        self._came_out("tail", "channel_read", msg)

    def add_outbound(self, msg: object, promise: ChannelPromise | None) -> None:
        self._came_out("head", "write", msg)

    def flush_outbound(self) -> None:
        self._came_out("head", "flush")

    def begin_read(self) -> None:
        self._came_out("head", "read")

    def do_connect(self, address: object, promise: ChannelPromise) -> None:
        self._came_out("head", "connect", address)
        promise.try_success()

    def do_deregister(self, promise: ChannelPromise) -> None:
        self._came_out("head", "deregister")
        promise.try_success()

    def do_disconnect(self, promise: ChannelPromise) -> None:
        self._came_out("head", "disconnect")
        promise.try_success()


# What the model's ends log and the real tail, which ignores it, does not.
UNSEEN = ("tail channel_read_complete", "tail user_event", "tail channel_writability")


def run(program: Program) -> list[str]:
    """Fill a pipeline, send all kinds of events through it from both ends, and take it down."""
    for _ in range(random.Random(f"{program.seed} size").randrange(1, 6)):
        program.pipeline().add_last(program.new_handler())
    for number in range(6):
        name = random.Random(f"{program.seed} outside {number}").choice((*INBOUND, *OUTBOUND))
        program.fuel += 5
        fire(program.end(), name, f"outside {number}")
        program.log.append(f"names {[handler.number for handler in program.present()]}")
    program.fuel = 0  # what is added while all are removed stays
    program.pipeline().destroy()
    return [line for line in program.log if not line.startswith(UNSEEN)]


def channel_for(seed: int, coroutines: float = 0.0) -> tuple[Ended, Program]:
    """A channel whose ends tell the program."""
    channel = Ended()
    channel.has_disconnect = True
    channel.program = program = Program(seed, channel, coroutines)
    return channel, program


@pytest.mark.parametrize("part", range(3))
def test_plain_handlers_change_the_chain_at_will_and_see_what_they_would_in_netty(part: int) -> None:
    """Event for event, handler for handler, at both ends, up to the last handler_removed."""
    for seed in range(FIRST_SEED + part * 50, FIRST_SEED + part * 50 + 50):
        expected = run(Program(seed, None))
        _, program = channel_for(seed)
        assert expected == run(program), f"seed {seed}"


@pytest.mark.parametrize("part", range(3))
def test_handlers_of_both_kinds_change_the_chain_at_will_and_nothing_is_lost_doubled_or_kept_going(part: int) -> None:
    """All that goes in comes out, once and in its order; who was told of its adding is told once of its removal; it ends."""
    for seed in range(FIRST_SEED + part * 20, FIRST_SEED + part * 20 + 20):
        channel, program = channel_for(seed, coroutines=0.4)
        for _ in range(random.Random(f"{seed} size").randrange(1, 6)):
            program.pipeline().add_last(program.new_handler())
        for number in range(20):
            program.fuel += 2
            fire(program.end(), "channel_read", f"in {number}")
            fire(program.end(), "write", f"out {number}")
            if number % 3 == 0:
                channel.run_pending_tasks()
        channel.run_pending_tasks()
        came_in = [line for line in program.log if line.startswith("tail channel_read ['in ")]
        went_out = [line for line in program.log if line.startswith("head write ['out ")]
        assert [f"tail channel_read ['in {number}']" for number in range(20)] == came_in, f"seed {seed}"
        assert [f"head write ['out {number}']" for number in range(20)] == went_out, f"seed {seed}"
        program.fuel = 0
        channel.finish()
        for handler in program.handlers:
            times = [program.log.count(f"{handler.number} {name}") for name in ("handler_added", "handler_removed")]
            assert times == [1, 1], f"seed {seed}, handler {handler.number}"
        assert program.pipeline().names() == [], f"seed {seed}"
