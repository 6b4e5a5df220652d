"""The codecs of an HTTP server."""

import asyncio
import logging
from typing import Any

import pytest

from pyboot.components.netty.bootstrap import ServerBootstrap
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.event import DRAINING
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.http.rejected import HttpRequestRejected
from pyboot.components.netty.codec.http.server import HttpRequestDecoder, HttpResponseEncoder, HttpServerCodec, exchange_of
from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http.message import (
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpRequest,
    HttpResponse,
    LastHttpContent,
)
from pyboot.components.netty.wire.http1.config import HttpDecoderConfig
from pyboot.testing.codec import check_decoder

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n"


class Recorder(ChannelHandler[Any]):
    """Keeps what comes, and answers by hand."""

    def __init__(self, *, answers: bool = False) -> None:
        self.answers = answers
        self.seen: list[Any] = []
        self.events: list[object] = []
        self.errors: list[Exception] = []

    def channel_read(self, ctx: Any, msg: Any) -> None:
        """Keeps it; answers each request when it is whole."""
        self.seen.append(msg)
        if self.answers and isinstance(msg, LastHttpContent):
            ctx.write_and_flush(FullHttpResponse(200, b"%d" % len(self.seen)))

    def user_event_triggered(self, ctx: Any, event: object) -> None:
        """Keeps it."""
        self.events.append(event)

    def exception_caught(self, ctx: Any, error: Exception) -> None:
        """Keeps it."""
        self.errors.append(error)


def server(recorder: Recorder, config: HttpDecoderConfig | None = None) -> EmbeddedChannel:
    """A channel of a server with *recorder* behind its codec."""
    return EmbeddedChannel(HttpServerCodec(config), recorder)


def receive(channel: EmbeddedChannel, *chunks: bytes) -> None:
    """Let *chunks* come in."""
    for chunk in chunks:
        channel.write_inbound(ByteBuffer(chunk))
    channel.run_pending_tasks()


def flattened(messages: list[Any]) -> tuple[Any, ...]:
    """Heads, the bytes of content one by one, and the ends, since content comes in the pieces that the network has cut."""
    flat: list[Any] = []
    for each in messages:
        if isinstance(each, DefaultHttpContent | DefaultLastHttpContent):
            flat += [*each.content, *(["end"] if isinstance(each, DefaultLastHttpContent) else [])]
        else:
            flat.append(each)
    return tuple(flat)


class Answering(ChannelHandler[Any]):
    """Ends the exchange of each request when it is whole, as a response would."""

    def channel_read(self, ctx: Any, msg: Any) -> None:
        """Ends it, and hands the message on."""
        if isinstance(msg, LastHttpContent):
            exchange_of(ctx).end()
        ctx.fire_channel_read(msg)


class Answered(HttpRequestDecoder):
    """A decoder with somebody who answers right behind it."""

    def handler_added(self, ctx: Any) -> None:
        """Adds that one."""
        super().handler_added(ctx)
        ctx.pipeline.add_after(self, Answering())


def test_the_decoder_keeps_the_contract_of_decoders() -> None:
    """At every cut; it is not replaced in the middle, since it keeps more in mind than bytes."""
    stream = GET + POST + b"abc" + b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
    messages = [
        FullHttpRequest("GET", "/", headers={"Host": "x"}),
        HttpRequest("POST", "/", {"Host": "x", "Content-Length": "3"}),
        DefaultLastHttpContent(b"abc"),
        HttpRequest("POST", "/c", {"Host": "x", "Transfer-Encoding": "chunked"}),
        DefaultLastHttpContent(b"ab"),
    ]
    wrong = {b"GET / HTTP/1.1\r\n\r\n": HttpDecoderError, b"GET / HTTP/1.1\nHost: x\n\n": HttpDecoderError}
    check_decoder(Answered, stream, messages, collect=flattened, replaceable=False, wrong=wrong)


def test_requests_are_answered_in_their_order() -> None:
    """Pipelined in one read; whether a handler answers at once or later."""
    recorder = Recorder(answers=True)
    channel = server(recorder)
    receive(channel, GET * 3)
    assert OK + b"1" + OK + b"2" + OK + b"3" == channel.outbound_bytes()

    recorder.answers = False
    receive(channel, GET + b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
    for number in range(3):
        channel.write_outbound(FullHttpResponse(200, b"%d" % number))
    assert OK + b"0" + OK + OK + b"2" == channel.outbound_bytes()


def test_a_request_is_answered_before_all_of_it_has_come() -> None:
    """The rest comes all the same."""
    recorder = Recorder()
    channel = server(recorder)
    receive(channel, POST + b"a")
    channel.write_outbound(FullHttpResponse(413, b"!"))
    receive(channel, b"bc" + GET)

    assert [HttpRequest, DefaultHttpContent, DefaultLastHttpContent, FullHttpRequest] == [type(each) for each in recorder.seen]


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n"])
def test_the_channel_closes_behind_the_last_response(head: bytes) -> None:
    """When it has gone out; a request behind it is not seen."""
    recorder = Recorder()
    channel = server(recorder)
    receive(channel, head + GET)
    assert 1 == len(recorder.seen)

    channel.write_outbound(HttpResponse(200, {"Content-Length": "1"}))
    assert channel.is_open
    channel.write_outbound(DefaultLastHttpContent(b"a"))

    assert b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nconnection: close\r\n\r\na" == channel.outbound_bytes()
    assert not channel.is_open


def test_a_handler_may_end_the_connection() -> None:
    """By what its response says."""
    channel = server(Recorder())
    receive(channel, GET)
    channel.write_outbound(FullHttpResponse(200, headers={"Connection": "close"}))

    assert not channel.is_open


def test_no_request_is_read_behind_a_response_that_is_the_last() -> None:
    """Although it came: whoever handled it could not answer."""

    class Closing(Recorder):
        """Closes with its first response."""

        def __init__(self, response: HttpResponse) -> None:
            super().__init__()
            self.response = response

        def channel_read(self, ctx: Any, msg: Any) -> None:
            """Keeps the request and says good-bye."""
            self.seen.append(msg)
            ctx.write_and_flush(self.response)

    # From the head of the response on, while its content is still being made; content of that very request comes all the same.
    for response in (FullHttpResponse(200, headers={"Connection": "close"}), HttpResponse(200, {"Connection": "close"})):
        recorder: Recorder = Closing(response)
        receive(server(recorder), GET + GET)
        assert (1, []) == (len(recorder.seen), recorder.errors)
    recorder = Recorder()
    channel = server(recorder)
    receive(channel, POST)
    channel.write_outbound(HttpResponse(200, {"Connection": "close"}))
    receive(channel, b"abc" + GET)
    assert [HttpRequest, DefaultLastHttpContent] == [type(each) for each in recorder.seen]


REFUSED = {
    b"GET / HTTP/1.1\r\n\r\n": b"400 Bad Request",
    b"GET /" + b"a" * 9000: b"414 ",
    b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 20000: b"431 Request Header Fields Too Large",
    b"GET / HTTP/2.0\r\nHost: x\r\n\r\n": b"505 HTTP Version Not Supported",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n": b"501 Not Implemented",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11111111111111111\r\n\r\n": b"400 Bad Request",
    b"TRACE / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na": b"400 Bad Request",
    b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n": b"400 Bad Request",
}


@pytest.mark.parametrize("stream", REFUSED)
def test_a_wrong_request_is_answered_and_the_channel_closed(stream: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """No handler sees it; an event and a line of the log tell of it."""
    recorder = Recorder()
    channel = server(recorder)
    with caplog.at_level(logging.WARNING):
        receive(channel, stream + GET)

    sent = channel.outbound_bytes()
    assert sent.startswith(b"HTTP/1.1 " + REFUSED[stream])
    assert b"\r\nconnection: close\r\n" in sent
    assert not channel.is_open
    assert ([], []) == (recorder.seen, recorder.errors)
    (event,) = recorder.events
    assert isinstance(event, HttpRequestRejected)
    assert [event.error.reason in record.message for record in caplog.records] == [True]


def test_a_wrong_request_is_answered_in_its_turn() -> None:
    """Behind those that came before it, whose handlers take their time."""
    recorder = Recorder()
    channel = server(recorder)
    receive(channel, GET + GET + b"GET / HTTP/1.1\r\nHost : x\r\n\r\n" + GET, GET)
    assert (2, b"") == (len(recorder.seen), channel.outbound_bytes())

    channel.write_outbound(FullHttpResponse(200, b"1"))
    assert OK + b"1" == channel.outbound_bytes()
    channel.write_outbound(FullHttpResponse(200, b"2"))

    sent = channel.outbound_bytes()
    assert sent.startswith(OK + b"2HTTP/1.1 400 Bad Request\r\n")
    assert not channel.is_open


def test_wrong_content_is_answered_too() -> None:
    """Where no response to it has begun; else the channel closes and the peer sees that it is not whole."""
    wrong = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
    channel = server(Recorder())
    receive(channel, wrong, b"x\r\n")
    assert channel.outbound_bytes().startswith(b"HTTP/1.1 400 ")
    assert not channel.is_open

    channel = server(Recorder())
    receive(channel, wrong)
    channel.write_outbound(HttpResponse(200))
    receive(channel, b"x\r\n")
    assert b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" == channel.outbound_bytes()
    assert not channel.is_open


def test_too_many_requests_that_wait_stop_the_reading() -> None:
    """Until one has its response; nothing is lost, and nothing comes twice."""
    recorder = Recorder()
    channel = server(recorder, HttpDecoderConfig(max_pipelined=2))
    requests = [b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(7)]
    receive(channel, b"".join(requests[:3]) + requests[3][:9], requests[3][9:] + requests[4])
    assert ["/0", "/1"] == [each.uri for each in recorder.seen]
    assert not channel.reading.is_on

    for answered in range(1, 4):
        channel.write_outbound(FullHttpResponse(200, b"a"))
        channel.run_pending_tasks()
        assert [f"/{number}" for number in range(answered + 2)] == [each.uri for each in recorder.seen]
    channel.write_outbound(FullHttpResponse(200, b"a"))
    channel.run_pending_tasks()
    assert channel.reading.is_on
    receive(channel, *requests[5:])

    assert [f"/{number}" for number in range(6)] == [each.uri for each in recorder.seen]


def test_a_handler_that_answers_at_once_is_never_waited_for() -> None:
    """However many requests come in one read."""
    recorder = Recorder(answers=True)
    channel = server(recorder, HttpDecoderConfig(max_pipelined=1))
    receive(channel, GET * 1000)

    assert 1000 == len(recorder.seen)
    assert channel.reading.is_on


class Upgrade(ChannelHandler[Any]):
    """Answers with another protocol, and takes the codec out."""

    def __init__(self, *, removes: bool) -> None:
        self.removes = removes
        self.raw = b""

    def channel_read(self, ctx: Any, msg: Any) -> None:
        """A request, then bytes."""
        if isinstance(msg, HttpRequest):
            ctx.write_and_flush(FullHttpResponse(101, headers={"Connection": "upgrade", "Upgrade": "y"}))
            if self.removes:
                ctx.pipeline.remove(HttpServerCodec)
        else:
            self.raw += bytes(msg)


UPGRADE = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: y\r\n\r\n"


@pytest.mark.parametrize("removes", [True, False])
def test_behind_101_the_bytes_belong_to_another_protocol(removes: bool) -> None:
    """Those of the same read too, at every cut; what is written goes as it is."""
    stream = UPGRADE + GET
    for chunks in (
        [stream],
        *([stream[:cut], stream[cut:]] for cut in range(1, len(stream))),
        [stream[at : at + 1] for at in range(len(stream))],
    ):
        handler = Upgrade(removes=removes)
        channel = EmbeddedChannel(HttpServerCodec(), handler)
        receive(channel, *chunks)
        assert GET == handler.raw
        channel.write_outbound(b"raw")
        assert b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: y\r\n\r\nraw" == channel.outbound_bytes()
        assert channel.reading.is_on


@pytest.mark.parametrize("switches", [True, False])
def test_a_response_that_takes_its_time_decides_whose_the_bytes_are(switches: bool) -> None:
    """Meanwhile nothing is read."""
    recorder = Recorder()
    channel = server(recorder)
    receive(channel, UPGRADE + GET)
    assert (1, False) == (len(recorder.seen), channel.reading.is_on)

    channel.write_outbound(FullHttpResponse(100))
    channel.run_pending_tasks()
    assert 1 == len(recorder.seen)
    channel.write_outbound(FullHttpResponse(101 if switches else 200, headers={"Connection": "upgrade"} if switches else None))
    channel.run_pending_tasks()

    assert channel.reading.is_on
    assert [GET if switches else FullHttpRequest("GET", "/", headers={"Host": "x"})] == [
        bytes(each) if isinstance(each, ByteBuffer) else each for each in recorder.seen[1:]
    ]


def test_a_codec_that_is_taken_out_while_it_holds_gives_everything_on() -> None:
    """And the channel reads again."""
    recorder = Recorder()
    channel = server(recorder, HttpDecoderConfig(max_pipelined=1))
    receive(channel, GET + b"abc")

    channel.pipeline().remove(HttpServerCodec)

    assert [b"abc"] == [bytes(each) for each in recorder.seen[1:]]
    assert channel.reading.is_on


def test_decoder_and_encoder_apart_know_of_each_other() -> None:
    """They share the exchange of their channel; a wrong request goes to exception_caught."""
    recorder = Recorder()
    channel = EmbeddedChannel(HttpRequestDecoder(HttpDecoderConfig(max_pipelined=1)), HttpResponseEncoder(), recorder)
    receive(channel, b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" + GET + b"GET /\r\n\r\n")
    channel.write_outbound(FullHttpResponse(200, b"a"))
    channel.run_pending_tasks()
    channel.write_outbound(FullHttpResponse(200, b"b"))
    channel.run_pending_tasks()

    assert OK + OK + b"b" == channel.outbound_bytes()
    assert 2 == len(recorder.seen)
    assert ["request-line"] == [error.reason for error in recorder.errors if isinstance(error, HttpDecoderError)]


def test_a_peer_that_leaves_within_a_request_is_told() -> None:
    """Between two requests it may."""
    for stream, count in ((GET + POST + b"a", 1), (GET, 0), (GET[:5], 1), (GET + UPGRADE + b"x", 1), (UPGRADE, 0)):
        recorder = Recorder(answers=True)
        channel = server(recorder)
        receive(channel, stream)
        channel.finish_input()
        assert count == len(recorder.errors), stream


class Coroutine(ChannelHandler[Any]):
    """Answers from a coroutine, when it is let."""

    def __init__(self) -> None:
        self.may = asyncio.Event()

    async def channel_read(self, ctx: Any, msg: Any) -> None:
        """Waits, and answers with the target."""
        await self.may.wait()
        await ctx.write_and_flush(FullHttpResponse(200, msg.uri[-1]))


async def test_a_coroutine_answers_in_order() -> None:
    """Over a real socket, pipelined, with fewer that may wait than come."""
    handlers: asyncio.Queue[Coroutine] = asyncio.Queue()

    def init(channel: Channel) -> None:
        handlers.put_nowait(handler := Coroutine())
        channel.pipeline().add_last(HttpServerCodec(HttpDecoderConfig(max_pipelined=2)), handler)

    bound = await ServerBootstrap().child_handler(init).bind("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*bound.local_address()[:2])
    writer.write(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(9)) + b"GET /9 HTTP/1.0\r\n\r\n")
    (await handlers.get()).may.set()
    answer = await asyncio.wait_for(reader.read(-1), 20)
    writer.close()
    await bound.close()

    assert b"".join(OK + b"%d" % number for number in range(9)) == answer[: 9 * len(OK + b"1")]
    assert answer.endswith(b"connection: close\r\ncontent-length: 1\r\n\r\n9")


LAST_OK = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\n"


def draining(channel: EmbeddedChannel) -> EmbeddedChannel:
    """Tell *channel* that it will end."""
    channel.pipeline().fire_user_event_triggered(DRAINING)
    return channel


def test_a_connection_that_will_end_says_so_with_its_next_response() -> None:
    """One that waits meanwhile, or that of the next request; the channel closes behind it, and handlers hear the event."""
    recorder = Recorder(answers=True)
    idle = draining(server(recorder))
    assert (b"", True, [DRAINING]) == (idle.outbound_bytes(), idle.is_open, recorder.events)
    receive(idle, GET)
    assert (LAST_OK + b"1", False) == (idle.outbound_bytes(), idle.is_open)

    busy = server(Recorder())
    receive(busy, GET)
    draining(busy).write_outbound(FullHttpResponse(200, b"1"))
    assert (LAST_OK + b"1", False) == (busy.outbound_bytes(), busy.is_open)


def test_no_pipelined_request_is_lost_to_the_end() -> None:
    """The last of what has come ends it: of two in one read, of two that wait, of one whose successor has come in part."""
    for stream in (GET + GET, GET + GET[:9]):
        channel = draining(server(Recorder(answers=True)))
        receive(channel, stream)
        if stream != GET + GET:
            assert (OK + b"1", True) == (channel.outbound_bytes(), channel.is_open)
            receive(channel, GET[9:])
            assert (LAST_OK + b"2", False) == (channel.outbound_bytes(), channel.is_open)
        else:
            assert (OK + b"1" + LAST_OK + b"2", False) == (channel.outbound_bytes(), channel.is_open)

    channel = server(Recorder())
    receive(channel, GET + GET)
    draining(channel).write_outbound(FullHttpResponse(200, b"1"), FullHttpResponse(200, b"2"))
    assert (OK + b"1" + LAST_OK + b"2", False) == (channel.outbound_bytes(), channel.is_open)


def test_content_that_still_comes_is_waited_for_at_the_end() -> None:
    """A response in front of it does not end the connection, or the client would be cut off in its upload."""
    channel = draining(server(Recorder()))
    receive(channel, POST + b"a")
    channel.write_outbound(FullHttpResponse(200, b"1"))
    receive(channel, b"bc")
    assert (OK + b"1", True) == (channel.outbound_bytes(), channel.is_open)


def test_a_protocol_that_is_changed_to_is_not_ended() -> None:
    """101 says no close: the new protocol has its own farewell."""
    channel = draining(server(Recorder()))
    receive(channel, UPGRADE)
    channel.write_outbound(FullHttpResponse(101, b"", {"upgrade": "x", "connection": "upgrade"}))
    assert b"close" not in channel.outbound_bytes()
    assert channel.is_open
