"""Messages in a stream."""

from pyboot.components.netty.errors import TooLongFrameError
from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError
from pyboot.components.netty.wire.dns.message import DnsQuery, DnsResponse
from pyboot.components.netty.wire.dns.reader import DnsMessageReader
from pyboot.testing.codec import read_frames

QUERY = b"\x00\x0c\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
RESPONSE = b"\x00\x0c\x00\x02\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00"


def test_messages_are_read_behind_each_other() -> None:
    """Errors in between are told, and reading goes on behind them."""
    assert [DnsQuery(1), DnsResponse(2)] == read_frames(DnsMessageReader(), QUERY + RESPONSE)
    assert [CorruptedDnsMessageError, DnsQuery(1)] == read_frames(DnsMessageReader(), b"\x00\x01x" + QUERY)
    assert [TooLongFrameError, DnsQuery(1)] == read_frames(DnsMessageReader(12), b"\x00\x0d" + bytes(13) + QUERY)


def test_a_reader_of_one_direction_refuses_the_other() -> None:
    """The error knows the id."""
    assert [DnsQuery(1), CorruptedDnsMessageError] == read_frames(DnsMessageReader(responses=False), QUERY + RESPONSE)
    assert [CorruptedDnsMessageError, DnsResponse(2)] == read_frames(DnsMessageReader(responses=True), QUERY + RESPONSE)


def test_what_is_held_is_known() -> None:
    """And given back."""
    reader = DnsMessageReader()
    reader.feed(QUERY[:5])

    assert reader.next_frame() is None
    assert (5, False) == (reader.held_bytes(), reader.is_between_frames())
    assert reader.begun() is not None
    assert QUERY[:5] == reader.unread()
    assert reader.is_between_frames()
