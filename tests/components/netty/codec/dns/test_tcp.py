"""DNS over TCP."""

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.dns.tcp import TcpDnsQueryDecoder, TcpDnsQueryEncoder, TcpDnsResponseDecoder, TcpDnsResponseEncoder
from pyboot.components.netty.errors import PrematureCloseError, TooLongFrameError
from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError
from pyboot.components.netty.wire.dns.message import DnsQuery, DnsResponse
from pyboot.components.netty.wire.dns.record import DnsQuestion
from pyboot.testing.codec import check_decoder, check_round_trip

QUERY = b"\x00\x13\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01"
RESPONSE = b"\x00\x13\x00\x01\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01"
ASKED, ANSWERED = DnsQuery(1, [DnsQuestion("a", 1)]), DnsResponse(1, [DnsQuestion("a", 1)])


def test_queries_keep_the_contract() -> None:
    """Several behind each other (RFC 7766, 6.2.1.1)."""
    check_decoder(
        TcpDnsQueryDecoder,
        QUERY + QUERY,
        [ASKED, ASKED],
        wrong={
            b"\x00\x00": CorruptedDnsMessageError,
            b"\x00\x01x": CorruptedDnsMessageError,
            b"\x10\x01": TooLongFrameError,  # 4097 bytes
            RESPONSE: CorruptedDnsMessageError,
            QUERY[:-1]: PrematureCloseError,
        },
    )


def test_responses_keep_the_contract() -> None:
    """Of any size that the length can say."""
    check_decoder(TcpDnsResponseDecoder, RESPONSE, [ANSWERED], wrong={QUERY: CorruptedDnsMessageError, RESPONSE[:1]: PrematureCloseError})


def test_what_is_written_is_read() -> None:
    """Of both directions; what is neither passes."""
    check_round_trip(TcpDnsQueryEncoder(), TcpDnsQueryDecoder(), [ASKED, ASKED])
    check_round_trip(TcpDnsResponseEncoder(), TcpDnsResponseDecoder(), [ANSWERED])
    channel = EmbeddedChannel(TcpDnsResponseEncoder())
    channel.write_outbound(ANSWERED, ASKED, b"else")
    assert [RESPONSE, ASKED, b"else"] == channel.outbound_messages()
