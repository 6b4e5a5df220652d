"""The settings below `management.tracing`."""

from pydantic import Field

from pyboot.boot import ConfigurationProperties
from pyboot.netty.properties import Settings


@ConfigurationProperties("management.tracing")
class TracingProperties(Settings):
    """`management.tracing`: spans of requests and messages, by OpenTelemetry's API."""

    enabled: bool = Field(
        default=False, description="Whether requests of servers and of the beans of HttpClient are traced. Default false."
    )
    messages: list[str] = Field(
        default=[], description="Servers of which each message that was decoded has a span, by name. Default: none."
    )
