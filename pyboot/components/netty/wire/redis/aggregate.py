"""RedisAggregate: parts joined to whole messages, with a stack of its own instead of recursion.

::

    *2 | :1 | %1 | +a | +b      -->      ArrayRedisMessage([1, Map([(a, b)])])

Laws. (1) Depth and number of elements are held against the limits when a header says them, before any element has come; lists grow with
what has come, never by what was declared. (2) Attributes belong to the message behind them, and count as no element. (3) A push stands at
the top, and between the messages only.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from .errors import CorruptedRedisMessageError, RedisLimitError
from .message import (
    ARRAY,
    ATTRIBUTE,
    MAP,
    PUSH,
    SET,
    ArrayHeaderRedisMessage,
    ArrayRedisMessage,
    LastArrayRedisMessage,
    MapRedisMessage,
    PushRedisMessage,
    RedisMessage,
    SetRedisMessage,
)

__all__ = ["RedisAggregate"]

_NAMES: Final = {ARRAY: "array", MAP: "map", SET: "set", PUSH: "push", ATTRIBUTE: "attribute"}
_UNKNOWN: Final = -1


@final
class _Level:
    """One aggregate that is not whole; *left* is how many messages it still waits for, -1 where its end will say."""

    def __init__(self, kind: int, left: i64) -> None:
        self.kind = kind
        self.left: i64 = left
        self.children: list[RedisMessage] = []
        self.attributes: RedisMessage | None = None  # of this aggregate itself
        self.next_attributes: RedisMessage | None = None  # of its next child


@final
class RedisAggregate:
    """Takes messages and parts in order, and gives each whole message.

    Args:
        max_elements: most elements of a message, those of all its levels together.
        max_depth: how deep aggregates may stand in each other.
    """

    def __init__(self, max_elements: int, max_depth: int) -> None:
        self._max_elements: i64 = max_elements
        self._max_depth: i64 = max_depth
        self._levels: list[_Level] = []
        self._elements: i64 = 0
        self._attributes: RedisMessage | None = None  # of the next message at the top

    @property
    def is_empty(self) -> bool:
        """True between messages."""
        return not self._levels and self._attributes is None

    def add(self, part: RedisMessage) -> RedisMessage | None:
        """Take the next *part*; the message that it makes whole, or None.

        Raises:
            RedisLimitError: too many elements, or too deep.
            CorruptedRedisMessageError: a part that cannot stand there.
        """
        if isinstance(part, ArrayHeaderRedisMessage):
            whole = self._open(part)
        elif isinstance(part, LastArrayRedisMessage):
            whole = self._close_unknown()
        else:
            whole = self._placed(part)
        if whole is not None:
            self._elements = 0
        return whole

    def clear(self) -> None:
        """Forget what is not whole."""
        self._levels = []
        self._elements = 0
        self._attributes = None

    def parts(self) -> list[RedisMessage]:
        """The parts that were taken of the message that is not whole yet, in order."""
        found: list[RedisMessage] = []
        _append_attributes(found, self._attributes)
        for level in self._levels:
            _append_attributes(found, level.attributes)
            declared = None if level.left == _UNKNOWN else int(level.left) + len(level.children)
            is_paired = level.kind == MAP or level.kind == ATTRIBUTE
            found.append(ArrayHeaderRedisMessage(declared // 2 if is_paired and declared is not None else declared, level.kind))
            found.extend(level.children)
            _append_attributes(found, level.next_attributes)
        return found

    def _open(self, header: ArrayHeaderRedisMessage) -> RedisMessage | None:
        kind = header.kind
        if kind == PUSH and self._levels:
            raise CorruptedRedisMessageError("a push within another message")
        if len(self._levels) >= self._max_depth:
            raise RedisLimitError("depth of aggregates", len(self._levels) + 1, int(self._max_depth))
        left: i64 = _UNKNOWN
        length = header.length
        if length is not None:
            if length > self._max_elements:  # before it is doubled, or made a machine's number
                raise RedisLimitError("elements of a message: at least", length, int(self._max_elements))
            left = length
            if kind in (MAP, ATTRIBUTE):
                left = left * 2
            self._count(left)
        level = _Level(kind, left)
        if kind != ATTRIBUTE:
            level.attributes = self._take_attributes()
        self._levels.append(level)
        return self._closed() if left == 0 else None

    def _count(self, more: i64) -> None:
        self._elements += more
        if self._elements > self._max_elements:
            raise RedisLimitError("elements of a message: at least", int(self._elements), int(self._max_elements))

    def _close_unknown(self) -> RedisMessage | None:
        if not self._levels or self._levels[-1].left != _UNKNOWN:
            raise CorruptedRedisMessageError("the end of an aggregate where none without length is open")
        level = self._levels[-1]
        if level.next_attributes is not None:
            raise CorruptedRedisMessageError("attributes of no message")
        if (level.kind == MAP or level.kind == ATTRIBUTE) and len(level.children) % 2:
            raise CorruptedRedisMessageError(f"the end of a {_NAMES[level.kind]} behind a key without a value")
        return self._closed()

    def _closed(self) -> RedisMessage | None:
        """The innermost aggregate is whole, and so may be those around it."""
        level = self._levels.pop()
        if level.kind == ATTRIBUTE:
            self._give_attributes(MapRedisMessage(_paired(level.children)))
            return None
        made = _made(level.kind, level.children)
        made.attributes = level.attributes
        return self._placed(made)

    def _placed(self, message: RedisMessage) -> RedisMessage | None:
        """Put *message* where it belongs; the message at the top that is whole now, or None."""
        if not self._levels:
            if self._attributes is not None:
                message.attributes = self._attributes
                self._attributes = None
            return message
        level = self._levels[-1]
        if level.next_attributes is not None:
            message.attributes = level.next_attributes
            level.next_attributes = None
        level.children.append(message)
        if level.left == _UNKNOWN:
            self._count(1)
            return None
        level.left -= 1
        return self._closed() if level.left == 0 else None

    def _give_attributes(self, attributes: RedisMessage) -> None:
        if self._levels:
            self._levels[-1].next_attributes = attributes
        else:
            self._attributes = attributes

    def _take_attributes(self) -> RedisMessage | None:
        if self._levels:
            taken = self._levels[-1].next_attributes
            self._levels[-1].next_attributes = None
        else:
            taken = self._attributes
            self._attributes = None
        return taken


def _made(kind: int, children: list[RedisMessage]) -> RedisMessage:
    if kind == ARRAY:
        return ArrayRedisMessage(children)
    if kind == MAP:
        return MapRedisMessage(_paired(children))
    return SetRedisMessage(children) if kind == SET else PushRedisMessage(children)


def _paired(children: list[RedisMessage]) -> list[tuple[RedisMessage, RedisMessage]]:
    return [(children[at], children[at + 1]) for at in range(0, len(children), 2)]


def _append_attributes(found: list[RedisMessage], attributes: RedisMessage | None) -> None:
    if isinstance(attributes, MapRedisMessage):
        found.append(ArrayHeaderRedisMessage(len(attributes.pairs), ATTRIBUTE))
        for key, value in attributes.pairs:
            found += [key, value]
