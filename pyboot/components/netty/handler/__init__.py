"""Ready-made handlers: timers, filters, logs, flow, traffic."""

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
    from .traffic import ChannelTrafficShapingHandler, GlobalTrafficShapingHandler
else:
    from pyboot.components.netty.surface import load_when_asked

    from . import published  # noqa: F401  it offers what programs of 1.3 find here besides

    __getattr__, __dir__ = load_when_asked()

__all__ = [
    "AbstractRemoteAddressFilter",
    "ByteCountingHandler",
    "ChannelEvent",
    "ChannelHandleError",
    "ChannelTrafficShapingHandler",
    "ChunkedFile",
    "ChunkedInput",
    "ChunkedIterable",
    "ChunkedWriteHandler",
    "FlowControlHandler",
    "FlushConsolidationHandler",
    "GlobalTrafficShapingHandler",
    "HeartbeatHandler",
    "IdleState",
    "IdleStateEvent",
    "IdleStateHandler",
    "IpSubnetFilterRule",
    "ListRemoteAddressFilter",
    "LoggingHandler",
    "PcapWriteHandler",
    "ReadTimeoutHandler",
    "Recorded",
    "RecordingHandler",
    "RuleBasedIpFilter",
    "TrafficStatistics",
    "UniqueIpFilter",
    "WriteTimeoutHandler",
]
