"""Bodies: what becomes JSON, and what JSON becomes."""

import asyncio
import json
from collections import UserDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import PurePosixPath
from typing import Any

import pytest
from pydantic import BaseModel

from pyboot.actuator import InvalidEndpointRequestError
from pyboot.actuator.web.body import decoded_in_turns, encoded, encoded_in_turns, properties_of


class Colour(Enum):
    """Has a value."""

    RED = "red"


@dataclass
class Point:
    """Has fields."""

    x: int
    at: datetime


class Model(BaseModel):
    """Is one."""

    name: str


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, "ü", None, True]}, '{"a":[1,"ü",null,true]}'),
        (Colour.RED, '"red"'),
        (Point(1, datetime(2026, 1, 2, tzinfo=UTC)), '{"x":1,"at":"2026-01-02T00:00:00+00:00"}'),
        (Model(name="x"), '{"name":"x"}'),
        (timedelta(seconds=1.5), "1.5"),
        (PurePosixPath("/a"), '"/a"'),
        ({"b", "a"}, '["a","b"]'),
        (UserDict({"a": 1}), '{"a":1}'),
        ((each for each in (1, 2)), "[1,2]"),
        (b"x", '"x"'),
        (float("nan"), '"NaN"'),
        ({"a": [float("inf"), (Colour.RED, float("-inf"))]}, '{"a":["Infinity",["red","-Infinity"]]}'),
        ("\udcff", '"\\udcff"'),
    ],
)
def test_what_operations_return_becomes_json(value: Any, expected: str) -> None:
    """Whatever has a form in it."""
    assert expected.encode() == encoded(value)


ROWS = [{"id": number, "of": ["ü", None, {"at": datetime(2026, 1, 2, tzinfo=UTC)}], "rate": float("nan")} for number in range(50)]


@pytest.mark.parametrize(
    "value", [{"total": 50, "rows": ROWS}, ROWS, ROWS[:1], [], {}, {"a": {}, "b": {"c": {"d": {"e": [{}]}}}}, {1: 2}, "x", None, Colour.RED]
)
async def test_json_in_turns_is_the_same(value: Any) -> None:
    """Whatever is long in it."""
    assert encoded(value) == await encoded_in_turns(value)


async def test_what_is_long_lets_others_have_their_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between its entries; here whatever holds the loop has held it for too long."""
    monkeypatch.setattr("pyboot.actuator.pace.HELD_SECONDS", 0.0)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await encoded_in_turns({"rows": list(range(2000))})
    counting.cancel()
    assert turns > 90


async def test_an_object_that_changes_meanwhile_is_told_as_it_was() -> None:
    """What an endpoint returns may be what it counts in."""
    counts = {str(number): number for number in range(5)}
    monitored = encoded_in_turns(counts)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("pyboot.actuator.pace.HELD_SECONDS", 0.0)
        task = asyncio.create_task(monitored)
        await asyncio.sleep(0)
        counts["more"] = 1
        assert b'{"0":0,"1":1,"2":2,"3":3,"4":4}' == await task


def test_what_has_no_form_is_refused() -> None:
    """Nothing is written that nobody meant."""
    with pytest.raises(TypeError, match="object has no form"):
        encoded({"a": object()})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", {}),
        (b" \n", {}),
        (b"null", {}),
        (b"{}", {}),
        (b'{"configuredLevel": "DEBUG", "a-b": null}', {"configuredlevel": "DEBUG", "ab": None}),
    ],
)
def test_properties_are_known_by_their_relaxed_names(content: bytes, expected: dict[str, object]) -> None:
    """No content has none."""
    assert expected == properties_of(content)


@pytest.mark.parametrize("content", [b"{", b"[]", b'"x"', b"1", b"\xff\xfe", b"[" * 100_000, b"{'a': 1}"])
def test_what_is_no_object_is_refused(content: bytes) -> None:
    """However wrong it is."""
    with pytest.raises(InvalidEndpointRequestError):
        properties_of(content)


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"a": {}},
        {"rows": [{"id": "a", "of": [1, [2]]}, {}], "total": 3, "none": None},
        [1, "two", [3, {"four": 4}]],
        {"text": 'a "quoted" } ] , : \\ ä 😀'},
        7,
    ],
)
async def test_what_was_encoded_is_decoded_in_turns(value: object) -> None:
    """As by `json.loads`; with white space in it, too."""
    assert value == await decoded_in_turns(encoded(value))
    assert value == await decoded_in_turns(json.dumps(value, indent=1).encode())


@pytest.mark.parametrize("content", [b"", b"{", b'{"a"', b'{"a":1', b"[1,2", b"[1}", b'{"a":1]', b'{"a"1}', b"[1]]", b'{"a":tru}', b"{,}"])
async def test_what_is_no_json_is_not_decoded_in_turns(content: bytes) -> None:
    """Wherever it goes wrong."""
    with pytest.raises(ValueError, match=r"line 1 column"):
        await decoded_in_turns(content)


async def test_others_have_their_turns_while_much_is_decoded() -> None:
    """A worker's answer with a thousand connections takes milliseconds."""
    rows = [{"id": f"{number}", "text": "x" * 300} for number in range(20_000)]
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    assert {"channels": rows} == await decoded_in_turns(encoded({"channels": rows}))
    counting.cancel()
    assert turns > 5
