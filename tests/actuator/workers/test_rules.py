"""How answers of several workers become one."""

import json
from typing import Any

import pytest

from pyboot.actuator.web.dispatcher import Answer
from pyboot.actuator.workers.rules import Part, added_up, done_by_all, dumps, joined_channels, one_list, side_by_side, worst_health


def parts(*told: Any, status: int = 200) -> list[Part]:
    """Answers of workers 0, 1, …"""
    return [Part(slot, Answer(status, json.dumps(each).encode())) for slot, each in enumerate(told)]


def told(answer: Answer) -> Any:
    """What one says."""
    assert isinstance(answer.content, bytes)
    return json.loads(answer.content)


def health(status: str, **components: str) -> dict[str, Any]:
    """The health of a worker."""
    return {"status": status, "components": {name: {"status": each, "details": {"of": each}} for name, each in components.items()}}


def test_health_is_the_worst_of_each_component_with_its_status() -> None:
    """Which worker says what is told where they differ."""
    down = Part(1, Answer(503, json.dumps(health("DOWN", db="DOWN", ping="UP")).encode()))
    answer = worst_health([*parts(health("UP", db="UP", ping="UP")), down], {})
    assert 503 == answer.status
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
    assert 404 == worst_health(parts({}, {}, status=404), {}).status


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
def test_connections_are_sorted_again_and_have_the_worker_in_their_id(sort: str, first: str) -> None:
    """Two workers may have connections of one id."""
    zero = {"total": 7, "channels": [row("a", pending=9), row("b", idle=5)]}
    one = {"total": 3, "channels": [row("a", rateIn=4, since="2025-01-01")]}
    found = told(joined_channels(parts(zero, one), {"sort": [sort], "limit": ["2"]}))
    assert (10, first) == (found["total"], found["channels"][0]["id"])
    assert 2 == len(found["channels"])
    assert str(found["channels"][0]["worker"]) == first[0]


def test_a_refusal_of_one_is_the_answer_for_all() -> None:
    """To a question that cannot be asked, and to a write."""
    failed = [*parts({"total": 0, "channels": []}), Part(1, Answer(400))]
    assert 400 == joined_channels(failed, {}).status
    assert 400 == done_by_all(failed, {}).status


def test_lists_and_objects_are_put_together() -> None:
    """Each entry with its worker."""
    assert {"x": [{"t": "2", "worker": 1}, {"t": "1", "worker": 0}]} == told(
        one_list("x", "t")(parts({"x": [{"t": "1"}]}, {"x": [{"t": "2"}]}), {})
    )
    assert {"loops": {"0/main": 1, "1/main": 2}} == told(side_by_side("loops")(parts({"loops": {"main": 1}}, {"loops": {"main": 2}}), {}))


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
    assert b"Worker 0\na\nWorker 1\nb\n" == dumps(texts, {}).content
    assert 501 == dumps([*texts, Part(2, Answer(501))], {}).status
