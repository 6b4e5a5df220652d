"""Messages as bytes, and back."""

import math
from typing import Any

import pytest

from pyboot.cluster.envelope import Content
from pyboot.cluster.errors import TooLargeMessageError, UnserializableMessageError
from pyboot.cluster.serializer import packed, serializer_of, unpacked
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer


@pytest.mark.parametrize("message", [b"", b"\x00\xff", "", "téxt"])
def test_bytes_and_text_need_no_serializer(message: bytes | str) -> None:
    """And come back as what they were."""
    data, content = packed(message, None)
    assert message == unpacked(data, content, None)


def test_a_buffer_goes_as_its_bytes_and_keeps_its_reference() -> None:
    """Whoever writes it lets go of it."""
    buffer = ByteBuffer(b"abc")
    assert (b"abc", Content.BYTES) == packed(buffer, None)
    assert 1 == buffer.ref_count


@pytest.mark.parametrize("name", ["json", "msgpack"])
@pytest.mark.parametrize("message", [None, 1, [1, "a", None], {"a": {"b": [True]}}])
def test_a_serializer_makes_bytes_of_objects(name: str, message: Any) -> None:
    """By its name."""
    serializer = serializer_of(name)
    data, content = packed(message, serializer)
    assert (Content.SERIALIZED, message) == (content, unpacked(data, content, serializer))


def test_a_serializer_may_be_yours() -> None:
    """With two methods."""

    class Own:
        def dumps(self, message: Any) -> bytes:
            return repr(message).encode()

        def loads(self, data: bytes) -> Any:
            return data.decode()

    assert (b"[1]", Content.SERIALIZED) == packed([1], serializer_of(Own()))
    assert serializer_of(None) is None


@pytest.mark.parametrize(
    ("message", "name", "told"),
    [
        ({1}, None, "of type set cannot be sent to other nodes: there is no serializer"),
        ({1}, "json", "not JSON serializable"),
        (math.nan, "json", "not JSON compliant"),
        ({1}, "msgpack", "can not serialize"),
    ],
)
def test_what_cannot_be_sent_says_why(message: Any, name: str | None, told: str) -> None:
    """Here, where it was written."""
    with pytest.raises(UnserializableMessageError, match=told):
        packed(message, serializer_of(name))


def test_a_name_that_is_no_serializer_is_refused() -> None:
    """Pickle first of all."""
    with pytest.raises(UnserializableMessageError, match="there is no serializer 'pickle'; there are json, msgpack"):
        serializer_of("pickle")


def test_the_limit_is_one_mebibyte() -> None:
    """A byte more is refused."""
    assert (1 << 20) == len(packed(b"x" * (1 << 20), None)[0])
    with pytest.raises(TooLargeMessageError):
        packed("é" * (1 << 19) + "x", None)
    with pytest.raises(ValueError, match="there is no serializer here"):
        unpacked(b"1", Content.SERIALIZED, None)
