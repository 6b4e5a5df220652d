"""DNS in a pipeline: queries and responses, as datagrams and as a stream of TCP.

::

    a server                                              a client
    datagrams   DatagramDnsQueryDecoder                   DatagramDnsQueryEncoder
                DatagramDnsResponseEncoder                DatagramDnsResponseDecoder       AddressedEnvelope of a message
    TCP         TcpDnsQueryDecoder                        TcpDnsQueryEncoder
                TcpDnsResponseEncoder                     TcpDnsResponseDecoder            the message itself

The classes are Netty's.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyboot.components.netty.wire.dns.code import (
        DnsClass as DnsClass,
        DnsFlags as DnsFlags,
        DnsOpCode as DnsOpCode,
        DnsRecordType as DnsRecordType,
        DnsResponseCode as DnsResponseCode,
    )
    from pyboot.components.netty.wire.dns.decoder import decode_message as decode_message
    from pyboot.components.netty.wire.dns.edns import DnsEdns as DnsEdns
    from pyboot.components.netty.wire.dns.encoder import encode_message as encode_message
    from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError as CorruptedDnsMessageError
    from pyboot.components.netty.wire.dns.message import DnsMessage as DnsMessage, DnsQuery as DnsQuery, DnsResponse as DnsResponse
    from pyboot.components.netty.wire.dns.record import DnsQuestion as DnsQuestion, DnsRecord as DnsRecord

    from .datagram import (
        DatagramDnsQueryDecoder as DatagramDnsQueryDecoder,
        DatagramDnsQueryEncoder as DatagramDnsQueryEncoder,
        DatagramDnsResponseDecoder as DatagramDnsResponseDecoder,
        DatagramDnsResponseEncoder as DatagramDnsResponseEncoder,
    )
    from .rdata import rdata_of as rdata_of, record_of_text as record_of_text
    from .tcp import (
        TcpDnsQueryDecoder as TcpDnsQueryDecoder,
        TcpDnsQueryEncoder as TcpDnsQueryEncoder,
        TcpDnsResponseDecoder as TcpDnsResponseDecoder,
        TcpDnsResponseEncoder as TcpDnsResponseEncoder,
    )
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
