"""Bodies: what becomes JSON, and what JSON becomes."""

from collections import UserDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import PurePosixPath
from typing import Any

import pytest
from pydantic import BaseModel

from pyboot.actuator import InvalidEndpointRequestError
from pyboot.actuator.web.body import encoded, properties_of


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
