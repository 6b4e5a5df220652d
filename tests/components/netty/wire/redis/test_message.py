"""Messages of Redis: values, and what programs want of them."""

import pytest

from pyboot.components.netty.wire.redis.errors import RedisResponseError
from pyboot.components.netty.wire.redis.message import (
    ArrayRedisMessage,
    BooleanRedisMessage,
    BulkErrorRedisMessage,
    BulkStringRedisContent,
    DoubleRedisMessage,
    ErrorRedisMessage,
    FullBulkStringRedisMessage,
    IntegerRedisMessage,
    LastBulkStringRedisContent,
    MapRedisMessage,
    NullRedisMessage,
    PushRedisMessage,
    SetRedisMessage,
    SimpleStringRedisMessage,
    VerbatimStringRedisMessage,
)

ONE, A = IntegerRedisMessage(1), FullBulkStringRedisMessage(b"a")


def test_values_are_those_of_python() -> None:
    """As redis-py gives them, all levels down."""
    reply = ArrayRedisMessage([SimpleStringRedisMessage("OK"), A, ONE, NullRedisMessage(), MapRedisMessage([(A, SetRedisMessage([ONE]))])])

    assert ["OK", b"a", 1, None, {b"a": {1}}] == reply.value
    assert (True, 1.5, b"# a") == (
        BooleanRedisMessage(True).value,
        DoubleRedisMessage(1.5).value,
        VerbatimStringRedisMessage(b"# a", "mkd").value,
    )


def test_an_error_is_a_value_that_can_be_raised() -> None:
    """With its code."""
    for error in (ErrorRedisMessage("WRONGTYPE of a list").value, BulkErrorRedisMessage(b"WRONGTYPE of a list").value):
        assert isinstance(error, RedisResponseError)
        assert ("WRONGTYPE", "WRONGTYPE of a list") == (error.code, str(error))


def test_what_python_cannot_look_up_stays_a_list() -> None:
    """A set of arrays, a map whose keys are arrays."""
    row = ArrayRedisMessage([ONE])

    assert [[1]] == SetRedisMessage([row]).value
    assert [([1], 1)] == MapRedisMessage([(row, ONE)]).value


def test_the_nulls_are_null() -> None:
    """All three of them; what is empty is not."""
    assert all(
        each.is_null and each.value is None for each in (NullRedisMessage(), FullBulkStringRedisMessage(None), ArrayRedisMessage(None))
    )
    assert not any(each.is_null for each in (FullBulkStringRedisMessage(b""), ArrayRedisMessage([]), ONE))


def test_a_command_is_made_of_what_can_be_one() -> None:
    """Numbers in digits, text as UTF-8."""
    command = ArrayRedisMessage.command("SET", b"k\r\n", "é", 7, 1.5)

    assert [b"SET", b"k\r\n", b"\xc3\xa9", b"7", b"1.5"] == command.strings
    assert FullBulkStringRedisMessage(b"SET") == command.children[0]
    for wrong in (None, True, [1]):
        with pytest.raises(TypeError, match="bytes"):  # said by us, or by the compiled core, which looks first
            ArrayRedisMessage.command("SET", wrong)  # type: ignore[arg-type]


def test_strings_are_those_of_an_array_of_strings_alone() -> None:
    """Any other has none, and is no command."""
    assert [b"a"] == ArrayRedisMessage([A]).strings
    assert ArrayRedisMessage([A, ONE]).strings is None
    assert ArrayRedisMessage([FullBulkStringRedisMessage(None)]).strings is None
    assert ArrayRedisMessage(None).strings is None
    assert [] == ArrayRedisMessage([]).strings
    assert [] == ArrayRedisMessage(None).children


def test_messages_are_compared_by_what_they_say() -> None:
    """And by their kind, and by their attributes."""
    assert ArrayRedisMessage([A]) == ArrayRedisMessage(None, [b"a"])
    assert hash(ArrayRedisMessage([A])) == hash(ArrayRedisMessage(None, [b"a"]))
    assert PushRedisMessage([A]) != ArrayRedisMessage([A])
    assert ArrayRedisMessage([]) != ArrayRedisMessage(None)
    assert BulkStringRedisContent(b"a") != LastBulkStringRedisContent(b"a")
    assert ONE != 1
    other = IntegerRedisMessage(1)
    other.attributes = MapRedisMessage([(A, ONE)])
    assert ONE != other
    assert "IntegerRedisMessage(1, attributes=MapRedisMessage(" in repr(other)


def test_messages_show_what_they_say() -> None:
    """In a log, or where a test fails."""
    assert "ArrayRedisMessage([FullBulkStringRedisMessage(b'a')])" == repr(ArrayRedisMessage(None, [b"a"]))
    assert "ErrorRedisMessage('ERR no')" == repr(ErrorRedisMessage("ERR no"))
