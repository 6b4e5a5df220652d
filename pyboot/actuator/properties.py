"""The settings below `management`, each with its default and a sentence."""

from typing import Annotated

from pydantic import Field

from pyboot.boot import ConfigurationProperties
from pyboot.netty.properties import Settings

from .access import Access

DEFAULT_PORT = 8081


class SslSettings(Settings):
    """`management.server.ssl`: encryption."""

    bundle: str | None = Field(default=None, min_length=1, description="The name of a bundle below `ssl.bundles`. Default: no encryption.")


@ConfigurationProperties("management.server")
class ManagementServerProperties(Settings):
    """`management.server`: the server that answers for the application, apart from the application's own."""

    port: Annotated[int, Field(ge=-1, le=65535)] = Field(
        default=DEFAULT_PORT, description="The port to listen on; 0 takes a free one, -1 none. Default 8081."
    )
    address: str = Field(default="127.0.0.1", min_length=1, description="The address to bind. Default 127.0.0.1.")
    base_path: str = Field(default="", pattern="^(/.*[^/])?$", description="A path in front of all others. Default: none.")
    ssl: SslSettings = Field(default_factory=SslSettings.model_construct, description="Encryption. Default: none.")


class ExposureProperties(Settings):
    """`management.endpoints.web.exposure`: the endpoints that are answered over HTTP."""

    include: list[str] = Field(default=["health"], description="Their ids; `*` stands for all. Default: health.")
    exclude: list[str] = Field(default=[], description="Ids that are not, whatever is included. Default: none.")


class DiscoveryProperties(Settings):
    """`management.endpoints.web.discovery`: the list of endpoints."""

    enabled: bool = Field(default=True, description="Whether the base path answers with links to them. Default true.")


class WebEndpointsProperties(Settings):
    """`management.endpoints.web`: endpoints over HTTP."""

    base_path: str = Field(default="/actuator", pattern="^/(.*[^/])?$", description="The path that they are below. Default /actuator.")
    exposure: ExposureProperties = Field(default_factory=ExposureProperties.model_construct, description="Which are answered.")
    discovery: DiscoveryProperties = Field(default_factory=DiscoveryProperties.model_construct, description="The list of them.")


class AccessProperties(Settings):
    """`management.endpoints.access`: how much of endpoints may be used."""

    default: Access | None = Field(default=None, description="Of those of which nothing else is said. Default: as each endpoint says.")
    max_permitted: Access = Field(default=Access.UNRESTRICTED, description="Of any of them at most. Default unrestricted.")


@ConfigurationProperties("management.endpoints")
class EndpointsProperties(Settings):
    """`management.endpoints`: all endpoints."""

    web: WebEndpointsProperties = Field(default_factory=WebEndpointsProperties.model_construct, description="Over HTTP.")
    access: AccessProperties = Field(default_factory=AccessProperties.model_construct, description="How much may be used.")


class EndpointProperties(Settings):
    """`management.endpoint.<id>`: one endpoint; some have more to set."""

    access: Access | None = Field(default=None, description="How much of it may be used. Default: as it says itself.")
