"""Bodies: what operations return becomes JSON, and the JSON of a write becomes arguments. No I/O here."""

import dataclasses
import json
import math
from collections.abc import Generator, Iterable, Iterator, Mapping, Set as AbstractSet
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import PurePath
from typing import Any, Final

from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.actuator.pace import Pace, paced
from pyboot.boot.config.names import uniform

_DEPTH: Final = 4  # of what is encoded entry by entry
_AT_ONCE: Final = 20
_DECODED: Final = 2  # of what is decoded entry by entry
_decode = json.JSONDecoder().raw_decode


def encoded(value: object) -> bytes:
    """Return *value* as JSON: mappings, lists, dataclasses, models of pydantic, times (ISO 8601), durations (seconds), enums by value.

    Raises:
        TypeError: something in it has no form in JSON.
        ValueError: it holds itself.
    """
    try:
        text = json.dumps(value, default=_plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        if "Out of range float" not in str(error):
            raise
        text = json.dumps(_without_nan(value), default=_plain, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")  # a lone surrogate, of the name of a file for instance


async def encoded_in_turns(value: object) -> bytes:
    """Return what `encoded` does, with turns of the loop between the entries of what is long; raises what it does."""
    return b"".join([piece async for piece in paced(_pieces(value, _DEPTH))])


def _pieces(value: object, depth: int) -> Iterator[bytes]:
    """Iterate over the JSON of *value*: objects and lists by their entries, down to some *depth*, the rest whole."""
    if depth and type(value) is dict and all(type(key) is str for key in value):
        between = b"{"
        for key, each in list(value.items()):  # others may have a turn, and the object
            yield between + encoded(key) + b":"
            yield from _pieces(each, depth - 1)
            between = b","
        yield b"{}" if not value else b"}"
    elif depth and type(value) is list and len(value) > _AT_ONCE:
        for first in range(0, len(value), _AT_ONCE):
            yield (b"," if first else b"[") + encoded(value[first : first + _AT_ONCE])[1:-1]
        yield b"]"
    else:
        yield encoded(value)


async def decoded_in_turns(content: bytes) -> Any:
    """Return what is written in JSON, with turns of the loop between the entries of objects and lists, two levels deep.

    It is quick with JSON as `encoded` writes it; any other, with white space, is decoded whole. Raises ValueError for what is none.
    """
    text, pace = content.decode(), Pace()
    steps = _steps(text, 0, _DECODED)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            value, at = end.value
            return value if at == len(text) else json.loads(text)
        except (ValueError, IndexError):
            return json.loads(text)
        await pace.turn()


def _steps(text: str, at: int, depth: int) -> Generator[None, None, tuple[Any, int]]:
    """Decode what begins at *at*, one entry a step; return it, and where it ends."""
    opening = text[at]
    if not depth or opening not in "{[" or text[at + 1] in "}]":
        yield
        return _decode(text, at)
    entries, rows, mark = dict[str, Any](), list[Any](), opening
    while mark in (opening, ","):
        if opening == "{":
            key, at = _decode(text, at + 1)
            if text[at] != ":":
                raise ValueError(f"no colon at {at}")
            entries[key], at = yield from _steps(text, at + 1, depth - 1)
        else:
            value, at = yield from _steps(text, at + 1, depth - 1)
            rows.append(value)
        mark = text[at]
    if opening + mark not in ("{}", "[]"):
        raise ValueError(f"{opening} does not end at {at}")
    return entries if opening == "{" else rows, at + 1


def properties_of(content: bytes) -> dict[str, object]:
    """Return the properties of the object in *content*, by their relaxed names; none where there is no content.

    Raises:
        InvalidEndpointRequestError: it is no JSON, or no object.
    """
    if not content.strip():
        return {}
    try:
        given = json.loads(content)
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, or nested without end
        raise InvalidEndpointRequestError(f"the body is no JSON: {error}") from None
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise InvalidEndpointRequestError("the body is no JSON object")
    return {uniform(name): value for name, value in given.items()}


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes():
            return value.decode("utf-8", "replace")
        case PurePath() | type():
            return str(value)
        case Mapping():
            return dict(value)
        case AbstractSet():
            return sorted(value, key=str)
        case _ if dataclasses.is_dataclass(value):
            return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        case _ if callable(dump := getattr(value, "model_dump", None)):
            return dump(mode="json", by_alias=True)
        case Iterable():
            return list(value)
    raise TypeError(f"{type(value).__qualname__} has no form in JSON")


def _without_nan(value: Any) -> Any:
    """Return *value* with what is no number in JSON as text, as Jackson writes it: ``"NaN"``, ``"Infinity"``."""
    match value:
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        case dict():
            return {key: _without_nan(each) for key, each in value.items()}
        case list() | tuple():
            return [_without_nan(each) for each in value]
        case str() | int() | float() | None:
            return value
    return _without_nan(_plain(value))
