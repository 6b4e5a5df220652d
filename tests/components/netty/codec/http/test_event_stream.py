"""Server-sent events in a pipeline."""

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.http.event_stream import ServerSentEventDecoder, ServerSentEventEncoder
from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http.event_stream import ServerSentEvent
from pyboot.components.netty.wire.http.message import EMPTY_LAST_CONTENT, DefaultHttpContent, DefaultLastHttpContent, HttpResponse


def test_events_are_written_as_content() -> None:
    """Behind the head that says what they are; all else goes through."""
    channel = EmbeddedChannel(ServerSentEventEncoder())
    head = ServerSentEventEncoder.response()
    channel.write_outbound(head, ServerSentEvent("one", id="1"), EMPTY_LAST_CONTENT)
    assert [head, DefaultHttpContent(b"id: 1\ndata: one\n\n"), EMPTY_LAST_CONTENT] == channel.outbound_messages()
    assert "text/event-stream" == head.headers["content-type"]


def test_events_are_read_out_of_a_stream_of_them() -> None:
    """However the contents cut them; the end of the response comes through, with its trailers."""
    channel = EmbeddedChannel(ServerSentEventDecoder())
    head = HttpResponse(200, {"Content-Type": "text/event-stream; charset=utf-8"})
    end = DefaultLastHttpContent(b"o\n\ndata: lost", {"X": "y"})
    channel.write_inbound(head, DefaultHttpContent(b"data: one\n\ndata: tw"), end)
    expected = [head, ServerSentEvent("one"), ServerSentEvent("two"), DefaultLastHttpContent(b"", {"X": "y"})]
    assert expected == [channel.read_inbound() for _ in range(4)]


def test_other_responses_go_through() -> None:
    """Before and after."""
    channel = EmbeddedChannel(ServerSentEventDecoder())
    other, content = HttpResponse(200, {"Content-Type": "text/plain"}), DefaultHttpContent(b"data: a\n\n")
    stream = HttpResponse(200, {"Content-Type": "text/event-stream"})
    messages = (other, content, EMPTY_LAST_CONTENT)
    channel.write_inbound(*messages, stream, content, EMPTY_LAST_CONTENT, *messages)
    expected = [*messages, stream, ServerSentEvent("a"), EMPTY_LAST_CONTENT, *messages]
    assert expected == [channel.read_inbound() for _ in range(9)]


def test_an_event_past_the_limit_is_one_error() -> None:
    """What follows in that response is dropped, and its end comes."""
    channel = EmbeddedChannel(ServerSentEventDecoder(8))
    errors: list[str] = []
    stream = HttpResponse(200, {"Content-Type": "text/event-stream"})
    channel.write_inbound(stream)
    for message in (DefaultHttpContent(b"data: 123456789"), DefaultHttpContent(b"data: a\n\n"), EMPTY_LAST_CONTENT):
        try:
            channel.write_inbound(message)
        except HttpDecoderError as error:
            errors.append(str(error))
    assert [stream, EMPTY_LAST_CONTENT] == [channel.read_inbound() for _ in range(2)]
    assert 1 == len(errors)
