"""Settings to the options of a listening channel and of connections. No I/O here."""

from typing import Any

from pyboot.components.netty import ByteBufferAllocator, ChannelOption, WriteBufferWaterMark

from .properties import ConnectionProperties, KeepAliveProperties, ServerProperties

type Options = dict[ChannelOption[Any], object]  # each option has a value of its own type


def listening_options(settings: ServerProperties) -> Options:
    """Return what is set on the listening channel."""
    return {
        ChannelOption.SO_BACKLOG: settings.backlog,
        ChannelOption.MAX_CONNECTIONS: _most_connections(settings),
        ChannelOption.MAX_CONNECTIONS_PER_ADDRESS: settings.max_connections_per_address,
        ChannelOption.ACCEPT_RATE: settings.accept_rate,
    }


def _most_connections(settings: ServerProperties) -> int:
    """Return what was set, else as many as leave a fifth of the descriptors that this process may have to everything else."""
    if "max_connections" in settings.model_fields_set:
        return settings.max_connections
    try:
        import resource  # not on Windows
    except ImportError:
        return settings.max_connections
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return settings.max_connections if descriptors == resource.RLIM_INFINITY else min(settings.max_connections, descriptors * 4 // 5)


def connection_options(settings: ConnectionProperties, allocator: ByteBufferAllocator, *, is_tcp: bool = True) -> Options:
    """Return what is set on each connection; its buffers come from *allocator*. Only one that *is_tcp* is probed."""
    marks = settings.write_buffer
    return {
        ChannelOption.ALLOCATOR: allocator,
        ChannelOption.WRITE_BUFFER_WATER_MARK: WriteBufferWaterMark(marks.low, marks.high),
        ChannelOption.WRITE_BUFFER_LIMIT: marks.limit,
        ChannelOption.MAILBOX_LIMIT: settings.mailbox.messages,
        ChannelOption.MAILBOX_BYTES: settings.mailbox.bytes,
        ChannelOption.WRITE_STALL_TIMEOUT: settings.write_stall_timeout.total_seconds(),
        ChannelOption.CLOSE_TIMEOUT: settings.close_timeout.total_seconds(),
        ChannelOption.HALF_CLOSE_TIMEOUT: settings.half_close_timeout.total_seconds(),
        **(_keep_alive(settings.keep_alive) if is_tcp else {}),  # a peer on this machine needs no probes, and datagrams have no peer
    }


def _keep_alive(settings: KeepAliveProperties) -> Options:
    if not settings.enabled:
        return {ChannelOption.SO_KEEPALIVE: False}
    return {
        ChannelOption.SO_KEEPALIVE: True,
        ChannelOption.TCP_KEEPIDLE: int(settings.idle.total_seconds()),
        ChannelOption.TCP_KEEPINTVL: int(settings.interval.total_seconds()),
        ChannelOption.TCP_KEEPCNT: settings.count,
    }
