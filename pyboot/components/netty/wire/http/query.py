"""Query strings: the parameters of a target, or of a form, taken apart and put together.

::

    /a%20b/c+d?x=1&y=a+b&x=2#part
    \\_________/ \\___________/
       path       parameters: "+" is a space here, and only here

What is no percent-encoding is refused, never passed on as it stands: two programs that read one target in two ways are how a check is
passed by. For the same reason ``;`` divides nothing unless that is allowed: caches and frameworks have not agreed on it (CVE-2021-23336).

Source: Netty's ``QueryStringDecoder`` and ``QueryStringEncoder``.
"""

from __future__ import annotations

import re
from typing import Final, final
from urllib.parse import quote, unquote_to_bytes

from .errors import HttpDecoderError

__all__ = ["QueryStringDecoder", "QueryStringEncoder", "decode_component", "parse_parameters"]

_MOST_PARAMETERS: Final = 1024
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


@final
class QueryStringDecoder:
    """The path and the parameters of *uri*, which are decoded when they are asked for.

    Args:
        uri: a target as it came: with *has_path* off the query alone, as the body of a form has it.
        charset: what the decoded bytes are text in.
        max_parameters: more of them are refused, 1024 by default; raises ValueError for less than 1.
        allow_semicolon: whether ``;`` divides parameters as ``&`` does.

    Asking raises `HttpDecoderError` for a ``%`` without two hexadecimal digits, for bytes that are no text in *charset*, and for too
    many parameters.
    """

    def __init__(
        self,
        uri: str,
        charset: str = "utf-8",
        *,
        has_path: bool = True,
        max_parameters: int = _MOST_PARAMETERS,
        allow_semicolon: bool = False,
    ) -> None:
        if max_parameters < 1:
            raise ValueError(f"max_parameters {max_parameters}: allowed is 1 or more")
        self.uri: Final = uri
        self._charset = charset
        self._max = max_parameters
        self._allow_semicolon = allow_semicolon
        target = uri.partition("#")[0] if has_path else uri
        path, _, query = target.partition("?") if has_path else ("", "", target)
        self.raw_path: Final = path
        self.raw_query: Final = query
        self._parameters: dict[str, list[str]] | None = None

    @property
    def path(self) -> str:
        """The path, decoded; ``%2F`` and a separator look the same in it, so whoever divides paths takes `raw_path`."""
        return decode_component(self.raw_path, self._charset)

    @property
    def parameters(self) -> dict[str, list[str]]:
        """All parameters by name, each with its values in their order; one without ``=`` has the value ""."""
        if self._parameters is None:
            pairs = parse_parameters(self.raw_query, self._charset, self._max, allow_semicolon=self._allow_semicolon)
            self._parameters = {}
            for name, value in pairs:
                self._parameters.setdefault(name, []).append(value)
        return self._parameters

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of *name*; *default* where there is none."""
        values = self.parameters.get(name)
        return values[0] if values else default


@final
class QueryStringEncoder:
    """Puts a target together: *path*, which is taken as it is, and the parameters that are added; ``str()`` gives it."""

    def __init__(self, path: str, charset: str = "utf-8") -> None:
        self._path = path
        self._charset = charset
        self._pairs: list[str] = []

    def add_param(self, name: str, value: object | None = None) -> QueryStringEncoder:
        """Add a parameter; without *value* its name alone. What is no letter, digit or one of ``-._~`` is percent-encoded."""
        encoded = quote(name, safe="", encoding=self._charset)
        self._pairs.append(encoded if value is None else f"{encoded}={quote(str(value), safe='', encoding=self._charset)}")
        return self

    def __str__(self) -> str:
        if not self._pairs:
            return self._path
        return f"{self._path}{'&' if '?' in self._path else '?'}{'&'.join(self._pairs)}"


def parse_parameters(query: str, charset: str, max_parameters: int, *, allow_semicolon: bool = False) -> list[tuple[str, str]]:
    """Return the names and values of *query* in their order; raises `HttpDecoderError` as `QueryStringDecoder` does."""
    if allow_semicolon:
        query = query.replace(";", "&")
    if query.count("&") >= max_parameters and sum(map(bool, query.split("&"))) > max_parameters:
        raise HttpDecoderError("too many parameters", f"more than {max_parameters} parameters")
    pairs: list[tuple[str, str]] = []
    for part in query.split("&"):
        if part:
            name, _, value = part.replace("+", " ").partition("=")
            pairs.append((decode_component(name, charset), decode_component(value, charset)))
    return pairs


def decode_component(text: str, charset: str = "utf-8") -> str:
    """Decode *text* that is percent-encoded; raises `HttpDecoderError` for what is no such text."""
    if "%" not in text:
        if text.isascii():
            return text
    elif bad := _BAD_ESCAPE.search(text):
        raise HttpDecoderError(
            "bad percent-encoding", f"{text[bad.start() : bad.start() + 3]!r} is no percent-encoding, allowed is %00 to %FF"
        )
    try:
        # A target is ASCII; what is not, in a form for instance, came in the charset of its bytes.
        return unquote_to_bytes(text.encode("latin-1")).decode(charset)
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise HttpDecoderError("bad characters", f"{text[:80]!r} is no {charset}: {error}") from error
