"""HttpHeaders: the header fields of one message, in their order, found by name in any case. Source: Netty's ``DefaultHttpHeaders``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, final

from .errors import HttpEncoderError
from .grammar import checked_name, checked_value, known_name

__all__ = ["HeaderFields", "HttpHeaders"]

type HeaderFields = HttpHeaders | Mapping[str, Any] | Iterable[tuple[str | bytes, Any]] | None  # Any: text, bytes, a number, a list of them

# A field: its name in lower case, by which it is found, its name as written, its value.
type Field = tuple[bytes, bytes, bytes]

_CACHED: Final = 1024  # entries of each table below, which our own program fills
_SHORT: Final = 64
_KEYS: Final[dict[str, bytes]] = {}
_NAMES: Final[dict[str, tuple[bytes, bytes]]] = {}
_VALUES: Final[dict[str, bytes]] = {}
_RAW_VALUES: Final[dict[bytes, bytes]] = {}


@final
class HttpHeaders:
    """An ordered multimap of header fields. Names are found in any case and sent as they were written; values are text.

    ::

        headers = HttpHeaders({"Content-Type": "text/plain", "Set-Cookie": ["a=1", "b=2"]})
        headers["content-type"]            # "text/plain": the first of that name
        headers.get_all("set-cookie")      # ["a=1", "b=2"]
        headers.add("Via", "1.1 here")     # one more; `set`, or headers["via"] = ..., takes the place of all of that name

    What goes in is checked there, by every way in: a name that is no token, or a value with a control character, raises
    `HttpEncoderError`, so that no value can end its line and begin a field, or a message, of its own. Text is ISO 8859-1, as the
    bytes of HTTP are. Fields that came in were checked by the reader.
    """

    def __init__(self, fields: HeaderFields = None) -> None:
        self.fields: list[Field] = []
        self.is_shared = False  # with another message, until one of the two is changed
        self.block: bytes | None = None  # as it was last written
        self._was_written = False
        if fields is not None:
            self.extend(fields)

    # Asked for.

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of *name*; *default* where there is none."""
        # hot path: handlers ask for one or two fields of each message.
        key = _key_of(name)
        for field in self.fields:
            if field[0] == key:
                return field[2].decode("latin-1")
        return default

    def get_all(self, name: str) -> list[str]:
        """All values of *name*, in their order."""
        key = _key_of(name)
        return [value.decode("latin-1") for each, _, value in self.fields if each == key]

    def get_bytes(self, key: bytes) -> bytes | None:
        """The first value of the field whose name is *key*, in lower case, as bytes."""
        for field in self.fields:
            if field[0] == key:
                return field[2]
        return None

    def contains_value(self, name: str, value: str) -> bool:
        """True if *value* is one of the list, over all fields called *name*, that commas divide; in any case."""
        wanted = value.encode("latin-1").lower()
        return wanted in self.list_of(_key_of(name))

    def list_of(self, key: bytes) -> list[bytes]:
        """The members, in lower case, that commas divide in all fields whose name is *key*; empty ones left out (RFC 9110 5.6.1)."""
        members: list[bytes] = []
        for each, _, value in self.fields:
            if each == key:
                members += [member for part in value.lower().split(b",") if (member := part.strip(b" \t"))]
        return members

    def items(self) -> list[tuple[str, str]]:
        """Names as they were written, and values; a name stands as often as it came."""
        return [(name.decode("ascii"), value.decode("latin-1")) for _, name, value in self.fields]

    def raw_items(self) -> list[tuple[bytes, bytes]]:
        """The same as bytes, the names in lower case: what ASGI wants."""
        return [(key, value) for key, _, value in self.fields]

    def names(self) -> list[str]:
        """The names in lower case, each once, in the order in which they first come."""
        return [key.decode("ascii") for key in dict.fromkeys([field[0] for field in self.fields])]

    # Changed.

    def add(self, name: str | bytes, value: Any) -> HttpHeaders:  # Any: as in `HeaderFields`
        """One more field; a list or tuple gives one field for each member."""
        # hot path: once for each field of a response that a handler makes.
        if isinstance(value, str):
            encoded = _VALUES.get(value)
            if encoded is None:
                encoded = checked_value(name, value)
                if len(value) <= _SHORT and len(_VALUES) < _CACHED:
                    _VALUES[value] = encoded
        elif isinstance(value, list | tuple):
            for each in value:
                self.add(name, each)
            return self
        else:
            encoded = checked_value(name, value)
        key, written = _written(name)
        self._change().append((key, written, encoded))
        return self

    def set(self, name: str | bytes, value: Any) -> HttpHeaders:  # Any: as in `HeaderFields`
        """The same in the place of all fields of that name."""
        key, written = _written(name)
        values = [checked_value(name, each) for each in (value if isinstance(value, list | tuple) else [value])]
        self._forget(key)
        self._change().extend([(key, written, each) for each in values])
        return self

    def set_default(self, name: str | bytes, value: Any) -> HttpHeaders:  # Any: as in `HeaderFields`
        """The same where there is no field of that name."""
        key, written = _written(name)
        if self.get_bytes(key) is None:
            self._change().append((key, written, checked_value(name, value)))
        return self

    def remove(self, name: str) -> bool:
        """Remove all fields of that name; True if there was one."""
        return self._forget(_key_of(name))

    def extend(self, fields: HeaderFields) -> HttpHeaders:
        """Add all of *fields*."""
        if isinstance(fields, HttpHeaders):
            self._change().extend(fields.fields)
        elif isinstance(fields, dict):  # the most frequent by far; asking for any `Mapping` costs more than two fields
            # hot path: most responses are made with such a one, of text that was seen before.
            own = self._change()
            for name, value in fields.items():
                known = _NAMES.get(name)
                encoded = _VALUES.get(value) if isinstance(value, str) else None
                if known is None or encoded is None:
                    self.add(name, value)
                else:
                    own.append((known[0], known[1], encoded))
        elif fields is not None:
            pairs: Any = fields.items() if isinstance(fields, Mapping) else fields
            for name, value in pairs:
                self.add(name, value)
        return self

    def extend_raw(self, pairs: Iterable[Any]) -> HttpHeaders:  # Any: pairs of bytes, as ASGI has them; lists as well as tuples
        """Add fields that are pairs of bytes; checked as all that goes in. Raises `HttpEncoderError`."""
        # hot path: once for each response of an ASGI application.
        fields = self._change()
        for name, value in pairs:
            key = known_name(name)
            if key is None:
                raise HttpEncoderError(f"{name!r} is no name of a header field")
            encoded = _RAW_VALUES.get(value) if isinstance(value, bytes) else None
            if encoded is None:
                encoded = checked_value(name, value)
                if isinstance(value, bytes) and len(value) <= _SHORT and len(_RAW_VALUES) < _CACHED:
                    _RAW_VALUES[value] = encoded
            fields.append((key, name, encoded))
        return self

    def clear(self) -> HttpHeaders:
        """Remove all fields."""
        self.fields = []
        self.is_shared = False
        self.block = None
        return self

    def copy(self) -> HttpHeaders:
        """The same fields, to be changed apart."""
        other = HttpHeaders()
        other.fields = self.fields
        other.block = self.block
        other.is_shared = self.is_shared = True
        return other

    def _forget(self, key: bytes) -> bool:
        kept = [field for field in self.fields if field[0] != key]
        is_there = len(kept) < len(self.fields)
        if is_there:
            self.fields = kept
            self.is_shared = False
            self.block = None
        return is_there

    def _change(self) -> list[Field]:
        """The fields, to be changed: a list that is shared is copied first."""
        self.block = None
        if self.is_shared:
            self.fields = self.fields.copy()
            self.is_shared = False
        return self.fields

    # As bytes.

    def encoded(self) -> bytes:
        """The lines of all fields, each with its end; kept, since many messages have the same, or share them by `copy`."""
        block = self.block
        if block is None:
            parts: list[bytes] = []
            self._write_lines(parts)
            block = self.block = b"".join(parts)
        return block

    def write_to(self, parts: list[bytes]) -> None:
        """Append what `encoded` gives, maybe in pieces."""
        # hot path: once for each message that leaves. Of fields that are written once nothing is joined for the next time.
        if self.block is not None or self._was_written:
            parts.append(self.encoded())
        else:
            self._was_written = True
            self._write_lines(parts)

    def _write_lines(self, parts: list[bytes]) -> None:
        for field in self.fields:
            parts.append(field[1])
            parts.append(b": ")
            parts.append(field[2])
            parts.append(b"\r\n")

    # As a mapping.

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __setitem__(self, name: str | bytes, value: Any) -> None:  # Any: as in `HeaderFields`
        self.set(name, value)

    def __delitem__(self, name: str) -> None:
        if not self.remove(name):
            raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get_bytes(_key_of(name)) is not None

    def __len__(self) -> int:
        return len(self.fields)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __eq__(self, other: object) -> bool:
        """Equal are fields of the same names, in any case, and values, in the same order."""
        return isinstance(other, HttpHeaders) and self.raw_items() == other.raw_items()

    def __repr__(self) -> str:
        return f"HttpHeaders({self.items()!r})"


def _key_of(name: str) -> bytes:
    """Return what a field called *name* is found by."""
    key = _KEYS.get(name)
    if key is None:
        key = name.lower().encode("latin-1", "replace")
        if len(name) <= _SHORT and len(_KEYS) < _CACHED:
            _KEYS[name] = key
    return key


def _written(name: str | bytes) -> tuple[bytes, bytes]:
    """The key and the bytes of a name that goes in."""
    if isinstance(name, bytes):
        encoded = checked_name(name)
        return encoded.lower(), encoded
    known = _NAMES.get(name)
    if known is None:
        encoded = checked_name(name)
        known = encoded.lower(), encoded
        if len(name) <= _SHORT and len(_NAMES) < _CACHED:
            _NAMES[name] = known
    return known
