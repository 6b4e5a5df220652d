"""Questions of one worker to all, with workers that the test plays."""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pyboot.supervisor.channel import Channel, Message
from pyboot.supervisor.collection import Collections
from pyboot.supervisor.memory_file import content, written
from pyboot.supervisor.process import ProcessState, WorkerProcess
from pyboot.supervisor.slot import Slot
from pyboot.supervisor.timers import Timer, Timers

from .conftest import MakeProcess

WHAT = {"kind": "meters"}


class Party:
    """Three slots with a ready worker each, and what would be the supervisor."""

    def __init__(self, make: MakeProcess) -> None:
        self.slots = [Slot(0), Slot(1), Slot(2)]
        self.channels: list[Channel] = []
        self.timers = Timers()
        self.warnings: list[str] = []
        self.collections = Collections(self)
        for slot in self.slots:
            slot.serving, channel = make(slot.index)
            slot.serving.move(ProcessState.READY)
            self.channels.append(channel)

    def later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """As the supervisor's loop, with a clock that the test turns."""
        return self.timers.at(seconds, call)

    def warn(self, text: str) -> None:
        """Note it."""
        self.warnings.append(text)

    def worker(self, slot: int) -> WorkerProcess:
        """The worker of a slot."""
        serving = self.slots[slot].serving
        assert serving is not None
        return serving

    def say(self, slot: int, kind: str, fields: dict[str, Any], data: bytes | None = None) -> None:
        """Let a worker say something; as in the supervisor, a descriptor is closed behind it."""
        descriptors = () if data is None else (written(data),)
        self.collections.handlers[kind](self.worker(slot), Message(kind, fields, descriptors))
        for descriptor in descriptors:
            os.close(descriptor)

    def ask(self, slot: int, number: int = 7, only: int | None = None, *, totals: bool = False) -> None:
        """Let a worker ask."""
        self.say(slot, "collect", {"id": number, "what": WHAT, "seconds": 2, "slot": only, "totals": totals})

    def hears(self, slot: int) -> tuple[str, dict[str, Any], bytes | None]:
        """What a worker is told next."""
        message = self.channels[slot].receive()
        assert message is not None
        data = content(message.descriptors[0]) if message.descriptors else None
        for descriptor in message.descriptors:
            os.close(descriptor)
        return message.kind, message.fields, data

    def is_told_nothing(self, slot: int) -> bool:
        """Whether there is no message for it."""
        try:
            self.channels[slot].receive()
        except BlockingIOError:
            return True
        return False


@pytest.fixture
def party(make_process: MakeProcess) -> Iterator[Party]:
    """Three workers."""
    made = Party(make_process)
    yield made
    made.collections.totals.close()


def rows(number: int) -> bytes:
    """What a worker has counted."""
    return json.dumps({"totals": {"a": [number]}}).encode()


def test_all_are_asked_the_asker_too_and_each_answer_is_passed_on(party: Party) -> None:
    """The end comes when all have answered, with the table of all workers."""
    party.ask(1)
    numbers = []
    for slot in range(3):
        kind, fields, _ = party.hears(slot)
        assert ("collect", WHAT) == (kind, fields["what"])
        numbers.append(fields["id"])
    for slot in (2, 0, 1):
        party.say(slot, "collected", {"id": numbers[slot]}, f"of {slot}".encode())

    for slot in (2, 0, 1):
        kind, fields, data = party.hears(1)
        assert ("collected", 7, slot, "ready", False) == (kind, fields["id"], fields["slot"], fields["state"], fields["is_last"])
        assert f"of {slot}".encode() == data
    kind, fields, _ = party.hears(1)
    assert ("complete", 7, []) == (kind, fields["id"], fields["silent"])
    assert [0, 1, 2] == [row["slot"] for row in fields["workers"]]
    assert {"slot", "restarts", "pid", "generation", "state", "uptime", "beat", "memory"} == {*fields["workers"][0]}
    assert fields["workers"][0]["memory"] > 100_000
    assert party.is_told_nothing(0)


def test_who_does_not_answer_in_time_is_named(party: Party) -> None:
    """And what it says afterwards is for nobody."""
    party.ask(0)
    number = party.hears(0)[1]["id"]
    party.say(0, "collected", {"id": number}, b"x")
    party.say(2, "collected", {"id": number}, b"x")
    party.timers.run(2.0)

    assert ["collected", "collected"] == [party.hears(0)[0] for _ in range(2)]
    kind, fields, _ = party.hears(0)
    assert ("complete", [1]) == (kind, [each["slot"] for each in fields["silent"]])
    party.say(1, "collected", {"id": number}, b"late")
    assert party.is_told_nothing(0)


def test_a_deadline_is_the_supervisors_to_bound(party: Party) -> None:
    """Whatever the question says."""
    party.say(0, "collect", {"id": 1, "what": WHAT, "seconds": 1e9, "slot": None, "totals": False})
    assert 30.0 == party.timers.next_due()


def test_one_slot_alone_is_asked(party: Party) -> None:
    """One that nobody serves in is answered at once, by nobody."""
    party.ask(0, only=2)
    assert "collect" == party.hears(2)[0]
    assert party.is_told_nothing(1)
    party.ask(1, only=9)
    assert ("complete", []) == (lambda told: (told[0], told[1]["silent"]))(party.hears(1))


def test_what_a_worker_has_told_last_stands_for_a_silent_one(party: Party) -> None:
    """Where sums are wanted: they must not fall because somebody is busy."""
    party.say(2, "totals", {}, rows(5))
    party.ask(0, totals=True)
    number = party.hears(0)[1]["id"]
    party.say(0, "collected", {"id": number, "keeps": True}, rows(1))
    party.say(1, "collected", {"id": number, "keeps": True}, rows(2))
    party.timers.run(2.0)

    told = [party.hears(0) for _ in range(3)]
    assert [(0, False, rows(1)), (1, False, rows(2)), (2, True, rows(5))] == [
        (fields["slot"], fields["is_last"], data) for _, fields, data in told
    ]
    _, fields, sums = party.hears(0)
    assert [2] == [each["slot"] for each in fields["silent"]]
    assert b'{"totals":{}}' == sums


def test_a_worker_that_goes_meanwhile_is_counted_once(party: Party) -> None:
    """Before it has answered by what it told last, and not among those that are gone; in the next answer it is one of these."""
    party.say(1, "totals", {}, rows(5))
    party.ask(0, totals=True)
    number = party.hears(0)[1]["id"]
    party.say(0, "collected", {"id": number, "keeps": True}, rows(1))
    leave(party, 1)
    party.say(2, "collected", {"id": number, "keeps": True}, rows(2))

    told = [party.hears(0) for _ in range(3)]
    assert [(0, False), (1, True), (2, False)] == [(fields["slot"], fields["is_last"]) for _, fields, _ in told]
    assert b'{"totals":{}}' == party.hears(0)[2]

    party.ask(0, 8, totals=True)
    party.timers.run(100)
    heard = [party.hears(0) for _ in range(4)]
    assert ("complete", rows(5)) == (heard[-1][0], (heard[-1][2] or b"").replace(b":", b": "))


def test_an_answer_is_kept_as_what_was_told_last(party: Party) -> None:
    """What somebody was shown must be in the sums when the worker has gone."""
    party.say(1, "totals", {}, rows(5))
    party.ask(0)
    number = party.hears(0)[1]["id"]
    party.say(1, "collected", {"id": number, "keeps": True}, rows(6))
    leave(party, 1)
    assert rows(6).replace(b" ", b"") == content(party.collections.totals.file().fileno())


def test_a_worker_that_asks_and_goes_leaves_nothing_behind(party: Party) -> None:
    """Its question ends with it."""
    party.ask(0, totals=True)
    leave(party, 0)
    assert party.timers.next_due() is None


def test_what_is_no_total_is_told_and_left_out(party: Party) -> None:
    """The supervisor goes on."""
    party.say(1, "totals", {}, b"nonsense")
    leave(party, 1)
    assert ["worker 1: what it has counted is lost"] == [each[:37] for each in party.warnings]


def test_too_many_questions_are_answered_at_once_by_nobody(party: Party) -> None:
    """Descriptors have an end."""
    for number in range(64):
        party.ask(0, number)
    assert all("collect" == party.hears(1)[0] for _ in range(64))
    party.ask(1, 99)
    kind, fields, _ = party.hears(1)
    assert ("complete", 99, 3) == (kind, fields["id"], len(fields["silent"]))


def test_a_worker_that_does_not_read_holds_nobody_up(party: Party) -> None:
    """Its channel is full; it is one that is silent."""
    while party.worker(2).tell("log", {"text": "x" * 10_000}):
        pass
    party.ask(0)
    number = party.hears(0)[1]["id"]
    party.say(0, "collected", {"id": number})
    party.say(1, "collected", {"id": number})
    party.timers.run(2.0)
    assert [2] == [each["slot"] for each in [party.hears(0) for _ in range(3)][-1][1]["silent"]]


def test_no_descriptor_is_left(party: Party) -> None:
    """A supervisor lives for months."""
    before = len(os.listdir("/proc/self/fd"))
    for number in range(20):
        party.ask(0, number, totals=True)
        asked = party.hears(0)[1]["id"]
        party.say(1, "collected", {"id": asked, "keeps": True}, rows(1))
        party.timers.run(2.0 * number + 2)
        party.timers.run(1e9)
        assert "collect" == party.hears(1)[0]
        while party.hears(0)[0] != "complete":
            pass
    # What worker 1 has told last, and the sums.
    assert before + 2 == len(os.listdir("/proc/self/fd"))


def leave(party: Party, slot: int) -> None:
    """Let the worker of a slot be gone, as the supervisor does."""
    process = party.worker(slot)
    process.move(ProcessState.GONE)
    party.collections.gone(process)
    party.slots[slot].gone(process)
