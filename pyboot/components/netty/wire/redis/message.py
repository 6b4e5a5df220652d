"""Messages of Redis: each kind of RESP2 and RESP3 a class, named as Netty's; and the parts of those that come in parts.

::

    +OK           SimpleStringRedisMessage     *2 ..  ArrayRedisMessage     _       NullRedisMessage
    -ERR no       ErrorRedisMessage            %1 ..  MapRedisMessage       #t      BooleanRedisMessage
    :7            IntegerRedisMessage          ~2 ..  SetRedisMessage       ,1.5    DoubleRedisMessage
    $2 hi         FullBulkStringRedisMessage   >2 ..  PushRedisMessage      (123    BigNumberRedisMessage
    !5 ERR x      BulkErrorRedisMessage        |1 ..  attributes of the message behind it
    =6 txt:hi     VerbatimStringRedisMessage

Messages are values: nothing in them changes, and nothing is given back. ``value`` is what a program wants of them: ``str``, ``bytes``,
``int``, ``list`` and so on, as redis-py gives it.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Self, final

from mypy_extensions import mypyc_attr

from .errors import RedisResponseError

__all__ = [
    "ArrayHeaderRedisMessage",
    "ArrayRedisMessage",
    "BigNumberRedisMessage",
    "BooleanRedisMessage",
    "BulkErrorRedisMessage",
    "BulkStringHeaderRedisMessage",
    "BulkStringRedisContent",
    "DoubleRedisMessage",
    "ErrorRedisMessage",
    "FullBulkStringRedisMessage",
    "IntegerRedisMessage",
    "LastArrayRedisMessage",
    "LastBulkStringRedisContent",
    "MapRedisMessage",
    "NullRedisMessage",
    "PushRedisMessage",
    "RedisMessage",
    "SetRedisMessage",
    "SimpleStringRedisMessage",
    "VerbatimStringRedisMessage",
]

# The signs of RESP, by which a line says what it is.
SIMPLE: Final = 43  # +
ERROR: Final = 45  # -
INTEGER: Final = 58  # :
BULK: Final = 36  # $
ARRAY: Final = 42  # *
NULL: Final = 95  # _
BOOLEAN: Final = 35  # #
DOUBLE: Final = 44  # ,
BIG_NUMBER: Final = 40  # (
BULK_ERROR: Final = 33  # !
VERBATIM: Final = 61  # =
MAP: Final = 37  # %
SET: Final = 126  # ~
ATTRIBUTE: Final = 124  # |
PUSH: Final = 62  # >
CHUNK: Final = 59  # ;
END: Final = 46  # .


@mypyc_attr(allow_interpreted_subclasses=False)
class RedisMessage:
    """One message, or one part of a message; derived classes say of which kind, and ``sign`` is the byte that begins it.

    ``attributes`` are those that RESP3 put in front of it, a `MapRedisMessage`, or None.
    """

    sign: ClassVar[int] = 0

    def __init__(self) -> None:
        self.attributes: RedisMessage | None = None

    @property
    def value(self) -> Any:  # Any: as many types as there are kinds
        """The value that a program wants of it."""
        raise NotImplementedError

    @property
    def is_null(self) -> bool:
        """True for the null of RESP3 and for the null string and the null array of RESP2."""
        return False

    def _said(self) -> Any:  # Any: whatever tells two messages of one class apart
        return self.value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RedisMessage):
            return NotImplemented
        return type(self) is type(other) and self._said() == other._said() and self.attributes == other.attributes

    def __hash__(self) -> int:
        return hash(repr(self._said()))

    def __repr__(self) -> str:
        behind = "" if self.attributes is None else f", attributes={self.attributes!r}"
        return f"{type(self).__name__}({self._said()!r}{behind})"


class SimpleStringRedisMessage(RedisMessage):
    """A short text without line ends, ``OK`` for instance. Bytes that are no UTF-8 are kept as lone surrogates."""

    sign = SIMPLE

    def __init__(self, content: str) -> None:
        super().__init__()
        self.content = content
        self.encoded: bytes | None = None  # kept by the writer, since servers write the same few again and again

    @property
    def value(self) -> str:
        return self.content


class ErrorRedisMessage(RedisMessage):
    """An error without line ends; its first word tells programs which, ``ERR`` for any."""

    sign = ERROR

    def __init__(self, content: str) -> None:
        super().__init__()
        self.content = content

    @property
    def value(self) -> RedisResponseError:
        return RedisResponseError(self.content)

    def _said(self) -> str:
        return self.content


class IntegerRedisMessage(RedisMessage):
    """A number of 64 bits, signed."""

    sign = INTEGER

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    @property
    def value(self) -> int:
        return self.number


class FullBulkStringRedisMessage(RedisMessage):
    """Bytes of any kind; None is the null string of RESP2."""

    sign = BULK

    def __init__(self, content: bytes | None) -> None:
        super().__init__()
        self.content = content

    @property
    def value(self) -> bytes | None:
        return self.content

    @property
    def is_null(self) -> bool:
        return self.content is None


class BulkErrorRedisMessage(RedisMessage):
    """An error that may hold line ends (RESP3)."""

    sign = BULK_ERROR

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.content = content

    @property
    def value(self) -> RedisResponseError:
        return RedisResponseError(self.content.decode("utf-8", "surrogateescape"))

    def _said(self) -> bytes:
        return self.content


class VerbatimStringRedisMessage(RedisMessage):
    """Text and its *format*, three letters: ``txt`` or ``mkd``, for Markdown (RESP3)."""

    sign = VERBATIM

    def __init__(self, content: bytes, format: str = "txt") -> None:
        super().__init__()
        self.content = content
        self.format = format

    @property
    def value(self) -> bytes:
        return self.content

    def _said(self) -> tuple[bytes, str]:
        return self.content, self.format


class NullRedisMessage(RedisMessage):
    """The one null of RESP3."""

    sign = NULL

    @property
    def value(self) -> None:
        return None

    @property
    def is_null(self) -> bool:
        return True


class BooleanRedisMessage(RedisMessage):
    """True or false (RESP3)."""

    sign = BOOLEAN

    def __init__(self, is_true: bool) -> None:
        super().__init__()
        self.is_true = is_true

    @property
    def value(self) -> bool:
        return self.is_true


class DoubleRedisMessage(RedisMessage):
    """A number with a fraction, ``inf``, ``-inf`` or ``nan`` (RESP3)."""

    sign = DOUBLE

    def __init__(self, number: float) -> None:
        super().__init__()
        self.number = number

    @property
    def value(self) -> float:
        return self.number

    def _said(self) -> str:
        return repr(self.number)  # nan is not equal to itself, but the same message


class BigNumberRedisMessage(RedisMessage):
    """A number of any size (RESP3)."""

    sign = BIG_NUMBER

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    @property
    def value(self) -> int:
        return self.number


class ArrayRedisMessage(RedisMessage):
    """Messages in a row: a reply of several, or a command, whose parts are bulk strings; None is the null array of RESP2."""

    sign = ARRAY

    def __init__(self, children: list[RedisMessage] | None, strings: list[bytes] | None = None) -> None:
        """Hold *children*; or *strings*, of which children are made when they are asked for: most commands are never asked."""
        super().__init__()
        self._children = children
        self._strings = strings

    @classmethod
    def command(cls, *arguments: bytes | str | int | float) -> Self:
        """The command of *arguments*: text as UTF-8, numbers in digits; raises TypeError for what is neither, `bool` included."""
        return cls(None, [as_argument(each) for each in arguments])

    @property
    def children(self) -> list[RedisMessage]:
        """The messages; of the null array none."""
        if self._children is None:
            self._children = [FullBulkStringRedisMessage(each) for each in self._strings or ()]
        return self._children

    @property
    def strings(self) -> list[bytes] | None:
        """The content of all children where each is a bulk string that is not null; else None. Of a command, its arguments."""
        if self._strings is None and self._children is not None:
            found = []
            for each in self._children:
                if not isinstance(each, FullBulkStringRedisMessage) or each.content is None:
                    return None
                found.append(each.content)
            self._strings = found
        return self._strings

    @property
    def is_null(self) -> bool:
        return self._children is None and self._strings is None

    @property
    def value(self) -> Any:  # Any: as above
        if self._strings is not None:
            return list(self._strings)
        return None if self._children is None else [each.value for each in self._children]

    def _said(self) -> Any:  # Any: as above
        return None if self.is_null else self.children


class PushRedisMessage(ArrayRedisMessage):
    """News that a server tells unasked, its kind first (RESP3): a message of a channel, for instance."""

    sign = PUSH


class SetRedisMessage(ArrayRedisMessage):
    """Messages without order (RESP3); ``value`` is a list where some cannot be members of a `set`."""

    sign = SET

    @property
    def value(self) -> set[Any] | list[Any]:
        values = [each.value for each in self.children]
        try:
            return set(values)
        except TypeError:
            return values


class MapRedisMessage(RedisMessage):
    """Keys and values, in order (RESP3); ``value`` is a list of pairs where some keys cannot be those of a `dict`."""

    sign = MAP

    def __init__(self, pairs: list[tuple[RedisMessage, RedisMessage]]) -> None:
        super().__init__()
        self.pairs = pairs

    @property
    def value(self) -> dict[Any, Any] | list[tuple[Any, Any]]:
        values = [(key.value, value.value) for key, value in self.pairs]
        try:
            return dict(values)
        except TypeError:
            return values

    def _said(self) -> list[tuple[RedisMessage, RedisMessage]]:
        return self.pairs


# Parts, where a reader or a writer goes part by part.


class ArrayHeaderRedisMessage(RedisMessage):
    """An aggregate begins: *length* elements, pairs of a map, or None where `LastArrayRedisMessage` will end it; *kind* is its sign."""

    def __init__(self, length: int | None, kind: int = ARRAY) -> None:
        super().__init__()
        self.length = length
        self.kind = kind

    def _said(self) -> tuple[int | None, str]:
        return self.length, chr(self.kind)


class LastArrayRedisMessage(RedisMessage):
    """The end of an aggregate that did not say how long it is."""

    sign = END

    def _said(self) -> str:
        return "."


class BulkStringHeaderRedisMessage(RedisMessage):
    """A bulk string begins: *length* bytes, or None for one that is streamed; its content follows, the last a `LastBulkStringRedisContent`.

    *kind* is its sign; the content of a verbatim string begins with its format and a colon.
    """

    def __init__(self, length: int | None, kind: int = BULK) -> None:
        super().__init__()
        self.length = length
        self.kind = kind

    def _said(self) -> tuple[int | None, str]:
        return self.length, chr(self.kind)


class BulkStringRedisContent(RedisMessage):
    """A piece of a bulk string."""

    sign = CHUNK

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.content = content

    def _said(self) -> bytes:
        return self.content


@final
class LastBulkStringRedisContent(BulkStringRedisContent):
    """The last piece of a bulk string, which may be empty."""


def as_argument(value: bytes | str | int | float) -> bytes:
    """*value* as an argument of a command."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if type(value) is int or type(value) is float:  # and no bool, of which nobody knows whether it is 1 or "True"
        return repr(value).encode()
    raise TypeError(f"an argument of a command is bytes, text or a number, not {value!r}")
