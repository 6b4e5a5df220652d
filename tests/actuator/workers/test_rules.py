"""How answers of several workers become one."""

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

import pytest

from pyboot.actuator.web.dispatcher import Answer
from pyboot.actuator.workers.rules import Merged, Part, added_up, done_by_all, dumps, joined_channels, one_list, side_by_side, worst_health


def parts(*told: Any, status: int = 200) -> list[Part]:
    """Answers of workers 0, 1, …"""
    return [Part(slot, Answer(status, json.dumps(each).encode()), each) for slot, each in enumerate(told)]


def merged(found: Merged | Awaitable[Merged]) -> Merged:
    """What a rule returns that waits for nothing."""
    assert isinstance(found, Merged)
    return found


def told(found: Merged | Awaitable[Merged]) -> Any:
    """What one says."""
    return merged(found).told


def health(status: str, **components: str) -> dict[str, Any]:
    """The health of a worker."""
    return {"status": status, "components": {name: {"status": each, "details": {"of": each}} for name, each in components.items()}}


def test_health_is_the_worst_of_each_component_with_its_status() -> None:
    """Which worker says what is told where they differ."""
    down = Part(1, Answer(503), health("DOWN", db="DOWN", ping="UP"))
    answer = merged(worst_health([*parts(health("UP", db="UP", ping="UP")), down], {}))
    assert 503 == answer.answer.status
    assert {
        "status": "DOWN",
        "workers": {"0": "UP", "1": "DOWN"},
        "components": {
            "db": {"status": "DOWN", "details": {"of": "DOWN"}, "workers": {"0": "UP", "1": "DOWN"}},
            "ping": {"status": "UP", "details": {"of": "UP"}},
        },
    } == told(answer)


def test_a_component_that_only_one_shows_is_not_found_where_nobody_does() -> None:
    """404 is an answer, too."""
    assert 404 == merged(worst_health(parts({}, {}, status=404), {})).answer.status


def test_numbers_add_up_and_names_stay() -> None:
    """Booleans are no numbers, and what one alone has is there."""
    one = {"servers": {"echo": {"address": "a", "tls": True, "bytes": {"in": 1}, "closed": {"peer": 1}}}}
    two = {"servers": {"echo": {"address": "a", "tls": True, "bytes": {"in": 2}, "closed": {"idle": 4}}}}
    assert {"servers": {"echo": {"address": "a", "tls": True, "bytes": {"in": 3}, "closed": {"peer": 1, "idle": 4}}}} == told(
        added_up(parts(one, two), {})
    )


def row(id: str, **others: Any) -> dict[str, Any]:
    """A connection."""
    return {"id": id, "rateIn": 0, "rateOut": 0, "pending": 0, "idle": 0, "since": "2026-01-01", **others}


@pytest.mark.parametrize(("sort", "first"), [("rate", "1.a"), ("pending", "0.a"), ("idle", "0.b"), ("age", "1.a")])
async def test_connections_are_sorted_again_and_have_the_worker_in_their_id(sort: str, first: str) -> None:
    """Two workers may have connections of one id."""
    rows = [row("a", pending=9), row("b", idle=5)]  # each worker has sorted its own
    zero = {"total": 7, "channels": rows[::-1] if sort == "idle" else rows}
    one = {"total": 3, "channels": [row("a", rateIn=4, since="2025-01-01")]}
    found = told(await joined_channels(parts(zero, one), {"sort": [sort], "limit": ["2"]}))
    assert (10, first) == (found["total"], found["channels"][0]["id"])
    assert 2 == len(found["channels"])
    assert str(found["channels"][0]["worker"]) == first[0]


async def test_connections_of_many_workers_are_drawn_one_by_one_with_turns_between() -> None:
    """As many as are asked for, the first of all; whoever waits for the loop has it meanwhile."""
    many = [{"total": 1000, "channels": [row(f"{n}", rateIn=1000 - n) for n in range(1000)]} for _ in range(8)]
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    found = told(await joined_channels(parts(*many), {"limit": ["1000"]}))
    counting.cancel()

    assert (8000, 1000) == (found["total"], len(found["channels"]))
    assert [f"{slot}.{n}" for n in range(125) for slot in range(8)] == [each["id"] for each in found["channels"]]
    assert turns > 1


async def test_a_refusal_of_one_is_the_answer_for_all() -> None:
    """To a question that cannot be asked, and to a write."""
    failed = [*parts({"total": 0, "channels": []}), Part(1, Answer(400))]
    assert 400 == (await joined_channels(failed, {})).answer.status
    assert 400 == merged(done_by_all(failed, {})).answer.status


def test_lists_and_objects_are_put_together() -> None:
    """Each entry with its worker."""
    assert {"x": [{"t": "2", "worker": 1}, {"t": "1", "worker": 0}]} == told(
        one_list("x", "t")(parts({"x": [{"t": "1"}]}, {"x": [{"t": "2"}]}), {})
    )
    assert {"loops": {"0/main": 1, "1/main": 2}} == told(side_by_side("loops")(parts({"loops": {"main": 1}}, {"loops": {"main": 2}}), {}))


def test_of_an_answer_with_several_parts_each_is_put_together() -> None:
    """Clients of HTTP beside clients, and leaks beside allocators."""
    rule = side_by_side("clients", "httpClients", lists=("leaks",))
    one = {"clients": {"a": 1}, "httpClients": {"h": 2}, "leaks": [{"allocated": "x.py:1"}]}
    assert {
        "clients": {"0/a": 1, "1/a": 1},
        "httpClients": {"0/h": 2, "1/h": 2},
        "leaks": [{"allocated": "x.py:1", "worker": 0}, {"allocated": "x.py:1", "worker": 1}],
    } == told(rule(parts(one, one), {}))


def thread(number: int, **others: Any) -> dict[str, Any]:
    """A thread or a task, as the endpoint ``threaddump`` tells it."""
    return {"threadName": "MainThread", "threadId": number, "lockOwnerId": -1, **others}


def test_threads_of_workers_are_told_apart_and_their_tasks_add_up() -> None:
    """Two processes may have threads of one id, and each has its main thread."""
    one = {"threads": [thread(140_000_000_000_000)], "tasks": {"total": 3, "shown": 1}}
    task = thread(1_000_001, lockOwnerId=1_000_002, lockOwnerName="Task-2")
    two = {"threads": [thread(140_000_000_000_000), task], "tasks": {"total": 4, "shown": 2}}
    assert {
        "threads": [
            {"threadName": "0/MainThread", "threadId": 140_000_000_000_000, "lockOwnerId": -1, "worker": 0},
            {"threadName": "1/MainThread", "threadId": 1_140_000_000_000_000, "lockOwnerId": -1, "worker": 1},
            {
                "threadName": "1/MainThread",
                "threadId": 1_000_000_001_000_001,
                "lockOwnerId": 1_000_000_001_000_002,
                "lockOwnerName": "1/Task-2",
                "worker": 1,
            },
        ],
        "tasks": {"total": 7, "shown": 3},
    } == told(dumps(parts(one, two), {}))


def test_dumps_as_text_stand_one_behind_the_other() -> None:
    """Each below the name of its worker; and a refusal is the answer for all."""
    texts = [Part(0, Answer(200, b"a\n")), Part(1, Answer(200, b"b\n"))]
    assert b"Worker 0\na\nWorker 1\nb\n" == merged(dumps(texts, {})).answer.content
    assert 501 == merged(dumps([*texts, Part(2, Answer(501))], {})).answer.status
