"""Ready-made handlers: timers, filters, logs, flow, traffic, TLS."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .address import AbstractRemoteAddressFilter, IpSubnetFilterRule, ListRemoteAddressFilter, RuleBasedIpFilter, UniqueIpFilter
    from .chunked import ChunkedFile, ChunkedInput, ChunkedIterable, ChunkedWriteHandler
    from .counting import ByteCountingHandler, TrafficStatistics
    from .flow import FlowControlHandler
    from .flush import FlushConsolidationHandler
    from .heartbeat import HeartbeatHandler
    from .idle import IdleState, IdleStateEvent, IdleStateHandler
    from .log import LoggingHandler
    from .pcap import PcapWriteHandler
    from .published import ChannelEvent, ChannelHandleError
    from .recording import Recorded, RecordingHandler
    from .timeout import ReadTimeoutHandler, WriteTimeoutHandler
    from .tls.context import ClientAuth, ssl_context_for_client, ssl_context_for_server
    from .tls.event import SniCompletionEvent, SslCloseCompletionEvent, SslCompletionEvent, SslHandshakeCompletionEvent
    from .tls.hosts import HostContexts
    from .tls.negotiation import ApplicationProtocolNegotiationHandler
    from .tls.optional import OptionalSslHandler
    from .tls.session import SslSession
    from .tls.sni import SniHandler
    from .tls.ssl_handler import SslHandler
    from .traffic import ChannelTrafficShapingHandler, GlobalChannelTrafficShapingHandler, GlobalTrafficShapingHandler
else:
    from pyboot.components.netty.surface import load_when_asked

    from . import published  # noqa: F401  it offers what programs of 1.3 find here besides

    __getattr__, __dir__ = load_when_asked()

__all__ = [
    "AbstractRemoteAddressFilter",
    "ApplicationProtocolNegotiationHandler",
    "ByteCountingHandler",
    "ChannelEvent",
    "ChannelHandleError",
    "ChannelTrafficShapingHandler",
    "ChunkedFile",
    "ChunkedInput",
    "ChunkedIterable",
    "ChunkedWriteHandler",
    "ClientAuth",
    "FlowControlHandler",
    "FlushConsolidationHandler",
    "GlobalChannelTrafficShapingHandler",
    "GlobalTrafficShapingHandler",
    "HeartbeatHandler",
    "HostContexts",
    "IdleState",
    "IdleStateEvent",
    "IdleStateHandler",
    "IpSubnetFilterRule",
    "ListRemoteAddressFilter",
    "LoggingHandler",
    "OptionalSslHandler",
    "PcapWriteHandler",
    "ReadTimeoutHandler",
    "Recorded",
    "RecordingHandler",
    "RuleBasedIpFilter",
    "SniCompletionEvent",
    "SniHandler",
    "SslCloseCompletionEvent",
    "SslCompletionEvent",
    "SslHandler",
    "SslHandshakeCompletionEvent",
    "SslSession",
    "TrafficStatistics",
    "UniqueIpFilter",
    "WriteTimeoutHandler",
    "ssl_context_for_client",
    "ssl_context_for_server",
]
