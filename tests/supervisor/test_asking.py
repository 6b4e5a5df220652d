"""The worker's side of a question, with a supervisor that the test plays."""

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from pyboot.supervisor import asking as module
from pyboot.supervisor.asking import Answer, Asking
from pyboot.supervisor.channel import Message
from pyboot.supervisor.memory_file import content, written


class Supervisor:
    """Notes what it is sent, with the content that came with it."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any], bytes | None]] = []
        self.changed = asyncio.Event()
        self.error: OSError | None = None
        self.asking = Asking(self.send)

    def send(self, kind: str, fields: dict[str, Any], descriptors: Sequence[int]) -> None:
        """As a channel."""
        if self.error is not None:
            raise self.error
        self.sent.append((kind, fields, content(descriptors[0]) if descriptors else None))
        self.changed.set()

    def tell(self, kind: str, fields: dict[str, Any], data: bytes | None = None) -> None:
        """Tell the worker; the descriptor is the worker's to close."""
        assert self.asking.handle(Message(kind, fields, () if data is None else (written(data),)))


def of(slot: int, generation: int = 1) -> dict[str, Any]:
    """Who has answered."""
    return {"id": 1, "slot": slot, "pid": 100 + slot, "generation": generation, "state": "ready", "is_last": False}


async def test_a_question_ends_with_all_answers_in_the_order_of_slots() -> None:
    """And the table, the silent ones and the sums as the supervisor tells them."""
    supervisor = Supervisor()
    before = len(os.listdir("/proc/self/fd"))
    question = asyncio.create_task(supervisor.asking.ask({"kind": "meters"}, 2.0, totals=True))
    await supervisor.changed.wait()
    assert [("collect", {"id": 1, "what": {"kind": "meters"}, "seconds": 2.0, "slot": None, "totals": True}, None)] == supervisor.sent

    supervisor.tell("collected", of(1), b"one")
    supervisor.tell("collected", of(0))
    supervisor.tell("complete", {"id": 1, "silent": [{"slot": 2}], "workers": [{"slot": 0}]}, b"sums")
    collected = await question

    assert [Answer(0, 100, 1, "ready", False, None), Answer(1, 101, 1, "ready", False, b"one")] == collected.answers
    assert ([{"slot": 2}], [{"slot": 0}], b"sums") == collected[1:]
    assert before == len(os.listdir("/proc/self/fd"))


async def test_a_supervisor_that_is_away_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is stopped in a debugger, say."""
    monkeypatch.setattr(module, "_GRACE_SECONDS", 0.0)
    with pytest.raises(OSError, match="has not answered for 0 s"):
        await Supervisor().asking.ask({}, 0.0)


async def test_answers_to_a_question_that_was_cancelled_are_thrown_away() -> None:
    """With their descriptors."""
    supervisor = Supervisor()
    question = asyncio.create_task(supervisor.asking.ask({}, 2.0))
    await supervisor.changed.wait()
    question.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await question
    before = len(os.listdir("/proc/self/fd"))
    supervisor.tell("collected", of(0), b"x")
    supervisor.tell("complete", {"id": 1, "silent": [], "workers": []})
    assert before == len(os.listdir("/proc/self/fd"))


async def test_another_worker_is_answered() -> None:
    """What is counted may be kept."""
    supervisor = Supervisor()

    async def answering(what: Mapping[str, Any]) -> bytes:
        return what["text"].encode()  # type: ignore[no-any-return]

    supervisor.asking.answer_with(answering)
    supervisor.tell("collect", {"id": 5, "what": {"text": "a", "keeps": True}})
    await supervisor.changed.wait()
    assert [("collected", {"id": 5, "keeps": True}, b"a")] == supervisor.sent


async def test_who_cannot_answer_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody waits for the deadline then: without a management room, and where answering raises, which is logged."""
    supervisor = Supervisor()
    supervisor.tell("collect", {"id": 5, "what": {}})
    await supervisor.changed.wait()
    assert [("collected", {"id": 5}, None)] == supervisor.sent

    async def answering(what: Mapping[str, Any]) -> bytes:
        raise LookupError(what)

    supervisor.changed.clear()
    supervisor.asking.answer_with(answering)
    supervisor.tell("collect", {"id": 6, "what": {}})
    await supervisor.changed.wait()
    assert ("collected", {"id": 6}, None) == supervisor.sent[1]
    assert "could not be answered" in caplog.text


async def test_what_was_counted_is_told() -> None:
    """Now and then, and at the end."""
    supervisor = Supervisor()
    supervisor.asking.tell_totals(b"counted")
    assert [("totals", {}, b"counted")] == supervisor.sent


async def test_other_messages_are_left_to_others() -> None:
    """With their descriptors."""
    assert not Supervisor().asking.handle(Message("drain", {}))


async def test_at_the_end_nobody_is_answered_any_more() -> None:
    """What is at work is cancelled."""
    supervisor, begun, ended = Supervisor(), asyncio.Event(), asyncio.Event()

    async def answering(what: Mapping[str, Any]) -> bytes:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return b""

    supervisor.asking.answer_with(answering)
    supervisor.tell("collect", {"id": 5, "what": {}})
    await begun.wait()
    supervisor.asking.end()
    await ended.wait()
    assert [] == supervisor.sent
