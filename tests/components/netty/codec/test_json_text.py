"""JSON in a pipeline."""

import dataclasses
import datetime
from typing import Any

import pydantic
import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec import json_text
from pyboot.components.netty.codec.json_text import JsonDecoder, JsonEncoder, JsonObjectDecoder
from pyboot.components.netty.errors import CorruptedFrameError, DecoderError, EncoderError, PrematureCloseError
from pyboot.testing.codec import check_decoder, decode


@dataclasses.dataclass
class Point:
    """A dataclass."""

    x: int
    y: int


class Person(pydantic.BaseModel):
    """A pydantic model."""

    name: str
    born: datetime.date


def test_documents_keep_the_contract() -> None:
    """Cut by their brackets."""
    check_decoder(
        JsonObjectDecoder,
        b'{"a":"}"}[1,{}]',
        [b'{"a":"}"}', b"[1,{}]"],
        wrong={b"garbage": CorruptedFrameError, b"{": PrematureCloseError},
    )
    assert [b"1", b"[2]"] == decode(JsonObjectDecoder(stream_array_elements=True), [b"[1, [2]]"]).messages


def test_documents_become_objects() -> None:
    """null among them."""
    assert [{"a": [1, 2.5, "ü"]}, None, True] == decode(JsonDecoder(), ['{"a":[1,2.5,"ü"]}'.encode(), b"null", b" true "]).messages


def test_documents_become_objects_of_a_type() -> None:
    """A dataclass, a model, or any type pydantic knows."""
    assert [Point(1, 2)] == decode(JsonDecoder(Point), [b'{"x":1,"y":2}']).messages
    assert [Person(name="Ada", born=datetime.date(1815, 12, 10))] == decode(
        JsonDecoder(Person), [b'{"name":"Ada","born":"1815-12-10"}']
    ).messages
    assert [[1, 2]] == decode(JsonDecoder(list[int]), [b"[1,2]"]).messages


@pytest.mark.parametrize(
    "text", [b"", b"{", b"{'a':1}", b'{"a":NaN}', b"[Infinity]", b"\xff", b"[" * 100_000, b"1" * 5000, b"1e400", b"[-1e999]"]
)
@pytest.mark.parametrize("is_standard", [False, True])
def test_what_is_no_json_is_an_error(text: bytes, is_standard: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """However deep, and whatever the library."""
    if is_standard:
        monkeypatch.setattr(json_text, "_LOADS", json_text._standard()[0])
    found = decode(JsonDecoder(), [text])
    assert ([], [DecoderError]) == (found.messages, [type(error) for error in found.errors])


def test_what_is_not_of_the_type_is_an_error_that_says_what() -> None:
    """With pydantic's words."""
    assert "unable to parse string as an integer" in str(decode(JsonDecoder(Point), [b'{"x":"one","y":2}']).errors[0])


def test_another_encoding() -> None:
    """For peers from before RFC 8259."""
    assert [{"a": "ü"}] == decode(JsonDecoder(charset="latin-1"), ['{"a":"ü"}'.encode("latin-1")]).messages


def written(*messages: object) -> list[Any]:
    """What leaves the channel."""
    channel = EmbeddedChannel(JsonEncoder())
    channel.write_outbound(*messages)
    return channel.outbound_messages()


def test_objects_become_documents() -> None:
    """Text and bytes pass: they may be anything's."""
    assert [b'{"a":[1,2.5,"\xc3\xbc"]}', b'{"x":1,"y":2}', b'{"name":"Ada","born":"1815-12-10"}', "text", b"bytes"] == written(
        {"a": [1, 2.5, "ü"]}, Point(1, 2), Person(name="Ada", born=datetime.date(1815, 12, 10)), "text", b"bytes"
    )
    assert [b"true", b"1", b"[1]", b'{"at":"2026-01-02"}'] == written(True, 1, (1,), {"at": datetime.date(2026, 1, 2)})


def test_what_has_no_json_form_fails_its_write() -> None:
    """With the type that has none."""
    with pytest.raises(EncoderError, match="dict has no JSON form"):
        written({"a": object()})
