"""NettyClientsProperties: the settings below `netty.clients`, each with its default and a sentence. Bound only where some are set."""

import ipaddress
import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, RootModel, model_validator

from pyboot.boot import ConfigurationProperties, DataSize, Duration
from pyboot.netty.properties import ConnectionProperties, Port, Settings, Timeout


def _more_than_nothing(value: timedelta) -> timedelta:
    if value.total_seconds() <= 0:
        raise ValueError(f"{value.total_seconds():g}s is too short; allowed is more than 0s")
    return value


def _hexadecimal(value: str) -> str:
    bytes.fromhex(value)
    return value


_HOST = re.compile(r"(?:\[(?P<literal>[^\[\]]+)\]|(?P<name>[^:\[\]\s]+))(?::(?P<port>\d{1,5}))?")


def place_of(value: str) -> tuple[str, int | None]:
    """Return the host, and the port where there is one, of ``host``, ``host:port`` or ``[::1]:port``; raises ValueError for all else."""
    found = _HOST.fullmatch(value)
    port = None if found is None or found["port"] is None else int(found["port"])
    if found is None or (port is not None and not 1 <= port <= 65535):
        raise ValueError(f"{value!r} is no place: write host, host:port, or [::1]:port, the port from 1 to 65535")
    return found["literal"] or found["name"], port


def _checked_place(value: str) -> str:
    place_of(value)
    return value


type Wait = Annotated[Duration, AfterValidator(_more_than_nothing)]


class HeartbeatProperties(Settings):
    """`netty.clients.<name>.heartbeat`: a question to a silent peer, and how long its answer may take."""

    interval: Wait = Field(default=timedelta(seconds=30), description="It is sent when nothing was written for so long. Default 30s.")
    timeout: Timeout = Field(
        default=timedelta(seconds=10),
        description="Where nothing is read for so long after it, the connection is closed and made again; 0: never. Default 10s.",
    )
    payload: str = Field(default="", description="What is sent, as text in UTF-8, past all encoders. No default.")
    payload_hex: Annotated[str, AfterValidator(_hexadecimal)] = Field(
        default="", description="What is sent, as hexadecimal digits: `00 01 ff`. No default."
    )

    @model_validator(mode="after")
    def _says_something(self) -> "HeartbeatProperties":
        if bool(self.payload) == bool(self.payload_hex):
            raise ValueError("a heartbeat says something: set payload, or payload-hex")
        return self


class ReconnectProperties(Settings):
    """`netty.clients.<name>.reconnect`: whether a connection that fails or is lost is made again, and how long it waits."""

    enabled: bool = Field(default=True, description="Whether it is made again; if not, the client gives up at once. Default true.")
    initial: Wait = Field(default=timedelta(milliseconds=500), description="The longest first wait. Default 500ms.")
    max: Wait = Field(default=timedelta(seconds=30), description="The longest wait of all. Default 30s.")
    multiplier: float = Field(default=2.0, ge=1, description="How much longer each wait can be than the one before. Default 2.")
    jitter: float = Field(default=0.2, ge=0, le=1, description="The part of each wait that is drawn at random; 1: all of it. Default 0.2.")
    max_attempts: int = Field(
        default=0, ge=0, description="How often in a row it is tried again before it is given up; 0: ever. Default 0."
    )
    stable_after: Timeout = Field(
        default=timedelta(seconds=10),
        description="How long a connection has to last for the waits to begin at the first one again. Default 10s.",
    )

    @model_validator(mode="after")
    def _grows(self) -> "ReconnectProperties":
        if self.max < self.initial:
            raise ValueError(f"initial <= max must hold, but they are {self.initial.total_seconds():g}s and {self.max.total_seconds():g}s")
        return self


class OutageProperties(Settings):
    """`netty.clients.<name>.outage`: what becomes of messages that are written while there is no connection."""

    writes: Literal["fail", "queue"] = Field(
        default="fail",
        description="fail: at once, with the reason; queue: they wait, and go out first on the next connection. Default fail.",
    )
    max_messages: int = Field(default=1000, ge=1, description="Messages that wait at most; what is written past it fails. Default 1000.")
    max_bytes: DataSize = Field(default=1024 * 1024, ge=1, description="Bytes that they have together at most. Default 1MiB.")


class ClientTlsProperties(Settings):
    """`netty.clients.<name>.tls`: encryption in front of everything else."""

    enabled: bool = Field(default=True, description="Whether connections are encrypted. Default true, where anything is said of tls.")
    bundle: str | None = Field(
        default=None,
        min_length=1,
        description="The name of a bundle below `ssl.bundles`: whom we believe, and who we are. Default: whom the system believes.",
    )
    server_hostname: str | None = Field(
        default=None, min_length=1, description="The name that the peer's certificate has to be of. Default: the host."
    )
    alpn: list[str] = Field(default=[], description="The protocols above TLS, the best first. Default: none are negotiated.")
    handshake_timeout: Timeout = Field(default=timedelta(seconds=10), description="How long a handshake may take; 0: ever. Default 10s.")


def _checked_server(value: str) -> str:
    host, _ = place_of(value)
    ipaddress.ip_address(host)
    return value


class ResolverProperties(Settings):
    """`netty.clients.<name>.resolver`: name servers that are asked for addresses, without a thread for each name, instead of the system."""

    enabled: bool = Field(default=True, description="Whether they are. Default true, where anything is said of resolver.")
    servers: list[Annotated[str, AfterValidator(_checked_server)]] = Field(
        default=[], description="Addresses of name servers, with a port or without. Default: those of /etc/resolv.conf."
    )
    families: Literal["ipv4-preferred", "ipv6-preferred", "ipv4-only", "ipv6-only"] = Field(
        default="ipv4-preferred", description="Which addresses are asked for, and which are tried first. Default ipv4-preferred."
    )
    search: list[str] | None = Field(
        default=None, description="Domains that are put behind short names. Default: those of /etc/resolv.conf."
    )
    ndots: int | None = Field(
        default=None, ge=0, le=15, description="With so many dots a name is tried as it is first. Default: as /etc/resolv.conf says, or 1."
    )
    timeout: Wait | None = Field(
        default=None, description="How long each server may take to answer. Default: as /etc/resolv.conf says, or 5s."
    )
    attempts: int | None = Field(default=None, ge=1, description="How often all are asked. Default: as /etc/resolv.conf says, or 2.")
    rotate: bool | None = Field(
        default=None, description="Whether each question begins with the next server. Default: as /etc/resolv.conf says, or false."
    )
    cache_size: int = Field(default=10_000, ge=0, description="Answers that are kept at most; 0: none. Default 10000.")
    max_ttl: Timeout = Field(default=timedelta(days=1), description="How long an answer is kept at most. Default 1d.")
    max_negative_ttl: Timeout = Field(
        default=timedelta(minutes=1), description="How long it is kept at most that a name does not exist. Default 1m."
    )
    round_robin: bool = Field(default=False, description="Whether each attempt begins with another address of a name. Default false.")


def _proxy(value: str) -> str:
    from pyboot.components.netty.handler.proxy.address import ClientProxy  # which few clients need

    ClientProxy(value)
    return value


class ClientProxyProperties(Settings):
    """`netty.clients.<name>.proxy`: connections go through a proxy, to which names go as they are."""

    enabled: bool = Field(default=True, description="Whether they do. Default true, where anything is said of proxy.")
    url: Annotated[str, AfterValidator(_proxy)] | None = Field(
        default=None,
        description="Where it is: http://, socks4:// or socks5://, user:password@ if it wants them, host and port. No default.",
    )
    connect_timeout: Timeout = Field(
        default=timedelta(seconds=10), description="How long its answers may take, once it is connected; 0: ever. Default 10s."
    )

    @model_validator(mode="after")
    def _is_somewhere(self) -> "ClientProxyProperties":
        if self.enabled and self.url is None:
            raise ValueError("a proxy is somewhere: set url, as socks5://proxy.example.com:1080")
        return self


class PoolProperties(Settings):
    """`netty.clients.<name>.pool`: connections to lend, as a `ChannelPool` bean, instead of one that is always there."""

    max_connections: int = Field(default=8, ge=1, description="Connections at most. Default 8.")
    max_pending: int = Field(default=1000, ge=0, description="Who may wait for one that comes back; more are refused. Default 1000.")
    acquire_timeout: Timeout = Field(default=timedelta(seconds=10), description="How long each may wait; 0: ever. Default 10s.")


class InstanceProperties(Settings):
    """`netty.clients.<name>.instances.<key>`: one of several connections of a kind."""

    host: str | None = Field(default=None, min_length=1, description="Where to connect to. Default: the client's.")
    port: Port | None = Field(default=None, description="The port there. Default: the client's.")
    path: str | None = Field(default=None, min_length=1, description="The path, of the transport unix. Default: the client's.")


class ClientProperties(ConnectionProperties):
    """`netty.clients.<name>`: what is set here wins over `@NettyClient(...)`."""

    enabled: bool = Field(default=True, description="Whether the client is there at all, with its handlers. Default true.")
    host: str | None = Field(default=None, min_length=1, description="Where to connect to. Default: the decorator's.")
    port: Port | None = Field(default=None, description="The port there. Default: the decorator's.")
    hosts: list[Annotated[str, AfterValidator(_checked_place)]] = Field(
        default=[],
        description="Several places instead of host, `host` or `host:port` each: an attempt tries one after the other. Default: one host.",
    )
    host_order: Literal["failover", "round-robin"] = Field(
        default="failover",
        description="failover: each attempt begins with the first of hosts; round-robin: behind the one that was tried last. "
        "Default failover.",
    )
    path: str | None = Field(default=None, min_length=1, description="Where a client of the transport unix connects to. No default.")
    instances: dict[str, InstanceProperties] = Field(
        default={}, description="Several connections of this kind, each with a key of its own and its own address. Default: one connection."
    )
    group: str | None = Field(
        default=None,
        min_length=1,
        description="The name of a group below `netty.groups`: the client and its handlers live on a loop of it. Default: the "
        "application's loop.",
    )
    connect_timeout: Wait = Field(default=timedelta(seconds=5), description="How long an attempt may take, TLS left out. Default 5s.")
    proxy: ClientProxyProperties | None = Field(default=None, description="Through which proxy connections go. Default: through none.")
    tls: ClientTlsProperties | None = Field(default=None, description="Encryption; without it connections are plain. Default: none.")
    resolver: ResolverProperties | None = Field(
        default=None, description="Name servers that are asked for addresses. Default: the operating system is."
    )
    heartbeat: HeartbeatProperties | None = Field(default=None, description="A question to a silent peer. Default: none is asked.")
    reconnect: ReconnectProperties = Field(
        default_factory=ReconnectProperties.model_construct, description="Whether and when a lost connection is made again."
    )
    outage: OutageProperties = Field(
        default_factory=OutageProperties.model_construct, description="What becomes of messages while there is no connection."
    )
    lazy: bool = Field(default=False, description="Whether it connects when it is first used, instead of at the start. Default false.")
    required: bool = Field(
        default=False, description="Whether the start waits for the connection, and fails without it. Default false: it goes on without."
    )
    start_timeout: Wait = Field(default=timedelta(seconds=10), description="How long a start waits for a required client. Default 10s.")
    daemon: bool = Field(
        default=False, description="Whether the application may end although the client is there, as a thread may. Default false."
    )
    pool: PoolProperties | None = Field(default=None, description="Connections to lend; the client itself is lazy then. Default: no pool.")

    @model_validator(mode="after")
    def _has_one_place(self) -> "ClientProperties":
        places: list[ClientProperties | InstanceProperties] = [self, *self.instances.values()]
        if self.transport == "unix" and any(place.host is not None or place.port is not None for place in places):
            raise ValueError("transport unix connects to a path: set path, and neither host nor port")
        if self.transport == "tcp" and any(place.path is not None for place in places):
            raise ValueError("transport tcp connects to host and port: set transport to unix, or no path")
        if self.transport == "unix" and self.proxy is not None:
            raise ValueError("transport unix connects to a path of this machine: leave proxy out")
        if self.hosts and (self.host is not None or self.transport == "unix" or self.instances):
            other = "host" if self.host is not None else "transport unix" if self.transport == "unix" else "instances"
            raise ValueError(f"hosts and {other} do not go together: hosts are several places of one peer, for one connection")
        if self.required and (self.lazy or self.pool is not None):
            other = "lazy" if self.lazy else "pool"
            raise ValueError(f"required and {other} contradict each other: the start cannot wait for what it does not begin")
        if self.pool is not None and self.group is not None:
            raise ValueError("pool and group do not go together: a pool lends its connections on the loop of who borrows them")
        if self.pool is not None and self.instances:
            raise ValueError("pool and instances do not go together: a pool has one address; make a client of each")
        return self


@ConfigurationProperties("netty.clients")
class NettyClientsProperties(RootModel[dict[str, ClientProperties]]):
    """The settings below `netty.clients`: the clients, by name."""

    root: dict[str, ClientProperties] = {}
