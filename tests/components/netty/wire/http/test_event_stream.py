"""Server-sent events: the examples of the HTML standard, 9.2, and what it says of lines."""

import pytest
from hypothesis import given, strategies

from pyboot.components.netty.wire.http.errors import HttpDecoderError, HttpEncoderError
from pyboot.components.netty.wire.http.event_stream import EventStreamReader, ServerSentEvent

STREAMS = [
    (b"data: YHOO\ndata: +2\ndata: 10\n\n", [("message", "YHOO\n+2\n10", None)]),
    (
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        [("message", "first event", "1"), ("message", "second event", None), ("message", " third event", None)],
    ),
    (b"data\n\ndata\ndata\n\ndata:", [("message", "", None), ("message", "\n", None)]),
    (b"data:test\n\ndata: test\n\n", [("message", "test", None)] * 2),
    (b"event: add\r\ndata: 73857293\r\n\r\nevent: remove\rdata: 2153\r\r", [("add", "73857293", None), ("remove", "2153", None)]),
    (b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n", [("message", "a", None)]),
    (b"id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", [("message", "a", "1"), ("message", "b", "1")]),
    (b"event: x\n\ndata: a\n\n", [("message", "a", None)]),
    (b"DATA: a\nunknown: b\n data: c\n\n", []),
    (b"data: \xff\n\n", [("message", "\ufffd", None)]),
    (b"data: a\n\ndata: lost", [("message", "a", None)]),
    (b"data: a:b: c\n\n", [("message", "a:b: c", None)]),
]


def read(*chunks: bytes) -> list[tuple[str, str | None, str | None]]:
    """What a reader makes of the chunks."""
    reader = EventStreamReader()
    events = [event for chunk in chunks for event in reader.feed(chunk)]
    return [(event.event or "message", event.data, event.id) for event in events]


@pytest.mark.parametrize(("stream", "expected"), STREAMS)
def test_events_are_read_however_they_are_cut(stream: bytes, expected: list[tuple[str, str, str | None]]) -> None:
    """Whole, byte by byte and at every cut; a line may end in three ways."""
    assert expected == read(stream)
    assert expected == read(*[stream[at : at + 1] for at in range(len(stream))])
    for cut in range(len(stream)):
        assert expected == read(stream[:cut], stream[cut:])


def test_a_delay_is_digits_alone() -> None:
    """Nothing that Python would take for a number besides."""
    reader = EventStreamReader()
    for value, retry in ((b"x", None), (b"5000", 5000), (b"+1", 5000), (b"1_0", 5000), (b"-1", 5000), (b"", 5000), (b"7", 7)):
        reader.feed(b"retry: " + value + b"\n\n")
        assert retry == reader.retry


@pytest.mark.parametrize(
    "stream", [b"data: " + b"x" * 100 + b"\n", b"data: " + b"x" * 100, b"data: 12345678\n" * 10, b":" + b"x" * 100 + b"\n"]
)
def test_an_event_past_the_limit_is_refused(stream: bytes) -> None:
    """In one line, many, or one that does not end."""
    with pytest.raises(HttpDecoderError, match="limit 64"):
        EventStreamReader(64).feed(stream)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (ServerSentEvent("one"), b"data: one\n\n"),
        (ServerSentEvent("one\ntwo\r\nthree\rfour"), b"data: one\ndata: two\ndata: three\ndata: four\n\n"),
        (ServerSentEvent("a", event="price", id="7", retry=10), b"event: price\nid: 7\nretry: 10\ndata: a\n\n"),
        (ServerSentEvent(""), b"data: \n\n"),
        (ServerSentEvent(comment="still here"), b": still here\n\n"),
        (ServerSentEvent("ä\u2028", id=""), b"id: \ndata: \xc3\xa4\xe2\x80\xa8\n\n"),
    ],
)
def test_events_are_written(event: ServerSentEvent, expected: bytes) -> None:
    """Lines of data one by one."""
    assert expected == event.encode()


@pytest.mark.parametrize("bad", ["\r", "\n", "\r\n"])
def test_no_field_can_begin_another(bad: str) -> None:
    """A line break in a type or an id would."""
    with pytest.raises(HttpEncoderError):
        ServerSentEvent("a", event=f"x{bad}data: y")
    with pytest.raises(HttpEncoderError):
        ServerSentEvent("a", id=f"x{bad}")
    with pytest.raises(HttpEncoderError):
        ServerSentEvent("a", id="\0")
    with pytest.raises(HttpEncoderError):
        ServerSentEvent("a", retry=-1)


@given(strategies.text(), strategies.integers(1, 9))
def test_what_is_written_is_read(data: str, size: int) -> None:
    """Any text, with its line breaks made one, in chunks of any size."""
    try:
        stream = ServerSentEvent(data).encode()
    except UnicodeEncodeError:
        return  # a lone surrogate, which is no text
    expected = data.replace("\r\n", "\n").replace("\r", "\n")
    assert [("message", expected, None)] == read(*[stream[at : at + size] for at in range(0, len(stream), size)])


@given(strategies.lists(strategies.binary(max_size=20)))
def test_any_bytes_make_events_or_none(chunks: list[bytes]) -> None:
    """And nothing else, cut in whatever way."""
    assert read(*chunks) == read(b"".join(chunks))
