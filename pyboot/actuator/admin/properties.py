"""The settings below `management.admin.client`, each with its default and a sentence."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from pyboot.boot import ConfigurationProperties, Duration
from pyboot.netty.properties import Settings

PREFIX: Final = "management.admin.client"


def _absolute(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{value!r} is no absolute URL of http or https: allowed is http://host:port/path")
    return value.rstrip("/")


def _at_least_a_second(value: timedelta) -> timedelta:
    if value < timedelta(seconds=1):
        raise ValueError(f"{value.total_seconds():g} s is less than a second")
    return value


type Url = Annotated[str, AfterValidator(_absolute)]
type Period = Annotated[Duration, AfterValidator(_at_least_a_second)]


class AdminInstanceProperties(Settings):
    """`management.admin.client.instance`: what the admin server is told; URLs are as it reaches them, which a container cannot know."""

    name: str | None = Field(default=None, min_length=1, description="The application's name there. Default: pyboot.application.name.")
    management_base_url: Url | None = Field(
        default=None, description="Where the management server is reached, without its paths. Default: its address, or this machine's name."
    )
    management_url: Url | None = Field(default=None, description="Where the list of endpoints is. Default: by the base URL and the paths.")
    health_url: Url | None = Field(
        default=None, description="Where health is; the instance is known by it, so no other may say the same. Default: below that."
    )
    service_base_url: Url | None = Field(
        default=None, description="Where the application itself is reached. Default: that of its first HTTP server."
    )
    service_url: Url | None = Field(default=None, description="Where people find it. Default: by its base URL and the path.")
    service_path: str = Field(default="/", pattern="^/", description="The path of that. Default /.")
    metadata: dict[str, Any] = Field(
        default={},
        description="Facts besides: `tags.*`, `group`; `user.name` and `user.password` where it has to say who asks. Default: none.",
    )


@ConfigurationProperties(PREFIX)
class AdminClientProperties(Settings):
    """`management.admin.client`: Spring Boot Admin servers that are told of the application."""

    enabled: bool = Field(default=True, description="Whether any is told. Default true.")
    url: list[Url] = Field(default=[], description="Where they are: http://admin:8080. Default: nowhere, and nothing is told.")
    api_path: str = Field(default="instances", pattern="^[^/].*[^/]$", description="The path that takes instances. Default instances.")
    username: str | None = Field(default=None, min_length=1, description="Who we are there. Default: nobody.")
    password: SecretStr | None = Field(default=None, description="The password for that.")
    period: Period = Field(default=timedelta(seconds=10), description="How often they are told again. Default 10s.")
    connect_timeout: Period = Field(default=timedelta(seconds=5), description="How long a connection may take. Default 5s.")
    read_timeout: Period = Field(default=timedelta(seconds=5), description="How long an answer may take. Default 5s.")
    register_once: bool = Field(
        default=True, description="Whether one is enough: the first that takes it; the others belong to it. Default true."
    )
    auto_registration: bool = Field(default=True, description="Whether it is told by itself when the application is ready. Default true.")
    auto_deregistration: bool = Field(
        default=True, description="Whether it is told of an orderly end, and forgets the instance. Default true."
    )
    ssl_bundle: str | None = Field(
        default=None, min_length=1, description="Whom we believe, of ssl.bundles. Default: the system's authorities."
    )
    instance: AdminInstanceProperties = Field(default_factory=AdminInstanceProperties.model_construct, description="What is told.")

    @model_validator(mode="after")
    def _has_both(self) -> "AdminClientProperties":
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together: set both, or neither")
        return self

    @property
    def targets(self) -> tuple[str, ...]:
        """The URLs that take instances."""
        return tuple(f"{url}/{self.api_path}" for url in self.url)


def flat(metadata: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Iterate over *metadata* as the admin server wants it: one name each, with dots, and text."""
    for name, value in metadata.items():
        key = f"{above}{name}"
        if isinstance(value, Mapping):
            yield from flat(value, f"{key}.")
        elif isinstance(value, list):
            yield from flat({str(place): each for place, each in enumerate(value)}, f"{key}.")
        else:
            yield key, str(value).lower() if isinstance(value, bool) else str(value)
