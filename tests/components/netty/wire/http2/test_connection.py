"""The machine of one connection: what frames mean, whose end is whose, and that everything a peer can ask for is bounded."""

import random

import h2.config
import h2.connection
import h2.events
import pytest

from pyboot.components.netty.wire.http2.config import Http2Config
from pyboot.components.netty.wire.http2.connection import Http2Connection
from pyboot.components.netty.wire.http2.errors import Http2ConnectionError, Http2Error, Http2StreamError
from pyboot.components.netty.wire.http2.frame import (
    Http2DataFrame,
    Http2GoAwayFrame,
    Http2Headers,
    Http2HeadersFrame,
    Http2PingFrame,
    Http2ResetFrame,
    Http2UnknownFrame,
    Http2WindowUpdateFrame,
)

from .bytes import GET, NO_SETTINGS, POST, PREFACE, frame, read, server

ASKED = [(":method", "POST"), (":path", "/x"), (":scheme", "http"), (":authority", "a.b")]


def test_a_request_of_h2_with_content_and_trailers() -> None:
    """Head, content, trailers; padding takes of the window, and is gone."""
    client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    client.initiate_connection()
    client.send_headers(1, ASKED)
    client.send_data(1, b"hello", pad_length=5)
    client.send_headers(1, [("grpc-status", "0")], end_stream=True)
    machine = Http2Connection(is_server=True)
    machine.sender.begin()
    found = read(machine, client.data_to_send())[1:]
    head = Http2Headers(method="POST", path="/x", scheme="http", authority="a.b")
    assert [
        Http2HeadersFrame(head, False, 1),
        Http2DataFrame(b"hello", False, 1),
        Http2HeadersFrame(Http2Headers({"grpc-status": "0"}), True, 1),
    ] == found
    assert isinstance(found[1], Http2DataFrame)
    assert 11 == found[1].flow_size


def test_a_response_to_h2_is_one() -> None:
    """With trailers, and of a client role the other way round."""
    client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    client.initiate_connection()
    client.send_headers(1, ASKED, end_stream=True)
    machine = Http2Connection(is_server=True)
    machine.sender.begin()
    read(machine, client.data_to_send())
    machine.sender.headers(1, Http2Headers({"Content-Type": "text/plain"}, status=200), False)
    machine.sender.data(1, b"hi", False)
    machine.sender.headers(1, Http2Headers({"x": "y"}), True)
    events = client.receive_data(machine.sender.take())
    assert ["ResponseReceived", "DataReceived", "TrailersReceived", "StreamEnded"] == [type(each).__name__ for each in events][-4:]
    assert {} == machine.streams.open


def test_a_client_gets_what_h2_sends() -> None:
    """An informational head in front, content, trailers."""
    theirs = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    theirs.initiate_connection()
    machine = Http2Connection(is_server=False)
    machine.sender.begin()
    machine.sender.headers(1, Http2Headers(method="GET", scheme="http", authority="x", path="/"), True)
    theirs.receive_data(machine.sender.take())
    theirs.send_headers(1, [(":status", "103")])
    theirs.send_headers(1, [(":status", "200")])
    theirs.send_data(1, b"hi")
    theirs.send_headers(1, [("t", "1")], end_stream=True)
    found = read(machine, theirs.data_to_send())[2:]
    assert [
        Http2HeadersFrame(Http2Headers(status=103), False, 1),
        Http2HeadersFrame(Http2Headers(status=200), False, 1),
        Http2DataFrame(b"hi", False, 1),
        Http2HeadersFrame(Http2Headers({"t": "1"}), True, 1),
    ] == found


def test_a_connection_is_what_is_answered_by_itself() -> None:
    """SETTINGS and PING; the answers of a peer are not answered."""
    machine = server()
    found = read(machine, NO_SETTINGS + frame(6, 0, 0, b"12345678") + frame(6, 1, 0, b"87654321") + frame(4, 1, 0))
    assert [Http2PingFrame(b"12345678"), Http2PingFrame(b"87654321", True)] == found[1:3]
    assert frame(4, 1, 0) + frame(6, 1, 0, b"12345678") == machine.sender.take()


def test_the_rest_of_the_frames() -> None:
    """A reset, a window, a good-bye, an extension; priorities are read and dropped."""
    machine = server()
    data = (
        frame(1, 4, 1, POST)
        + frame(8, 0, 1, b"\x00\x00\x00\x05")
        + frame(3, 0, 1, b"\x00\x00\x00\x08")
        + frame(2, 0, 1, b"\x00\x00\x00\x09\x01")
    )
    data += frame(7, 0, 0, bytes(8) + b"bye") + frame(0x20, 3, 0, b"?")
    assert [Http2WindowUpdateFrame(5, 1), Http2ResetFrame(8, 1), Http2GoAwayFrame(0, b"bye", 0), Http2UnknownFrame(0x20, 3, b"?")] == read(
        machine, data
    )[1:]


CONNECTION_ERRORS = [
    (frame(0, 0, 0, b"x"), 1),
    (frame(0, 0, 1, b"x"), 1),
    (frame(1, 5, 0, GET), 1),
    (frame(1, 5, 2, GET), 1),
    (frame(1, 5, 5, GET) + frame(1, 5, 3, GET), 1),
    (frame(1, 13, 1, b"\xff" + GET), 1),
    (frame(1, 12, 1, b""), 6),
    (frame(1, 0x24, 1, b"1234"), 6),
    (frame(1, 1, 1, GET) + frame(6, 0, 0, bytes(8)), 1),
    (frame(1, 1, 1, GET) + frame(9, 4, 3, b""), 1),
    (frame(9, 4, 1, b""), 1),
    (frame(5, 4, 1, b"\x00\x00\x00\x02" + GET), 1),
    (frame(3, 0, 0, bytes(4)), 1),
    (frame(3, 0, 1, bytes(4)), 1),
    (frame(1, 4, 1, POST) + frame(3, 0, 1, bytes(3)), 6),
    (frame(4, 0, 1), 1),
    (frame(4, 1, 0, b"x"), 6),
    (frame(4, 0, 0, b"12345"), 6),
    (frame(6, 0, 1, bytes(8)), 1),
    (frame(6, 0, 0, bytes(7)), 6),
    (frame(7, 0, 1, bytes(8)), 1),
    (frame(7, 0, 0, bytes(7)), 6),
    (frame(8, 0, 0, bytes(4)), 1),
    (frame(8, 0, 1, b"\x00\x00\x00\x01"), 1),
    (frame(8, 0, 0, b"\x7f\xff\xff\xff"), 3),
    (frame(1, 4, 1, POST) + frame(8, 0, 1, b"\x7f\xff\x00\x00") + frame(4, 0, 0, b"\x00\x04\x7f\xff\xff\xff"), 3),
    (frame(1, 5, 1, b"\xbe"), 9),
    (frame(2, 0, 0, bytes(5)), 1),
]


@pytest.mark.parametrize(("data", "code"), CONNECTION_ERRORS)
def test_what_ends_the_connection(data: bytes, code: int) -> None:
    """GOAWAY says why, and nothing behind it is read."""
    machine = server()
    with pytest.raises(Http2ConnectionError) as caught:
        read(machine, data + frame(6, 0, 0, b"12345678"))
    assert (code, True) == (caught.value.code, machine.is_broken)
    out = machine.sender.take()
    at = out.index(b"\x07\x00\x00\x00\x00\x00")
    assert code == int.from_bytes(out[at + 10 : at + 14], "big")
    assert ([], b"") == (read(machine, frame(6, 0, 0, b"12345678")), machine.sender.take())


STREAM_ERRORS = [
    (frame(1, 5, 1, b"\x84\x86\x41\x01a"), 1),
    (frame(1, 5, 1, GET + b"\x40\x01A\x01b"), 1),
    (frame(1, 0x25, 1, b"\x00\x00\x00\x01\x00" + GET), 1),
    (frame(2, 0, 1, b"\x00\x00\x00\x01\x00"), 1),
    (frame(2, 0, 1, b"\x00\x00\x00\x02"), 6),
    (frame(1, 4, 1, POST) + frame(1, 4, 1, GET), 1),
    (frame(1, 4, 1, POST) + frame(8, 0, 1, bytes(4)), 1),
    (frame(1, 4, 1, POST) + frame(8, 0, 1, b"\x7f\xff\xff\xff"), 3),
    (frame(1, 5, 1, GET) + frame(0, 0, 1, b"x"), 5),
    (frame(1, 5, 1, GET) + frame(1, 5, 1, GET), 5),
    (frame(1, 4, 1, POST + b"\x5c\x011") + frame(0, 1, 1, b"xx"), 1),
    (frame(1, 4, 1, POST + b"\x5c\x012") + frame(0, 1, 1, b"x"), 1),
    (frame(1, 5, 1, POST + b"\x5c\x012"), 1),
    (frame(1, 4, 1, POST) + frame(3, 0, 1, bytes(4)) + frame(0, 0, 1, b"x"), 5),
    (frame(1, 4, 1, POST) + frame(3, 0, 1, bytes(4)) + frame(1, 4, 1, GET), 5),
]


@pytest.mark.parametrize(("data", "code"), STREAM_ERRORS)
def test_what_ends_a_stream_alone(data: bytes, code: int) -> None:
    """RST_STREAM says why, the machine reads on behind it, and the stream is forgotten."""
    machine = server()
    with pytest.raises(Http2StreamError) as caught:
        read(machine, data)
    assert (code, 1) == (caught.value.code, caught.value.stream_id)
    assert frame(3, 0, 1, code.to_bytes(4, "big")) in machine.sender.take()
    rest = read(machine, b"")
    assert [Http2PingFrame(b"12345678")] == [*rest, *read(machine, frame(6, 0, 0, b"12345678"))]
    assert {} == machine.streams.open


def test_what_a_peer_sends_before_it_knows_of_a_reset_is_dropped() -> None:
    """Its content is given back to the connection; its head is decoded, for the table (laws 1 and 2)."""
    machine = server(Http2Config(connection_window_size=65535))
    read(machine, frame(1, 4, 1, POST))
    machine.sender.reset(1, 8)
    machine.sender.take()
    assert [] == read(machine, frame(0, 0, 1, bytes(16384)) * 2 + frame(1, 5, 1, b"\x40\x01a\x01b"))
    assert frame(8, 0, 0, b"\x00\x00\x80\x00") == machine.sender.take()
    found = read(machine, frame(1, 5, 3, GET + b"\xbf"))
    assert isinstance(found[0], Http2HeadersFrame)
    assert "b" == found[0].headers.headers["a"]


def test_content_beyond_a_window_is_an_error_of_its_stream_or_connection() -> None:
    """FLOW_CONTROL_ERROR."""
    machine = server(Http2Config(initial_window_size=3))
    with pytest.raises(Http2StreamError, match="window of the stream"):
        read(machine, frame(1, 4, 1, POST) + frame(0, 0, 1, b"1234"))
    machine = server(Http2Config(connection_window_size=65535, initial_window_size=1 << 20))
    with pytest.raises(Http2ConnectionError, match="window of the connection"):
        read(machine, frame(1, 4, 1, POST) + frame(0, 0, 1, bytes(16384)) * 4)


def test_a_stream_too_many_is_refused() -> None:
    """It was not looked at, so a client may try again; its number is used."""
    machine = server(Http2Config(max_concurrent_streams=1))
    with pytest.raises(Http2StreamError, match="more than 1 streams") as caught:
        read(machine, frame(1, 4, 1, POST) + frame(1, 5, 3, GET))
    assert 7 == caught.value.code
    assert [] == read(machine, b"")


def test_a_head_that_is_too_long_is_answered() -> None:
    """431; one that is much too long ends the connection."""
    machine = server(Http2Config(max_headers=200))
    with pytest.raises(Http2StreamError, match="allowed are 200"):
        read(machine, frame(1, 5, 1, GET + b"\x00\x01a\x14" + bytes([120]) * 20))
    assert (True, 0) == (b"\x01\x05\x00\x00\x00\x01" in machine.sender.take(), len(machine.streams.open))
    with pytest.raises(Http2ConnectionError, match="allowed are 200") as caught:
        read(machine, frame(1, 5, 3, GET + b"\x00\x01a\x7f\x00" + bytes([120]) * 127))
    assert 11 == caught.value.code


def test_a_head_of_too_many_fields_is_answered() -> None:
    """431; the crumbs of a cookie are one field, and what HTTP/1 has in its first line is none."""
    fields = lambda name, times: b"\x00\x01%c\x010" % name * times  # noqa: E731  # literal fields, as short as they can be
    crumbs = b"\x00\x06cookie\x010" * 50
    machine = server(Http2Config(max_header_fields=4))
    assert 4 == len(read(machine, frame(1, 5, 1, GET + crumbs + fields(b"a", 3)))[0].headers.headers.fields)
    with pytest.raises(Http2StreamError, match="5 header fields, allowed are 4"):
        read(machine, frame(1, 5, 3, GET + crumbs + fields(b"a", 4)))
    assert b"\x01\x05\x00\x00\x00\x03" in machine.sender.take()


FLOODS = [
    ("rapid reset", Http2Config(max_resets_received=50), lambda n: frame(1, 4, 2 * n + 1, POST) + frame(3, 0, 2 * n + 1, bytes(4))),
    ("made you reset", Http2Config(max_resets_sent=50), lambda n: frame(1, 4, 2 * n + 1, POST) + frame(8, 0, 2 * n + 1, bytes(4))),
    ("refused streams", Http2Config(max_resets_sent=50), lambda n: frame(1, 4, 2 * n + 1, POST)),
    ("continuations", Http2Config(), lambda n: frame(1, 0, 1, b"") if n == 0 else frame(9, 0, 1, b"")),
    ("long continuations", Http2Config(), lambda n: frame(1, 0, 1, b"") if n == 0 else frame(9, 0, 1, bytes(16000))),
    ("empty content", Http2Config(), lambda n: frame(1, 4, 1, POST) if n == 0 else frame(0, 0, 1)),
    ("pings", Http2Config(max_pings=50), lambda n: frame(6, 0, 0, bytes(8))),
    ("settings", Http2Config(max_settings=50), lambda n: frame(4, 0, 0)),
    ("settings in a frame", Http2Config(max_settings_in_frame=50), lambda n: frame(4, 0, 0, b"\x00\x04\x00\x00\xff\xff" * n)),
    ("priorities", Http2Config(max_ignored=50), lambda n: frame(2, 0, 1, b"\x00\x00\x00\x00\x00")),
    ("unknown frames", Http2Config(max_ignored=50), lambda n: frame(0x42, 0, 0, b"")),
    (
        "windows of nobody",
        Http2Config(max_ignored=50),
        lambda n: frame(1, 4, 1, POST) + frame(3, 0, 1, bytes(4)) if n == 0 else frame(8, 0, 1, b"\x00\x00\x00\x01"),
    ),
    ("answers that nobody reads", Http2Config(max_control_queue=50), lambda n: frame(6, 0, 0, bytes(8))),
]


@pytest.mark.parametrize(("config", "nth"), [pytest.param(config, nth, id=name) for name, config, nth in FLOODS])
def test_a_flood_ends_with_enhance_your_calm(config: Http2Config, nth: object) -> None:
    """Within the limit, whatever is flooded; what is held is bounded until then."""
    machine = server(config)
    calmed = None
    for number in range(1000):
        try:
            read(machine, nth(number))  # type: ignore[operator]  # a function
        except Http2StreamError:
            read(machine, b"")
        except Http2ConnectionError as error:
            calmed = error
            break
        assert machine.held_bytes() <= 40_000
    assert calmed is not None
    assert (11, True) == (calmed.code, number <= 200)


def test_a_budget_is_whole_again_when_its_time_is_over() -> None:
    """A client that resets now and then is left alone."""
    machine = server(Http2Config(max_resets_received=5))
    for number in range(100):
        machine.sender.now = number * 10.0
        read(machine, frame(1, 4, 2 * number + 1, POST) + frame(3, 0, 2 * number + 1, bytes(4)))


def test_windows_are_told_when_half_was_read() -> None:
    """Of the stream while its peer may send more, of the connection always."""
    machine = server(Http2Config(initial_window_size=10, connection_window_size=65535))
    read(machine, frame(1, 4, 1, POST) + frame(0, 0, 1, bytes(6)))
    machine.consumed(1, 4)
    assert b"" == machine.sender.take()
    machine.consumed(1, 2)
    assert frame(8, 0, 1, b"\x00\x00\x00\x06") == machine.sender.take()


def test_after_an_upgrade_stream_one_waits_for_its_response() -> None:
    """Of both sides (RFC 7540 3.2)."""
    ours, theirs = Http2Connection(is_server=True), Http2Connection(is_server=False)
    ours.upgrade({4: 100})
    theirs.upgrade({})
    ours.sender.begin()
    ours.sender.headers(1, Http2Headers(status=204), True)
    assert [Http2HeadersFrame(Http2Headers(status=204), True, 1)] == read(theirs, ours.sender.take())[2:]


def test_any_bytes_give_frames_or_an_error_at_any_cut() -> None:
    """Mutations of a conversation, whole and cut: the same frames, the same error, and never another kind of one."""
    chance = random.Random(15)
    good = (
        PREFACE
        + NO_SETTINGS
        + frame(1, 4, 1, POST)
        + frame(0, 8, 1, b"\x02hello\x00\x00")
        + frame(1, 5, 3, GET)
        + frame(8, 0, 0, b"\x00\x00\x10\x00")
    )
    good += frame(1, 1, 5, GET[:3]) + frame(9, 4, 5, GET[3:]) + frame(6, 0, 0, bytes(8)) + frame(0, 1, 1, b"bye")
    for _ in range(400):
        data = bytearray(good)
        for _ in range(chance.randrange(4)):
            data[chance.randrange(len(PREFACE), len(data))] = chance.randrange(256)
        cut = chance.randrange(len(data))
        assert outcome([bytes(data)]) == outcome([bytes(data[:cut]), bytes(data[cut:])])


def outcome(chunks: list[bytes]) -> list[str]:
    """What comes of *chunks*: frames and errors, in their order."""
    machine = Http2Connection(is_server=True)
    found: list[str] = []
    for chunk in chunks:
        machine.feed(chunk)
        while True:
            try:
                each = machine.next_frame()
            except Http2Error as error:
                found.append(str(error))
            else:
                if each is None:
                    break
                found.append(repr(each))
    return found
