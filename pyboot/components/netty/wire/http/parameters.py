"""Parameters of a field value, ``form-data; name="a"; filename*=UTF-8''b``, taken apart. Source: RFC 9110 5.6.6, RFC 8187, RFC 7578."""

from __future__ import annotations

import re
from typing import Final

from .errors import HttpDecoderError
from .grammar import is_token
from .query import decode_component

__all__ = ["parse_parameters_of", "quoted"]

_QUOTED: Final = re.compile(r'\\(["\\])')
_END_OF_VALUE: Final = re.compile(r"[ \t]*(;|$)")
_EXTENDED_CHARSETS: Final = frozenset({"utf-8", "iso-8859-1"})


def parse_parameters_of(value: str) -> tuple[str, dict[str, str]]:
    """Return what stands before the first ``;``, in lower case, and the parameters behind it, their names in lower case.

    ``name*`` (RFC 8187) takes the place of ``name``. Raises `HttpDecoderError` for what is none of that, and a parameter given twice.
    """
    main, _, rest = value.partition(";")
    parameters: dict[str, str] = {}
    extended: dict[str, str] = {}
    while rest := rest.lstrip(" \t"):
        name, has_value, rest = rest.partition("=")
        key = name.strip(" \t").lower()
        if not has_value or not is_token(key.encode("utf-8", "replace")):
            raise HttpDecoderError("bad parameter", f"{name[:80]!r} is no parameter: allowed is name=value")
        text, rest = _value(rest.lstrip(" \t"))
        found = extended if key.endswith("*") else parameters
        if key in found:
            raise HttpDecoderError("bad parameter", f"the parameter {key} stands twice")
        found[key.removesuffix("*")] = _extended(text) if key.endswith("*") else text
    return main.strip(" \t").lower(), parameters | extended


def quoted(text: str) -> str:
    """*text* as browsers quote names and file names in forms: line breaks and quotes percent-encoded (WHATWG HTML, 4.10.21.8)."""
    return '"' + text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22") + '"'


def _value(text: str) -> tuple[str, str]:
    """The value that *text* begins with, and what stands behind the ``;`` that ends it."""
    if not text.startswith('"'):
        value, _, rest = text.partition(";")
        return value.rstrip(" \t"), rest
    end = text.find('"', 1)
    # A backslash quotes a quote or itself alone: a browser on Windows once sent whole paths, with backslashes that are none (RFC 7578 4.2).
    while end > 0 and _is_escaped(text, end):
        end = text.find('"', end + 1)
    if end < 0:
        raise HttpDecoderError("bad parameter", f"{text[:80]!r} has no closing quote")
    behind = text[end + 1 :].lstrip(" \t")
    if behind and not behind.startswith(";"):
        raise HttpDecoderError("bad parameter", f"{behind[:80]!r} stands behind a closing quote, allowed is ;")
    return _QUOTED.sub(r"\1", text[1:end]), behind[1:]


def _is_escaped(text: str, at: int) -> bool:
    """True if the quote at *at* is text: a backslash stands before it, and no end of a value behind."""
    before = at
    while text[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 1 and _END_OF_VALUE.match(text, at + 1) is None


def _extended(text: str) -> str:
    charset, _, rest = text.partition("'")
    _, has_language, encoded = rest.partition("'")
    if not has_language or charset.lower() not in _EXTENDED_CHARSETS:
        raise HttpDecoderError("bad parameter", f"{text[:80]!r} is no extended value, as UTF-8''text is (RFC 8187)")
    return decode_component(encoded, charset.lower())
