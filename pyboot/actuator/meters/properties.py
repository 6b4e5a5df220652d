"""The settings below `management.metrics`, each with its default and a sentence."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from pyboot.boot import ConfigurationProperties, Duration
from pyboot.netty.properties import Settings

from .filter import MeterFilter
from .registry import MAX_SERIES
from .requests import MAX_URI_TAGS


def _flat(given: Any) -> Any:  # Any: what settings hold, before it is looked at
    """Write ``{"netty": {"server": False}}`` as ``{"netty.server": False}``: settings take the dots of names for branches."""
    if not isinstance(given, Mapping):
        return given
    found = dict[str, Any]()
    for key, value in given.items():
        inner = _flat(value)
        if isinstance(inner, Mapping):
            found |= {f"{key}.{rest}": each for rest, each in inner.items()}
        else:
            found[str(key)] = inner
    return found


class DistributionProperties(Settings):
    """`management.metrics.distribution`: histograms of timers and summaries, by the beginnings of their names."""

    percentiles_histogram: Annotated[dict[str, bool], BeforeValidator(_flat)] = Field(
        default={}, description="Timers that have buckets of powers of two, from 1 ms to 32 s. Default: none."
    )
    slo: Annotated[dict[str, list[Duration]], BeforeValidator(_flat)] = Field(
        default={}, description="Bounds of the buckets of timers, as durations. Default: none."
    )


class ServerRequestsProperties(Settings):
    """`management.metrics.web.server`: the timer `http.server.requests`."""

    max_uri_tags: int = Field(
        default=MAX_URI_TAGS, ge=1, description="How many values the tag uri may have; requests of further ones are not timed. Default 100."
    )


class WebMetricsProperties(Settings):
    """`management.metrics.web`: requests of HTTP."""

    server: ServerRequestsProperties = Field(
        default_factory=ServerRequestsProperties.model_construct, description="Those that servers answer."
    )


@ConfigurationProperties("management.metrics")
class MetricsProperties(Settings):
    """`management.metrics`: the meters of the application."""

    enable: Annotated[dict[str, bool], BeforeValidator(_flat)] = Field(
        default={}, description="Whether meters are told of, by the beginnings of their names; `all` stands for all. Default: all are."
    )
    tags: Annotated[dict[str, str], BeforeValidator(_flat)] = Field(default={}, description="Tags that all meters have. Default: none.")
    max_series: int = Field(
        default=MAX_SERIES, ge=1, description="How many meters of one name are kept, which differ by their tags. Default 1000."
    )
    bridges: list[Literal["prometheus", "opentelemetry"]] = Field(
        default=[],
        description="Libraries that are told all meters when they ask: prometheus-client, OpenTelemetry. Default: none.",
    )
    web: WebMetricsProperties = Field(default_factory=WebMetricsProperties.model_construct, description="Requests of HTTP.")
    distribution: DistributionProperties = Field(default_factory=DistributionProperties.model_construct, description="Histograms.")

    @property
    def filter(self) -> MeterFilter:
        """What they say of meters by name."""
        bounds = {name: tuple(sorted(each.total_seconds() for each in given)) for name, given in self.distribution.slo.items()}
        return MeterFilter(self.enable, self.distribution.percentiles_histogram, bounds)
