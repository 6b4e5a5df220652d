"""The states of a mailbox: a model of it, compared with the real one under random schedules that visit every square of the table."""

import asyncio
import random
from collections import deque
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.coroutines.letter import CallLetter
from pyboot.components.netty.channel.coroutines.mailbox import NEXT_STATES, Mailbox, MailboxState
from pyboot.components.netty.errors import ChannelStateError

SCHEDULES = 300

# What each event makes of each state, once the loop has turned; "next" is the state that what waits leads to.
TABLE = {
    "IDLE": {"plain": "IDLE", "quick": "IDLE", "slow": "SUSPENDED", "close": "CLOSED"},
    "STEPPING": {},
    "SUSPENDED": {"go": "next", "cancel": "next", "cancel_task": "next", "close": "next"},
    "CLOSED": {"plain": "CLOSED", "quick": "CLOSED", "slow": "SUSPENDED"},
}  # everything else leaves it as it is
EVENTS = ("plain", "quick", "slow", "go", "cancel", "cancel_task", "lose", "close")


class Script:
    """A callback: what it does while it is stepped, and whether it then waits, raises, or ends; *is_read* as a message."""

    def __init__(self, number: int, kind: str, inner: list["Op"], *, is_read: bool) -> None:
        self.number = number
        self.kind = kind
        self.inner = inner
        self.is_read = is_read


class Op:
    """One event of a schedule, with the callback that it brings, if it brings one; *first* ahead of what waits."""

    def __init__(self, event: str, script: Script | None, *, first: bool) -> None:
        self.event = event
        self.script = script
        self.first = first


def an_op(rng: random.Random, numbers: list[int], depth: int = 0) -> Op:
    """Any event; a callback does up to two more while it is stepped."""
    event = rng.choice(EVENTS)
    if event not in ("plain", "quick", "slow"):
        return Op(event, None, first=False)
    numbers.append(len(numbers))
    number = numbers[-1]
    inner = [an_op(rng, numbers, depth + 1) for _ in range(rng.choice((0, 0, 1, 2)))] if depth < 2 else []
    return Op(event, Script(number, event, inner, is_read=rng.random() < 0.3), first=rng.random() < 0.2)


class Model:
    """A mailbox without tasks, steps or letters: a queue, and who is under way."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.waiting: deque[Script] = deque()
        self.suspended: Script | None = None
        self.steps: Script | None = None
        self.is_cancelled = False  # what is stepped, if it is a coroutine
        self.is_closed = self.drops = False

    @property
    def state(self) -> str:
        """By the name that the real one has for it."""
        return "STEPPING" if self.steps else "SUSPENDED" if self.suspended else "CLOSED" if self.is_closed else "IDLE"

    def do(self, op: Op) -> None:
        """What the event does."""
        if op.script is not None:
            if op.script.is_read and self.drops:
                return
            self.waiting.appendleft(op.script) if op.first and not op.script.is_read else self.waiting.append(op.script)
            self.run()
        elif op.event == "lose":
            self.drops |= self.suspended is not None or any(script.is_read for script in self.waiting)
            self.waiting = deque(script for script in self.waiting if not script.is_read)
        elif op.event == "close":
            self.is_closed = True
        if self.steps is not None:
            self.is_cancelled |= op.event == "cancel_task"
        elif op.event in ("go", "cancel", "cancel_task", "close") and self.suspended is not None:
            self.end_suspended("end" if op.event == "go" else "cancelled")

    def end_suspended(self, how: str) -> None:
        """What waits behind it has its turn."""
        assert self.suspended is not None
        self.log.append(f"{how} {self.suspended.number}")
        self.suspended = None
        self.run()

    def run(self) -> None:
        """All that can run, one after the other."""
        while self.waiting and self.suspended is None and self.steps is None:
            script = self.waiting.popleft()
            self.log.append(f"begin {script.number}")
            self.steps, self.is_cancelled = script, False
            for op in script.inner:
                self.do(op)
            self.steps = None
            if script.kind == "slow":
                self.suspended = script
                if self.is_cancelled:
                    self.end_suspended("cancelled")  # with the next turn of the loop; nothing else comes before
            else:
                self.log.append(f"end {script.number}")


class Real:
    """A mailbox under the same events; notes each square of the table that it stands on."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.seen: set[tuple[str, str]] = set()
        self.wrong: list[tuple[str, str, str]] = []
        self.gate: asyncio.Future[None] | None = None
        outer = self

        class Reads(ChannelHandler[Any]):
            async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
                await outer.coroutine(msg)

        self.channel = EmbeddedChannel(Reads(), loop=asyncio.get_running_loop())
        inbox = self.channel.pipeline().contexts()[0].inbox
        assert inbox is not None
        self.inbox: Mailbox = inbox

    async def do(self, op: Op) -> str:
        """What the event does, and the loop after it; the state that it came in."""
        before = self.inbox.state.name
        self.now(op)
        for _ in range(8):
            await asyncio.sleep(0)
        self.note(before, op)
        return before

    def note(self, before: str, op: Op) -> None:
        """A square of the table; what it says of one where only that event happens."""
        self.seen.add((before, op.event))
        now = self.inbox.state.name
        if (op.script is None or not (op.script.inner or op.script.is_read)) and TABLE[before].get(op.event, before) not in (now, "next"):
            self.wrong.append((before, op.event, now))

    def now(self, op: Op) -> None:
        """The same without the loop."""
        if op.script is not None and op.script.is_read:
            self.inbox.deliver_read(op.script)
        elif op.script is not None:
            letter = CallLetter("event", self.plain if op.script.kind == "plain" else self.coroutine, (op.script,))
            self.inbox.deliver_first(letter) if op.first else self.inbox.deliver(letter)
        elif op.event == "go":
            if self.gate is not None and not self.gate.done():
                self.gate.set_result(None)
        elif op.event == "cancel":
            self.inbox.cancel()
        elif op.event == "cancel_task":
            if self.inbox._task is not None:
                self.inbox._task.cancel()
        elif op.event == "lose":
            self.inbox.lose_letters()
        else:
            self.inbox.close()
            self.inbox.end_if_idle()

    def step(self, script: Script) -> None:
        """The part of a callback that does not wait."""
        self.log.append(f"begin {script.number}")
        for op in script.inner:
            before = self.inbox.state.name
            self.now(op)
            self.note(before, op)

    def plain(self, script: Script) -> None:
        """A callback that is no coroutine."""
        self.step(script)
        self.log.append(f"end {script.number}")

    async def coroutine(self, script: Script) -> None:
        """One that is, and may wait."""
        task = asyncio.current_task()
        self.step(script)
        if script.kind == "slow":
            self.gate = asyncio.get_running_loop().create_future()
            try:
                await self.gate
            except asyncio.CancelledError:
                self.log.append(f"cancelled {script.number}")
                raise
        assert task is asyncio.current_task()
        self.log.append(f"end {script.number}")


async def test_a_mailbox_does_what_its_table_says_under_any_schedule() -> None:
    """Order, state, and who waits for it is told, after each event; and no square of the table is left out."""
    seen: set[tuple[str, str]] = set()
    for seed in range(SCHEDULES):
        rng = random.Random(seed)
        model, real, numbers = Model(), Real(), list[int]()
        for _ in range(rng.randint(1, 25)):
            op = an_op(rng, numbers)
            waits = None if real.inbox.is_idle else asyncio.ensure_future(until_idle(real.inbox))
            before = await real.do(op)
            model.do(op)
            state = real.inbox.state.name
            assert (model.log, model.state) == (real.log, state), f"seed {seed}, {op.event} in {before}"
            assert waits is None or waits.done() or not real.inbox.is_idle, f"seed {seed}: nobody told who waits"
            if waits is not None and not waits.done():
                waits.cancel()
        assert [] == real.wrong, f"seed {seed}"
        seen |= real.seen
        real.channel.abort()
        await asyncio.sleep(0)
    assert {(state, event) for state in TABLE for event in EVENTS} == seen


async def until_idle(inbox: Mailbox) -> None:
    """As a coroutine, for a task."""
    await inbox


@pytest.mark.parametrize("old", MailboxState)
@pytest.mark.parametrize("new", MailboxState)
async def test_a_move_that_is_not_in_the_table_raises(old: MailboxState, new: MailboxState) -> None:
    """And changes nothing."""
    inbox = Real().inbox
    inbox.state = old
    if new in NEXT_STATES[old]:
        inbox._go(new)
        assert new is inbox.state
    else:
        with pytest.raises(ChannelStateError, match=f"cannot go from {old.name} to {new.name}"):
            inbox._go(new)
        assert old is inbox.state
    inbox.state = MailboxState.IDLE
    inbox.ctx.channel.abort()


def test_the_diagram_of_the_documentation_is_the_table() -> None:
    """docs/design/pipeline.md draws every legal move, and no other."""
    page = (Path(__file__).resolve().parents[5] / "docs/design/pipeline.md").read_text()
    drawn = {tuple(line.split(" --> ")) for line in map(str.strip, page.splitlines()) if " --> " in line and line.split()[0].isupper()}

    assert {(old.name, new.name) for old in MailboxState for new in NEXT_STATES[old]} == drawn
