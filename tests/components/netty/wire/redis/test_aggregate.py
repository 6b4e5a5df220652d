"""Parts joined to whole messages."""

import pytest

from pyboot.components.netty.wire.redis.aggregate import RedisAggregate
from pyboot.components.netty.wire.redis.errors import CorruptedRedisMessageError, RedisLimitError
from pyboot.components.netty.wire.redis.message import (
    ARRAY,
    ATTRIBUTE,
    MAP,
    PUSH,
    ArrayHeaderRedisMessage,
    ArrayRedisMessage,
    IntegerRedisMessage,
    LastArrayRedisMessage,
    MapRedisMessage,
)

ONE, TWO = IntegerRedisMessage(1), IntegerRedisMessage(2)


def test_a_message_is_given_with_its_last_part() -> None:
    """And not before."""
    aggregate = RedisAggregate(10, 10)
    parts = [ArrayHeaderRedisMessage(2), ONE, ArrayHeaderRedisMessage(1, MAP), ONE]

    assert [None] * 4 == [aggregate.add(part) for part in parts]
    assert parts == aggregate.parts()
    assert not aggregate.is_empty
    assert ArrayRedisMessage([ONE, MapRedisMessage([(ONE, TWO)])]) == aggregate.add(TWO)
    assert aggregate.is_empty


def test_what_is_not_whole_can_be_told_again() -> None:
    """Attributes included, those of an aggregate and those of the next message."""
    aggregate = RedisAggregate(10, 10)
    attributes = [ArrayHeaderRedisMessage(1, ATTRIBUTE), ONE, TWO]
    parts = [*attributes, ArrayHeaderRedisMessage(None, ARRAY), TWO, *attributes]
    for part in parts:
        aggregate.add(IntegerRedisMessage(part.number) if isinstance(part, IntegerRedisMessage) else part)

    assert parts == aggregate.parts()
    aggregate.clear()
    assert aggregate.is_empty
    assert [] == aggregate.parts()


def test_limits_hold_for_one_message() -> None:
    """The next one begins anew."""
    aggregate = RedisAggregate(2, 1)
    for _ in range(3):
        aggregate.add(ArrayHeaderRedisMessage(2))
        aggregate.add(ONE)
        assert aggregate.add(TWO) is not None
    with pytest.raises(RedisLimitError, match="elements of a message: at least 3, allowed are 2"):
        aggregate.add(ArrayHeaderRedisMessage(3))
    aggregate.add(ArrayHeaderRedisMessage(1))
    with pytest.raises(RedisLimitError, match="depth of aggregates 2, allowed are 1"):
        aggregate.add(ArrayHeaderRedisMessage(1))


def test_a_push_stands_at_the_top() -> None:
    """Never in the middle of a reply."""
    aggregate = RedisAggregate(10, 10)
    aggregate.add(ArrayHeaderRedisMessage(1))
    with pytest.raises(CorruptedRedisMessageError, match="a push within another message"):
        aggregate.add(ArrayHeaderRedisMessage(1, PUSH))


def test_an_end_ends_something() -> None:
    """Of which nobody knows how long it is."""
    aggregate = RedisAggregate(10, 10)
    with pytest.raises(CorruptedRedisMessageError, match="where none without length is open"):
        aggregate.add(LastArrayRedisMessage())
