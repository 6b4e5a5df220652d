"""Type arguments of codecs, as something to test messages by."""

from typing import Any, Generic, TypeVar

import pytest

from pyboot.components.netty.channel.matching import accepted_types
from pyboot.components.netty.codec.encoder import MessageToByteEncoder

T = TypeVar("T")
Bytes = TypeVar("Bytes", bytes, bytearray)
type Text = str | bytes


class Plain(MessageToByteEncoder[str]): ...


class Two(MessageToByteEncoder[str | bytes]): ...


class Alias(MessageToByteEncoder[Text]): ...


class Mapping(MessageToByteEncoder[dict[str, int]]): ...


class Constrained(MessageToByteEncoder[Bytes]): ...


class Open(MessageToByteEncoder[T], Generic[T]): ...


class Closed(Open[int]): ...


class Grandchild(Closed): ...


class Anything(MessageToByteEncoder[Any]): ...


class Bare(MessageToByteEncoder): ...  # type: ignore[type-arg]  # that is the point


@pytest.mark.parametrize(
    ("codec", "accepted"),
    [
        (Plain, (str,)),
        (Two, (str, bytes)),
        (Alias, (str, bytes)),
        (Mapping, (dict,)),
        (Constrained, (bytes, bytearray)),
        (Open, (object,)),
        (Closed, (int,)),
        (Grandchild, (int,)),
        (Anything, (object,)),
        (Bare, (object,)),
    ],
)
def test_the_type_argument_says_what_is_accepted(codec: type[Any], accepted: tuple[type[Any], ...]) -> None:
    """Through every form that a type argument has."""
    assert accepted == accepted_types(codec, MessageToByteEncoder)
