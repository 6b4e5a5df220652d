"""NettyProperties: the settings below `netty`, each with its default and a sentence."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from pyboot.boot import BeanDefinition, ConfigurationProperties, DataSize, Duration

from .annotations import ChannelHandlerBeanLabel, kebab_case
from .pipeline.codec import CodecLabel
from .pipeline.registry import CodecRegistry


def _at_least(seconds: int, value: timedelta) -> timedelta:
    if value.total_seconds() < seconds:
        raise ValueError(f"{value.total_seconds():g}s is too short; allowed is {seconds}s or more")
    return value


def _none_or_at_least(seconds: float, value: timedelta) -> timedelta:
    if value.total_seconds() and value.total_seconds() < seconds:
        raise ValueError(f"{value.total_seconds():g}s is too short; allowed is 0, for any time, or {seconds:g}s and more")
    return value


type Port = Annotated[int, Field(ge=0, le=65535)]
type Timeout = Annotated[Duration, AfterValidator(partial(_at_least, 0))]
type Blocking = Annotated[Duration, AfterValidator(partial(_none_or_at_least, 0.01))]  # a thread looks four times as often
type Probing = Annotated[Duration, AfterValidator(partial(_at_least, 1))]  # the system counts whole seconds
type PipelineSetting = str | dict[str, dict[str, Any] | None]  # a codec's options are typed by the codec


class Settings(BaseModel):
    """Settings are read once, at start; a name that does not exist is refused."""

    # a validator is built for what is bound as a whole, not for each part as well: each start would pay for all of them
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class BossProperties(Settings):
    """`netty.boss`: the event loops that accept."""

    threads: int = Field(default=0, ge=0, description="How many loops, each in its own thread; 0: a loop of the worker accepts. Default 0.")


class WorkerProperties(Settings):
    """`netty.worker`: the event loops that connections live on."""

    threads: int = Field(default=0, ge=0, description="How many loops, each in its own thread; 0: the application's loop. Default 0.")


class AllocatorProperties(Settings):
    """`netty.allocator`: the memory of buffers; all servers share one allocator, which is a bean."""

    type: Literal["pooled", "unpooled"] = Field(
        default="pooled", description="pooled: released memory is used again; unpooled: it is made anew each time. Default pooled."
    )
    max_cached: DataSize = Field(default=64 * 1024 * 1024, ge=0, description="Released bytes that a pool keeps at most. Default 64MiB.")


class GroupProperties(Settings):
    """`netty.groups.<name>`: event loops that servers and clients may share by name; a group that nobody uses is not made."""

    threads: int = Field(default=1, ge=1, description="How many loops, each in its own thread. Default 1.")


class KeepAliveProperties(Settings):
    """`netty.servers.<name>.keep-alive`: TCP's own probes, which notice a peer that is gone."""

    enabled: bool = Field(default=True, description="Whether idle connections are probed. Default true.")
    idle: Probing = Field(default=timedelta(seconds=60), description="Silence before the first probe. Default 60s.")
    interval: Probing = Field(default=timedelta(seconds=10), description="Time between two probes. Default 10s.")
    count: int = Field(default=3, ge=1, description="Unanswered probes until the connection is given up. Default 3.")


class IdleProperties(Settings):
    """`netty.servers.<name>.idle`: a silent peer's connection is closed, after handlers hear an `IdleStateEvent`; 0 means never."""

    reader: Timeout = Field(default=timedelta(0), description="Nothing was read for so long; counts from the first moment on. Default 0s.")
    writer: Timeout = Field(default=timedelta(0), description="Nothing was written for so long. Default 0s.")
    all: Timeout = Field(default=timedelta(0), description="Nothing was read and nothing was written for so long. Default 0s.")


class WriteBufferProperties(Settings):
    """`netty.servers.<name>.write-buffer`: when a connection stops and goes on being writable."""

    low: DataSize = Field(default=32 * 1024, ge=0, description="Pending bytes at which it is writable again. Default 32KiB.")
    high: DataSize = Field(default=64 * 1024, ge=1, description="Pending bytes at which it is no longer writable. Default 64KiB.")
    limit: DataSize = Field(default=4 * 1024 * 1024, ge=1, description="Pending bytes at which further writes fail. Default 4MiB.")

    @model_validator(mode="after")
    def _in_order(self) -> "WriteBufferProperties":
        if not self.low <= self.high <= self.limit:
            raise ValueError(f"low <= high <= limit must hold, but they are {self.low}, {self.high} and {self.limit} bytes")
        return self


class MailboxProperties(Settings):
    """`netty.servers.<name>.mailbox`: when a connection stops reading, since its coroutine handlers are behind; it goes on with half."""

    messages: int = Field(default=64, ge=1, description="Messages that may wait for one handler. Default 64.")
    bytes: DataSize = Field(default=256 * 1024, ge=0, description="Their bytes; 0: any number. Default 256KiB.")


class TlsProperties(Settings):
    """`netty.servers.<name>.tls`: encryption in front of everything else."""

    enabled: bool = Field(default=True, description="Whether connections are encrypted. Default true, where anything is said of tls.")
    bundle: str | None = Field(default=None, min_length=1, description="The name of a bundle below `ssl.bundles`. No default.")
    client_auth: Literal["none", "optional", "require"] | None = Field(
        default=None, description="Whether clients show certificates. Default: require, where the bundle has a truststore."
    )
    alpn: list[str] = Field(default=[], description="The protocols above TLS, the best first. Default: none are negotiated.")
    handshake_timeout: Timeout = Field(default=timedelta(seconds=10), description="How long a handshake may take; 0: ever. Default 10s.")
    close_notify_timeout: Timeout = Field(
        default=timedelta(seconds=3),
        description="How long our last word may take to go where nothing else is to be sent; 0: as long as a close. Default 3s.",
    )


class ProxyProtocolProperties(Settings):
    """`netty.servers.<name>.proxy-protocol`: proxies in front say, with a header, whose connection each of theirs is."""

    enabled: bool = Field(default=True, description="Whether headers are read. Default true, where anything is said of proxy-protocol.")
    trusted: list[str] = Field(
        default=[],
        description="The proxies: addresses, networks, and unix for Unix sockets. Must be given, and a header of others is refused.",
    )
    timeout: Timeout = Field(default=timedelta(seconds=5), description="How long a proxy may take for its header; 0: any time. Default 5s.")
    max_header: DataSize = Field(default=4096, ge=16, le=65_551, description="The longest header of version 2, in bytes. Default 4KiB.")
    required: bool = Field(
        default=False, description="Whether peers that are not trusted are refused, instead of served as who they are. Default false."
    )

    @model_validator(mode="after")
    def _names_proxies(self) -> "ProxyProtocolProperties":
        if self.enabled:
            from pyboot.components.netty.handler.proxy_protocol.trusted import TrustedPeers  # which few servers need

            TrustedPeers(self.trusted)
        return self


class ConnectionProperties(Settings):
    """The settings that connections have in common, those that a server accepts and those that a client opens."""

    transport: Literal["tcp", "unix"] = Field(
        default="tcp", description="tcp: a host and a port; unix: a path of this machine. Default tcp."
    )
    pipeline: list[PipelineSetting] | None = Field(default=None, description="The codecs before the handler beans. Default: the class's.")
    idle: IdleProperties = Field(default_factory=IdleProperties.model_construct, description="When a silent peer's connection is closed.")
    keep_alive: KeepAliveProperties = Field(default_factory=KeepAliveProperties.model_construct, description="TCP's own probes.")
    write_buffer: WriteBufferProperties = Field(
        default_factory=WriteBufferProperties.model_construct, description="Water marks of a connection's pending bytes."
    )
    mailbox: MailboxProperties = Field(
        default_factory=MailboxProperties.model_construct, description="What may wait for coroutine handlers of a connection."
    )
    allocator: str | None = Field(
        default=None, min_length=1, description="The name of an allocator below `netty.allocators`. Default: `netty.allocator`."
    )
    write_stall_timeout: Timeout = Field(
        default=timedelta(seconds=60),
        description="A peer that takes nothing for so long is cut off; 0: never. Default 60s; 30s where it speaks HTTP.",
    )
    close_timeout: Timeout = Field(
        default=timedelta(seconds=30), description="How long a close waits for flushed bytes to go. Default 30s."
    )
    half_close_timeout: Timeout = Field(
        default=timedelta(seconds=60),
        description="A peer that has finished sending (half-closure) and takes nothing for so long is cut off; 0: never. Default 60s.",
    )


class PlaceProperties(Settings):
    """`netty.servers.<name>.instances.<key>`: an address, or a path."""

    host: str | None = Field(default=None, min_length=1, description="The address to bind. Default: the server's.")
    port: Port | None = Field(default=None, description="The port to listen on; 0 takes a free one. Default: the server's.")
    path: str | None = Field(default=None, min_length=1, description="The path to listen on instead, with Unix sockets. No default.")

    @model_validator(mode="after")
    def _is_one_place(self) -> "PlaceProperties":
        if self.path is not None and (self.host is not None or self.port is not None):
            raise ValueError("it listens on a path, or on host and port: set one of them")
        return self


class ListenerProperties(PlaceProperties):
    """`netty.servers.<name>.listeners.<key>`: an address, or a path, and what differs there."""

    tls: TlsProperties | None = Field(default=None, description="Encryption of this listener alone. Default: the server's.")
    proxy_protocol: ProxyProtocolProperties | None = Field(
        default=None, description="Proxies in front of this listener alone. Default: the server's."
    )


class QuicProperties(Settings):
    """`netty.servers.<name>.quic`: connections of the transport quic."""

    idle_timeout: Timeout = Field(
        default=timedelta(seconds=30), description="A client that is silent for so long is given up. Default 30s."
    )
    max_streams: int = Field(default=100, ge=1, description="Streams, of HTTP/3 requests, that a client has open at a time. Default 100.")
    max_resets: int = Field(
        default=200, ge=0, description="Streams that a client may break off in 30s before its connection is closed; 0: any. Default 200."
    )
    max_unidirectional_streams: int = Field(
        default=100, ge=3, description="The same of streams that only it sends on; HTTP/3 needs three. Default 100."
    )
    stream_window: DataSize = Field(default=256 * 1024, ge=16 * 1024, description="Bytes of a stream that wait to be read. Default 256KiB.")
    connection_window: DataSize = Field(default=1024 * 1024, ge=16 * 1024, description="The same of all streams together. Default 1MiB.")
    max_datagram_frame: DataSize = Field(
        default=0, ge=0, description="The longest datagram beside the streams that is taken; 0: none are. Default 0."
    )
    retry_above: int = Field(
        default=64, ge=0, description="Handshakes under way above which clients have to show their address first (Retry). Default 64."
    )
    max_packet: DataSize = Field(
        default=1200,
        ge=1200,
        le=65_507,
        description="The longest packet that is sent, without IP and UDP; all ways take 1200. Default 1200.",
    )
    congestion_control: Literal["reno", "cubic"] = Field(default="cubic", description="How the way is shared with others. Default cubic.")
    early_data: bool = Field(
        default=False,
        description="Whether sessions are resumed and their first packet may hold requests, which can be replayed. Default false.",
    )


class Http3Properties(Settings):
    """`netty.servers.<name>.http3`: HTTP/3 beside HTTP over TCP."""

    enabled: bool = Field(
        default=False,
        description="Whether each port of TCP is one of UDP for HTTP/3 too, and clients are told so (Alt-Svc). Default false.",
    )


_MESSAGES = {"first_byte_timeout", "frame_timeout", "min_rate", "max_unread"}
_OF_CONNECTIONS = _MESSAGES | {
    *("tls", "proxy_protocol", "http", "asgi", "wsgi", "keep_alive", "idle", "boss"),
    *("backlog", "max_connections", "max_connections_per_address", "accept_rate", "half_close_timeout"),
}


class ServerProperties(ConnectionProperties):
    """`netty.servers.<name>`: what is set here wins over `@NettyServer(...)`. Without a class of that name it is a server by itself."""

    enabled: bool = Field(default=True, description="Whether the server is there at all, with its handlers. Default true.")
    transport: Literal["tcp", "unix", "udp", "quic"] = Field(  # type: ignore[assignment]  # two more than clients have
        default="tcp",
        description="tcp: a host and a port; unix: a path of this machine; udp: a host and a port that take datagrams; quic: a host and a "
        "port of UDP that take encrypted connections with streams, and with http or asgi HTTP/3. Default tcp.",
    )
    quic: QuicProperties | None = Field(
        default=None, description="Connections of the transport quic, and of http3. Default: as its settings say."
    )
    host: str | None = Field(default=None, description="The address to bind. Default: the decorator's, 127.0.0.1 where it is silent.")
    port: Port | None = Field(default=None, description="The port to listen on; 0 takes a free one. Default: the decorator's.")
    path: str | None = Field(default=None, min_length=1, description="Where a server of the transport unix listens. No default.")
    listeners: dict[str, ListenerProperties] = Field(
        default={}, description="Several places to listen on, each with a key. Default: one, the server's host and port, or its path."
    )
    instances: dict[str, PlaceProperties] = Field(
        default={}, description="Several servers of this kind, `<name>.<key>`, each with its own place. Default: one server."
    )
    worker: str | None = Field(
        default=None, min_length=1, description="The name of a group below `netty.groups` that serves. Default: `netty.worker`."
    )
    boss: str | None = Field(
        default=None, min_length=1, description="The name of a group below `netty.groups` that accepts. Default: `netty.boss`."
    )
    backlog: int = Field(default=1024, ge=1, description="Connections the system holds until they are accepted. Default 1024.")
    max_connections: int = Field(
        default=10_000,
        ge=0,
        description="Open connections of each listener at which further clients wait in the backlog; 0: any number. "
        "Default 10000, or four fifths of the descriptors that the process may have, where that is less.",
    )
    max_connections_per_address: int = Field(
        default=0,
        ge=0,
        description="Open connections of one address, or user of a Unix socket; more are turned away; 0: any number. Default 0.",
    )
    accept_rate: int = Field(
        default=0, ge=0, description="Connections a second that each listener accepts in the mean; further clients wait; 0: any. Default 0."
    )
    first_byte_timeout: Timeout = Field(
        default=timedelta(0), description="A peer that has sent nothing for so long since it came is cut off; 0: never. Default 0s."
    )
    frame_timeout: Timeout = Field(
        default=timedelta(0), description="A peer whose message has begun and not ended for so long is cut off; 0: never. Default 0s."
    )
    min_rate: DataSize = Field(
        default=0, ge=0, description="Bytes a second that a message which takes more than 5s has to come with; 0: any rate. Default 0."
    )
    max_unread: DataSize = Field(
        default=0, ge=0, description="Bytes that may wait for the end of their message; 0: as many as the decoder allows. Default 0."
    )
    tls: TlsProperties | None = Field(default=None, description="Encryption; without it connections are plain. Default: none.")
    proxy_protocol: ProxyProtocolProperties | None = Field(
        default=None, description="Headers of proxies in front, which say whose connection it is. Default: none are read."
    )
    http: dict[str, Any] | None = Field(  # typed by the codec `http-server`, whose options they are
        default=None, description="HTTP before the handlers: the options of http-server. Default: none, unless asgi or wsgi is set."
    )
    http2: dict[str, Any] | None = Field(  # as http
        default=None, description="HTTP/2 on the same port: the options of http-server's http2, enabled: true first. Default: none."
    )
    http3: Http3Properties | None = Field(
        default=None, description="The same site over HTTP/3, at the same port of UDP; needs the extra quic. Default: not served."
    )
    asgi: str | None = Field(
        default=None,
        min_length=1,
        description="The ASGI application that answers: module:name, or the name of a bean; needs pyboot-starter-web. Default: none.",
    )
    wsgi: str | None = Field(default=None, min_length=1, description="The same of a WSGI application, in worker threads. Default: none.")

    @model_validator(mode="after")
    def _has_places(self) -> "ServerProperties":
        places: list[PlaceProperties] = [*self.listeners.values(), *self.instances.values()]
        if self.listeners and self.instances:
            raise ValueError("listeners are places of one server, instances are servers: set one of them")
        if places and self.path is not None:
            raise ValueError("each listener has its own place: move path into one of them")
        if self.transport == "unix" and (self.host is not None or self.port is not None or (self.path is None and not places)):
            raise ValueError("transport unix listens on a path: set path, and neither host nor port")
        if self.transport != "unix" and self.path is not None:
            raise ValueError(f"transport {self.transport} listens on host and port: set transport to unix, or no path")
        if self.transport == "unix" and any(place.path is None for place in places):
            raise ValueError("transport unix listens on paths: set the path of each listener, or transport to tcp")
        return self

    @model_validator(mode="after")
    def _is_one_application(self) -> "ServerProperties":
        if self.asgi is not None and self.wsgi is not None:
            raise ValueError("a server has one application: set asgi or wsgi")
        return self

    @model_validator(mode="after")
    def _has_one_set_of_deadlines(self) -> "ServerProperties":
        given = _MESSAGES & self.model_fields_set
        if self.is_http and given:
            names = ", ".join(sorted(name.replace("_", "-") for name in given))
            raise ValueError(f"HTTP has deadlines and limits of its own, http.timeouts and http.max-…: set those instead of {names}")
        return self

    @model_validator(mode="after")
    def _fits_quic(self) -> "ServerProperties":
        if self.transport != "quic":
            if self.quic is not None and not self.is_http3:
                raise ValueError("quic belongs to the transport quic, and to http3: set transport to quic, http3.enabled, or leave it out")
            return self
        places: list[PlaceProperties] = [*self.listeners.values(), *self.instances.values()]
        if any(place.path is not None for place in places):
            raise ValueError("transport quic listens on host and port, not on a path")
        if any(listener.tls is not None for listener in self.listeners.values()):
            raise ValueError("all listeners of a server of the transport quic have its tls: leave theirs out")
        if self.tls is None or not self.tls.enabled:
            raise ValueError("transport quic is always encrypted: set tls.bundle")
        if self.tls.client_auth not in (None, "none"):
            raise ValueError("transport quic asks clients for no certificates: leave tls.client-auth out")
        if not self.is_http and not self.tls.alpn:
            raise ValueError("transport quic needs to know what it speaks: set tls.alpn, or http or asgi for HTTP/3")
        if given := {"keep_alive", "backlog", "boss", "http2", "http3", "proxy_protocol"} & self.model_fields_set:
            names = ", ".join(sorted(name.replace("_", "-") for name in given))
            raise ValueError(f"transport quic shares one socket of UDP, which has none of these: {names}; leave them out")
        return self

    @model_validator(mode="after")
    def _fits_http3(self) -> "ServerProperties":
        if not self.is_http3 or self.transport == "quic":
            return self
        places: list[PlaceProperties] = [*self.listeners.values(), *self.instances.values()]
        if self.transport != "tcp" or any(place.path is not None for place in places):
            raise ValueError("http3 is served beside TCP, on a host and a port of the same number: leave it out, or set transport to tcp")
        if self.tls is None or not self.tls.enabled or any(listener.tls is not None for listener in self.listeners.values()):
            raise ValueError("http3 is always encrypted, with the certificate of the server: set its tls.bundle, and no tls of listeners")
        if self.tls.client_auth not in (None, "none"):
            raise ValueError("http3 asks clients for no certificates, so nobody would need one: leave it, or tls.client-auth, out")
        return self

    @property
    def is_http(self) -> bool:
        """Tell whether it speaks HTTP."""
        return any(each is not None for each in (self.http, self.http2, self.asgi, self.wsgi)) or self.is_http3

    @property
    def is_http3(self) -> bool:
        """Tell whether it speaks HTTP/3 too, beside HTTP over TCP."""
        return self.http3 is not None and self.http3.enabled

    @model_validator(mode="after")
    def _fits_datagrams(self) -> "ServerProperties":
        if self.transport != "udp":
            return self
        places: list[PlaceProperties] = [*self.listeners.values(), *self.instances.values()]
        if any(place.path is not None for place in places):
            raise ValueError("transport udp listens on host and port, not on a path")
        of_listeners = {name for each in self.listeners.values() for name in ("tls", "proxy_protocol") if getattr(each, name) is not None}
        given = of_listeners | (_OF_CONNECTIONS & self.model_fields_set)
        if given:
            names = ", ".join(sorted(name.replace("_", "-") for name in given))
            raise ValueError(f"transport udp has no connections, to which these belong: {names}; leave them out")
        return self


@ConfigurationProperties("netty")
class NettyProperties(Settings):
    """The settings below `netty`."""

    loop: Literal["auto", "uvloop", "asyncio"] = Field(
        default="auto", description="The event loop; auto: uvloop if there is one. Default auto."
    )
    port: Port | None = Field(default=None, description="The port of the only server, whatever else says; 0: a free one for every server.")
    boss: BossProperties = Field(default_factory=BossProperties.model_construct, description="The loops that accept.")
    worker: WorkerProperties = Field(default_factory=WorkerProperties.model_construct, description="The loops that connections live on.")
    allocator: AllocatorProperties = Field(
        default_factory=AllocatorProperties.model_construct, description="Where the memory of buffers comes from."
    )
    groups: dict[str, GroupProperties] = Field(
        default={}, description="Further event loops, by name; servers say `worker` and `boss`, clients `group`."
    )
    allocators: dict[str, AllocatorProperties] = Field(
        default={}, description="Further allocators, by name; servers and clients say `allocator`."
    )
    memory_limit: Annotated[DataSize, Field(ge=0)] | None = Field(
        default=None,
        description="Bytes that all connections together may hold for slow peers and handlers; past it reading stops where most is held; "
        "0: any number. Default: a quarter of the memory there is.",
    )
    leak_detection: Literal["off", "simple", "advanced", "paranoid"] = Field(
        default="simple", description="How many of the buffers that nobody released are told of: none, one in 128, all. Default simple."
    )
    slow_callback: Blocking = Field(
        default=timedelta(milliseconds=100),
        description="A callback that blocks its loop for longer is named in the log, with where it stands; 0: for any time. Default 100ms.",
    )
    servers: dict[str, ServerProperties] = Field(default={}, description="The servers, by name.")

    @classmethod
    def complete_schema(cls, schema: dict[str, Any], definitions: Iterable[BeanDefinition]) -> None:
        """Put what pipelines may name into the JSON Schema: the codecs, with their options, and the handlers of the application."""
        from .pipeline.schema import entry_schema  # only who asks for the schema pays for its maker

        found = list(definitions)
        registry = CodecRegistry(entry.target for entry in found if entry.labels(CodecLabel))
        handlers = [kebab_case(entry.bean_class.__name__) for entry in found if entry.labels(ChannelHandlerBeanLabel)]
        schema["$defs"][PipelineSetting.__name__], shared = entry_schema(registry.definitions(), handlers)
        schema["$defs"].update(shared)
