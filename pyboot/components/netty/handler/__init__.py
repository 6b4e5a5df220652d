"""Ready-made handlers: timers, filters, logs, flow, traffic, TLS."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .address import (
        AbstractRemoteAddressFilter as AbstractRemoteAddressFilter,
        IpSubnetFilterRule as IpSubnetFilterRule,
        ListRemoteAddressFilter as ListRemoteAddressFilter,
        RuleBasedIpFilter as RuleBasedIpFilter,
        UniqueIpFilter as UniqueIpFilter,
    )
    from .chunked import (
        ChunkedFile as ChunkedFile,
        ChunkedInput as ChunkedInput,
        ChunkedIterable as ChunkedIterable,
        ChunkedRegion as ChunkedRegion,
        ChunkedStream as ChunkedStream,
        ChunkedWriteHandler as ChunkedWriteHandler,
    )
    from .counting import ByteCountingHandler as ByteCountingHandler, TrafficStatistics as TrafficStatistics
    from .deadlines import ConnectionDeadlines as ConnectionDeadlines
    from .flow import FlowControlHandler as FlowControlHandler
    from .flush import FlushConsolidationHandler as FlushConsolidationHandler
    from .heartbeat import HeartbeatHandler as HeartbeatHandler
    from .http.access_log import HttpAccessLogHandler as HttpAccessLogHandler
    from .http.alt_svc import HttpAltSvcHandler as HttpAltSvcHandler
    from .http.compressor import HttpContentCompressor as HttpContentCompressor
    from .http.cors import CorsConfig as CorsConfig, CorsHandler as CorsHandler
    from .http.decompressor import HttpContentDecompressor as HttpContentDecompressor
    from .http.observer import (
        HttpObservation as HttpObservation,
        HttpServerObserver as HttpServerObserver,
        current_observation as current_observation,
        name_route as name_route,
    )
    from .http.static_files import HttpStaticFileHandler as HttpStaticFileHandler
    from .http.upgrade import (
        ClientUpgradeCodec as ClientUpgradeCodec,
        HttpClientUpgradeHandler as HttpClientUpgradeHandler,
        HttpServerUpgradeHandler as HttpServerUpgradeHandler,
        ServerUpgradeCodec as ServerUpgradeCodec,
        UpgradeEvent as UpgradeEvent,
        UpgradeState as UpgradeState,
    )
    from .idle import IdleState as IdleState, IdleStateEvent as IdleStateEvent, IdleStateHandler as IdleStateHandler
    from .log import LoggingHandler as LoggingHandler
    from .pcap import PcapWriteHandler as PcapWriteHandler
    from .pcap_file import PcapFile as PcapFile
    from .port_unification import (
        PortRule as PortRule,
        PortUnificationHandler as PortUnificationHandler,
        ProtocolDetectedEvent as ProtocolDetectedEvent,
    )
    from .recording import Recorded as Recorded, RecordingHandler as RecordingHandler
    from .relay import RelayHandler as RelayHandler
    from .request import (
        RequestResponseHandler as RequestResponseHandler,
        RequestTimeoutError as RequestTimeoutError,
        TooManyRequestsError as TooManyRequestsError,
    )
    from .timeout import ReadTimeoutHandler as ReadTimeoutHandler, WriteTimeoutHandler as WriteTimeoutHandler
    from .tls.context import (
        ClientAuth as ClientAuth,
        ssl_context_for_client as ssl_context_for_client,
        ssl_context_for_server as ssl_context_for_server,
    )
    from .tls.event import (
        SniCompletionEvent as SniCompletionEvent,
        SslCloseCompletionEvent as SslCloseCompletionEvent,
        SslCompletionEvent as SslCompletionEvent,
        SslHandshakeCompletionEvent as SslHandshakeCompletionEvent,
    )
    from .tls.hosts import HostContexts as HostContexts
    from .tls.negotiation import ApplicationProtocolNegotiationHandler as ApplicationProtocolNegotiationHandler
    from .tls.optional import OptionalSslHandler as OptionalSslHandler
    from .tls.session import SslSession as SslSession
    from .tls.sni import SniHandler as SniHandler
    from .tls.ssl_handler import SslHandler as SslHandler
    from .traffic import (
        ChannelTrafficShapingHandler as ChannelTrafficShapingHandler,
        GlobalChannelTrafficShapingHandler as GlobalChannelTrafficShapingHandler,
        GlobalTrafficShapingHandler as GlobalTrafficShapingHandler,
    )
else:
    from pyboot.components.netty.compat13.modules import names_of_13
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked(names_of_13(__name__))
