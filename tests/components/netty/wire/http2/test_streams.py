"""The streams of one connection."""

import pytest

from pyboot.components.netty.wire.http2.errors import Http2ConnectionError
from pyboot.components.netty.wire.http2.state import RECV_END, RECV_HEADERS, RECV_RESET, SEND_END, SEND_HEADERS
from pyboot.components.netty.wire.http2.streams import ENDED, REMEMBERED, RESET_BY_PEER, UNKNOWN, Http2Streams


def test_odd_numbers_are_a_clients() -> None:
    """Idle is what is above the last that has begun, on either side."""
    streams = Http2Streams(is_server=True)
    streams.begin(5, 1, 1)
    assert (False, False, True, True) == (streams.is_idle(3), streams.is_idle(5), streams.is_idle(7), streams.is_idle(2))
    assert (1, 2) == (streams.by_peer, streams.next_of_ours)


def test_a_stream_that_is_over_is_remembered_by_how() -> None:
    """The oldest are forgotten when there are many others."""
    streams = Http2Streams(is_server=True)
    for number, last, how in ((1, SEND_END, ENDED), (3, RECV_RESET, RESET_BY_PEER)):
        stream = streams.begin(number, 1, 1)
        for event in (RECV_HEADERS, RECV_END, SEND_HEADERS):
            streams.move(stream, event)
        streams.move(stream, last, how)
    assert ({}, 0, ENDED, RESET_BY_PEER, UNKNOWN) == (streams.open, streams.by_peer, *(streams.how_ended(number) for number in (1, 3, 5)))
    for number in range(2 * REMEMBERED):
        streams.remember(1001 + number, ENDED)
    assert (UNKNOWN, ENDED) == (streams.how_ended(1), streams.how_ended(1001 + REMEMBERED))


def test_what_the_table_lacks_raises() -> None:
    """A content that is sent before its head is a mistake of ours."""
    streams = Http2Streams(is_server=False)
    with pytest.raises(Http2ConnectionError, match="SEND_END of stream 1, which is IDLE"):
        streams.move(streams.begin(1, 1, 1), SEND_END)
