"""Typed values of settings: ``Duration`` (``500ms``, ``1m30s``, ``PT5S``) and ``DataSize`` (``64KiB``)."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
# texts, compiled when the first one is read: most starts read none
_PAIR = r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>ns|us|ms|s|m|h|d)"
_SIZE = r"(?P<number>[0-9]+)\s*(?P<unit>[A-Za-z]*)"
_BYTES = {"": 0, "b": 0, "k": 1, "kb": 1, "kib": 1, "m": 2, "mb": 2, "mib": 2, "g": 3, "gb": 3, "gib": 3, "t": 4, "tb": 4, "tib": 4}


def parse_duration(value: object) -> object:
    """Return the ``timedelta`` of a text such as ``1m30s``; a bare number counts seconds; ISO-8601 is left to pydantic.

    Raises:
        ValueError: the text is none of these forms.
    """
    if not isinstance(value, str) or value.lstrip("+-")[:1].upper() == "P":
        return value
    text = value.strip().replace("_", "")
    sign = -1 if text.startswith("-") else 1
    rest = text.lstrip("+-").lower()
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", rest) and (not rest or re.sub(_PAIR, "", rest).strip()):
        raise ValueError(f"'{value}' is not a duration; allowed are forms like 500ms, 5s, 1m30s, 2h, PT5S")
    pairs = [(pair["number"], pair["unit"]) for pair in re.finditer(_PAIR, rest)] or [(rest, "s")]
    try:
        return timedelta(seconds=sign * sum(float(number) * _SECONDS[unit] for number, unit in pairs))
    except OverflowError as error:
        raise ValueError(f"'{value}' is longer than a duration can be") from error


def parse_size(value: object) -> object:
    """Return the bytes of a text such as ``64KiB``; ``KB`` and ``KiB`` both count 1024, as in Spring.

    Raises:
        ValueError: the text is not a whole number with a known unit.
    """
    if not isinstance(value, str):
        return value
    match = re.fullmatch(_SIZE, value.strip().replace("_", ""))
    if match is None or match["unit"].lower() not in _BYTES:
        raise ValueError(f"'{value}' is not a size; allowed are forms like 512, 64KiB, 8MB, 1GiB")
    return int(match["number"]) * 1024 ** _BYTES[match["unit"].lower()]


_WRITTEN = ["string", "number"]

Duration = Annotated[
    timedelta, BeforeValidator(parse_duration), WithJsonSchema({"type": _WRITTEN, "examples": ["500ms", "5s", "1m30s"]}, mode="validation")
]
DataSize = Annotated[int, BeforeValidator(parse_size), WithJsonSchema({"type": _WRITTEN, "examples": ["64KiB", "8MB"]}, mode="validation")]
