"""The settings below `management.httpexchanges`, each with its default and a sentence."""

from enum import Enum

from pydantic import Field

from pyboot.boot import ConfigurationProperties
from pyboot.netty.properties import Settings


class Include(Enum):
    """What is kept of an exchange besides method, URI, status and time. Source: Spring Boot's ``Include``, as far as there is the like."""

    REQUEST_HEADERS = "request-headers"
    RESPONSE_HEADERS = "response-headers"
    COOKIE_HEADERS = "cookie-headers"
    AUTHORIZATION_HEADER = "authorization-header"
    REMOTE_ADDRESS = "remote-address"
    TIME_TAKEN = "time-taken"


DEFAULT = [Include.TIME_TAKEN, Include.REQUEST_HEADERS, Include.RESPONSE_HEADERS]


class RecordingProperties(Settings):
    """`management.httpexchanges.recording`: requests of the application's servers that are kept."""

    enabled: bool = Field(default=False, description="Whether the last of them are kept, for the endpoint httpexchanges. Default false.")
    include: list[Include] = Field(
        default=DEFAULT, description="What of them. Default: time-taken, request-headers, response-headers; secrets are masked always."
    )


@ConfigurationProperties("management.httpexchanges")
class HttpExchangesProperties(Settings):
    """`management.httpexchanges`: the last requests of HTTP, and their responses."""

    recording: RecordingProperties = Field(default_factory=RecordingProperties.model_construct, description="What is kept.")
