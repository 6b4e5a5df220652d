"""HttpClientsProperties: the settings below `netty.http-clients`, each with its default and a sentence. Bound only where some are set."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, RootModel

from pyboot.boot import ConfigurationProperties, DataSize
from pyboot.components.netty import HttpClientError, HttpProxy
from pyboot.components.netty.http_client.url import HttpUrl
from pyboot.netty.client.properties import ResolverProperties
from pyboot.netty.properties import Settings, Timeout

_MIB = 1024 * 1024


def _url(value: str) -> str:
    try:
        HttpUrl(value)
    except HttpClientError as error:
        raise ValueError(str(error)) from error
    return value


def _proxy(value: str) -> str:
    try:
        HttpProxy(value)
    except HttpClientError as error:
        raise ValueError(str(error)) from error
    return value


type Size = Annotated[DataSize, Field(ge=1)]
type Count = Annotated[int, Field(ge=1)]


class HttpTimeoutsProperties(Settings):
    """`netty.http-clients.<name>.timeouts`: how long each phase of a request may take; 0 is for ever."""

    connect: Timeout = Field(default=timedelta(seconds=10), description="To find the host, connect and shake hands. Default 10s.")
    acquire: Timeout = Field(default=timedelta(seconds=10), description="To wait for a connection, where all are in use. Default 10s.")
    response: Timeout = Field(default=timedelta(seconds=30), description="From the request to the head of its response. Default 30s.")
    read: Timeout = Field(default=timedelta(seconds=30), description="Between two pieces of the response's content. Default 30s.")
    total: Timeout = Field(default=timedelta(0), description="For all of it, redirects and retries included. Default 0s.")


class HttpLimitsProperties(Settings):
    """`netty.http-clients.<name>.limits`: connections, and sizes of what comes."""

    max_connections: Count = Field(default=100, description="To all hosts together, idle ones included. Default 100.")
    max_connections_per_host: Count = Field(default=20, description="To one host and port. Default 20.")
    idle: Timeout = Field(
        default=timedelta(seconds=10), description="How long a connection is kept without a request; below the peers' own. Default 10s."
    )
    max_content: Size = Field(default=64 * _MIB, description="Content that is kept in memory, decompressed. Default 64MiB.")
    max_ratio: float = Field(default=100.0, ge=1, description="How many times larger it may be than what came, from 1MiB on. Default 100.")
    max_redirects: int = Field(default=10, ge=0, description="How often a request may be sent on. Default 10.")
    max_retries: int = Field(default=2, ge=0, description="How often one is repeated that a connection lost in its use. Default 2.")
    max_initial_line: Size = Field(default=8192, description="The longest status line. Default 8KiB.")
    max_header_line: Size = Field(default=8192, description="The longest header field. Default 8KiB.")
    max_headers: Size = Field(default=16384, description="All header fields of a response. Default 16KiB.")
    max_header_fields: Count = Field(default=100, description="Their number. Default 100.")


class HttpClientTlsProperties(Settings):
    """`netty.http-clients.<name>.tls`: for URLs of https."""

    bundle: str | None = Field(
        default=None,
        min_length=1,
        description="The name of a bundle below `ssl.bundles`: whom we believe, and who we are. Default: whom the system believes.",
    )
    handshake_timeout: Timeout = Field(default=timedelta(seconds=10), description="How long a handshake may take; 0: ever. Default 10s.")


class HttpClientProperties(Settings):
    """`netty.http-clients.<name>`: a client of HTTP, which is a bean of the type `HttpClient`."""

    base_url: Annotated[str, AfterValidator(_url)] | None = Field(
        default=None, description="What relative URLs of requests are relative to. No default."
    )
    headers: dict[str, str] = Field(default={}, description="Of each request that does not name them itself. Default: none.")
    follow_redirects: bool = Field(default=True, description="Whether redirects are followed. Default true.")
    allow_insecure_redirects: bool = Field(default=False, description="Whether they may lead from https to http. Default false.")
    decompress: bool = Field(default=True, description="Whether content is asked for compressed, and decompressed. Default true.")
    proxy: Annotated[str, AfterValidator(_proxy)] | None = Field(
        default=None, description="For all requests: http://user:password@host:port. Default: none."
    )
    trust_env: bool = Field(default=False, description="Whether http_proxy, https_proxy and no_proxy say so. Default false.")
    unix_socket: str | None = Field(default=None, min_length=1, description="The socket to connect to, whatever host is named. No default.")
    http2: bool | Literal["prior-knowledge"] = Field(
        default=False, description="Whether HTTP/2 is spoken where TLS agrees on it; prior-knowledge: without TLS too. Default false."
    )
    timeouts: HttpTimeoutsProperties = Field(
        default_factory=HttpTimeoutsProperties.model_construct, description="How long each phase of a request may take."
    )
    limits: HttpLimitsProperties = Field(default_factory=HttpLimitsProperties.model_construct, description="Connections and sizes.")
    resolver: ResolverProperties | None = Field(
        default=None, description="Name servers that are asked for addresses. Default: the operating system is."
    )
    tls: HttpClientTlsProperties = Field(default_factory=HttpClientTlsProperties.model_construct, description="For URLs of https.")


@ConfigurationProperties("netty.http-clients")
class HttpClientsProperties(RootModel[dict[str, HttpClientProperties]]):
    """The settings below `netty.http-clients`: the clients, by name."""

    root: dict[str, HttpClientProperties] = {}
