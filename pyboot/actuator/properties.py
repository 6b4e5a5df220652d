"""The settings below `management`, each with its default and a sentence."""

from collections.abc import Collection
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from pyboot.boot import ConfigurationProperties, Duration
from pyboot.netty.properties import Settings

from .access import Access
from .invocation import InvocationContext

type Show = Literal["never", "when-authorized", "always"]

DEFAULT_PORT = 8081


class SslSettings(Settings):
    """`management.server.ssl`: encryption."""

    bundle: str | None = Field(default=None, min_length=1, description="The name of a bundle below `ssl.bundles`. Default: no encryption.")
    client_auth: Literal["none", "optional", "require"] | None = Field(
        default=None, description="Whether clients show certificates. Default: require, where the bundle has a truststore."
    )


class UserProperties(Settings):
    """`management.server.auth.users.<name>`: somebody who may ask."""

    password: SecretStr | None = Field(default=None, min_length=1, description="What it says with its name (Basic). No default.")
    token: SecretStr | None = Field(default=None, min_length=1, description="What it says instead of its name (Bearer). No default.")
    roles: list[str] = Field(default=[], description="What it may do besides reading; `admin` may write. Default: none.")

    @model_validator(mode="after")
    def _can_be_told(self) -> "UserProperties":
        if self.password is None and self.token is None:
            raise ValueError("it can say nothing: set a password, a token, or both")
        return self


class AuthProperties(Settings):
    """`management.server.auth`: who may ask."""

    users: dict[str, UserProperties] = Field(default={}, description="Them, by name. Default: none; everybody who can connect may ask.")
    write_role: str = Field(default="admin", min_length=1, description="The role that may write and delete. Default admin.")
    permit: list[str] = Field(default=["health"], description="Ids of endpoints that everybody may read all the same. Default: health.")
    max_failures: int = Field(
        default=10,
        ge=0,
        description="Wrong credentials from one address in the window; then none are heard from there. 0: any. Default 10.",
    )
    failure_window: Annotated[Duration, Field(gt=timedelta())] = Field(
        default=timedelta(minutes=1), description="How long wrong credentials count, from the first of them on. Default 1m."
    )

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> "AuthProperties":
        if wrong := [name for name in self.users if ":" in name]:
            raise ValueError(f"a name without a colon is allowed, and not {wrong[0]!r}: what stands behind it would be the password")
        tokens = [user.token.get_secret_value() for user in self.users.values() if user.token is not None]
        if len(tokens) != len(set(tokens)):
            raise ValueError("two users have one token, so nobody could tell which of them asks")
        return self


@ConfigurationProperties("management.server")
class ManagementServerProperties(Settings):
    """`management.server`: the server that answers for the application, apart from the application's own."""

    port: Annotated[int, Field(ge=-1, le=65535)] = Field(
        default=DEFAULT_PORT, description="The port to listen on; 0 takes a free one, -1 none. Default 8081."
    )
    address: str = Field(default="127.0.0.1", min_length=1, description="The address to bind. Default 127.0.0.1.")
    base_path: str = Field(default="", pattern="^(/.*[^/])?$", description="A path in front of all others. Default: none.")
    socket: str | None = Field(
        default=None,
        min_length=1,
        description="The path of a Unix socket besides, for this user alone and for all endpoints, whatever is exposed. Default: none.",
    )
    ssl: SslSettings = Field(default_factory=SslSettings.model_construct, description="Encryption. Default: none.")
    auth: AuthProperties = Field(default_factory=AuthProperties.model_construct, description="Who may ask. Default: everybody.")
    allow_unauthenticated: bool = Field(
        default=False, description="Whether everybody may ask, although not from this machine alone. Default false."
    )
    allowed_hosts: list[str] = Field(
        default=[], description="Names that the server goes by, besides localhost and its addresses. Default: none."
    )


class ExposureProperties(Settings):
    """`management.endpoints.web.exposure`: the endpoints that are answered over HTTP."""

    include: list[str] = Field(default=["health"], description="Their ids; `*` stands for all. Default: health.")
    exclude: list[str] = Field(default=[], description="Ids that are not, whatever is included. Default: none.")


class DiscoveryProperties(Settings):
    """`management.endpoints.web.discovery`: the list of endpoints."""

    enabled: bool = Field(default=True, description="Whether the base path answers with links to them. Default true.")


class CorsProperties(Settings):
    """`management.endpoints.web.cors`: other sites that may use the endpoints from a browser."""

    allowed_origins: list[str] = Field(default=[], description="https://example.org each, or * alone for any. Default: none.")
    allow_credentials: bool = Field(default=False, description="Whether requests may carry credentials. Default false.")


class WebEndpointsProperties(Settings):
    """`management.endpoints.web`: endpoints over HTTP."""

    base_path: str = Field(default="/actuator", pattern="^/(.*[^/])?$", description="The path that they are below. Default /actuator.")
    exposure: ExposureProperties = Field(default_factory=ExposureProperties.model_construct, description="Which are answered.")
    discovery: DiscoveryProperties = Field(default_factory=DiscoveryProperties.model_construct, description="The list of them.")
    cors: CorsProperties = Field(default_factory=CorsProperties.model_construct, description="Other sites. Default: none.")


class AccessProperties(Settings):
    """`management.endpoints.access`: how much of endpoints may be used."""

    default: Access | None = Field(default=None, description="Of those of which nothing else is said. Default: as each endpoint says.")
    max_permitted: Access = Field(default=Access.UNRESTRICTED, description="Of any of them at most. Default unrestricted.")


@ConfigurationProperties("management.endpoints")
class EndpointsProperties(Settings):
    """`management.endpoints`: all endpoints."""

    web: WebEndpointsProperties = Field(default_factory=WebEndpointsProperties.model_construct, description="Over HTTP.")
    access: AccessProperties = Field(default_factory=AccessProperties.model_construct, description="How much may be used.")


class CacheProperties(Settings):
    """`management.endpoint.<id>.cache`: answers that are given again."""

    time_to_live: Annotated[Duration, Field(ge=timedelta())] = Field(
        default=timedelta(), description="How long the answer to a read without parameters is given again. Default: not at all."
    )


class EndpointProperties(Settings):
    """`management.endpoint.<id>`: one endpoint; some have more to set."""

    access: Access | None = Field(default=None, description="How much of it may be used. Default: as it says itself.")
    enabled: bool | None = Field(
        default=None,
        description="The older way to say `access`: true for unrestricted, false for none; only one is said. Default: neither.",
    )
    cache: CacheProperties = Field(default_factory=CacheProperties.model_construct, description="Answers that are given again.")

    @model_validator(mode="after")
    def _says_one(self) -> "EndpointProperties":
        if self.access is not None and self.enabled is not None:
            raise ValueError("access and enabled say the same thing: leave out enabled, and say access")
        return self

    @property
    def said(self) -> Access | None:
        """How much may be used, as the settings say; None where they do not."""
        if self.enabled is None:
            return self.access
        return Access.UNRESTRICTED if self.enabled else Access.NONE


class PartProperties(Settings):
    """`management.health.<name>`, an indicator, where `defaults` stands for all; `management.info.<name>`, a contributor of facts."""

    enabled: bool | None = Field(default=None, description="Whether it is asked. Default: the page of endpoints says it of each.")


class ValuesProperties(EndpointProperties):
    """`management.endpoint.env` and `management.endpoint.configprops`: settings that are shown; secrets never are."""

    show_values: Show = Field(default="never", description="Who sees the values of settings. Default never.")
    roles: list[str] = Field(
        default=[], description="The roles that are authorized; none: everybody who has said who it is. Default: none."
    )


def shows(show: Show, roles: Collection[str], context: InvocationContext) -> bool:
    """Tell whether who asks sees what *show* is said of; *roles* are those that are authorized, none: everybody who is somebody."""
    if show == "when-authorized":
        return context.is_authorized and (not roles or any(map(context.is_in_role, roles)))
    return show == "always"
