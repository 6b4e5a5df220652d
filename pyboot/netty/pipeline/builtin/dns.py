"""The built-in codecs of DNS: messages over TCP and in datagrams."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pyboot.boot import DataSize
from pyboot.components.netty.codec.dns.datagram import (
    DatagramDnsQueryDecoder,
    DatagramDnsQueryEncoder,
    DatagramDnsResponseDecoder,
    DatagramDnsResponseEncoder,
)
from pyboot.components.netty.codec.dns.tcp import TcpDnsQueryDecoder, TcpDnsQueryEncoder, TcpDnsResponseDecoder, TcpDnsResponseEncoder
from pyboot.netty.pipeline.codec import Codec

MaxQuery = Annotated[DataSize, Field(ge=12, le=65535, description="The longest query that may come in, in bytes.")]
MaxResponse = Annotated[DataSize, Field(ge=12, le=65535, description="The longest response that may come in, in bytes.")]


@Codec("dns-server")
def dns_server(max_query: MaxQuery = 4096) -> tuple[TcpDnsQueryDecoder, TcpDnsResponseEncoder]:
    """Reads queries of DNS over TCP and writes responses."""
    return TcpDnsQueryDecoder(max_query), TcpDnsResponseEncoder()


@Codec("dns-client")
def dns_client(max_response: MaxResponse = 65535) -> tuple[TcpDnsResponseDecoder, TcpDnsQueryEncoder]:
    """Writes queries of DNS over TCP and reads responses."""
    return TcpDnsResponseDecoder(max_response), TcpDnsQueryEncoder()


@Codec("dns-datagram-server")
def dns_datagram_server(
    max_response: Annotated[
        DataSize,
        Field(ge=512, le=65535, description="The largest datagram that is sent whatever the client takes; a longer one is cut off."),
    ] = 1232,
) -> tuple[DatagramDnsQueryDecoder, DatagramDnsResponseEncoder]:
    """Reads queries of DNS in datagrams and writes responses, each in an envelope with its addresses."""
    return DatagramDnsQueryDecoder(), DatagramDnsResponseEncoder(max_response)


@Codec("dns-datagram-client")
def dns_datagram_client() -> tuple[DatagramDnsResponseDecoder, DatagramDnsQueryEncoder]:
    """Writes queries of DNS in datagrams and reads responses, each in an envelope with its addresses."""
    return DatagramDnsResponseDecoder(), DatagramDnsQueryEncoder()
