"""The endpoints ``metrics`` and ``prometheus``."""

from typing import Any, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.actuator.invocation import InvocationContext, WebEndpointResponse

from .browse import metric, metric_names
from .exposition import OPENMETRICS, TEXT, render
from .registry import MeterRegistry


@final
@Endpoint("metrics")
class MetricsEndpoint:
    """Tells the names of meters, and one meter with its tags; for people, and Spring Boot Admin."""

    def __init__(self, registry: MeterRegistry) -> None:
        """Take the meters."""
        self._registry = registry

    @ReadOperation
    async def names(self) -> dict[str, Any]:
        """Answer with the names."""
        await self._registry.prepare()
        return metric_names(self._registry)

    @ReadOperation("{name}")
    async def metric(self, name: str, tag: list[str] | None = None) -> dict[str, Any] | None:
        """Answer with the meter *name*, added up over those with each *tag*, ``key:value``; 404 where there is none.

        Raises:
            InvalidEndpointRequestError: a tag is of another form.
        """
        await self._registry.prepare()
        try:
            return metric(self._registry, name, tag or ())
        except ValueError as error:
            raise InvalidEndpointRequestError(str(error)) from error


@final
@Endpoint("prometheus")
class PrometheusEndpoint:
    """Tells all meters to Prometheus."""

    def __init__(self, registry: MeterRegistry) -> None:
        """Take the meters."""
        self._registry = registry

    @ReadOperation(produces=[TEXT, OPENMETRICS])
    async def scrape(self, context: InvocationContext, included_names: str | None = None) -> WebEndpointResponse:
        """Answer with the text of all meters, or of those that *included_names* names with commas between."""
        names = [] if included_names is None else [name.strip() for name in included_names.split(",")]
        media_type, text = await render(self._registry, context.headers.get("accept") or "", names)
        return WebEndpointResponse(text, media_type=media_type)
