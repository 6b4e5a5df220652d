"""The endpoints ``metrics`` and ``prometheus``."""

from typing import Any, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.actuator.invocation import InvocationContext, WebEndpointResponse
from pyboot.actuator.workers.fleet import Fleet

from .browse import metric, metric_names
from .exposition import OPENMETRICS, TEXT, render


@final
@Endpoint("metrics")
class MetricsEndpoint:
    """Tells the names of meters, and one meter with its tags; for people, and Spring Boot Admin."""

    def __init__(self, fleet: Fleet) -> None:
        """Take who has the meters: this process, or all workers."""
        self._fleet = fleet

    @ReadOperation
    async def names(self, context: InvocationContext) -> dict[str, Any]:
        """Answer with the names."""
        return metric_names(await self._fleet.families(context))

    @ReadOperation("{name}")
    async def metric(self, name: str, context: InvocationContext, tag: list[str] | None = None) -> dict[str, Any] | None:
        """Answer with the meter *name*, added up over those with each *tag*, ``key:value``; 404 where there is none.

        Raises:
            InvalidEndpointRequestError: a tag is of another form.
        """
        families = await self._fleet.families(context)
        try:
            return metric(families, name, tag or ())
        except ValueError as error:
            raise InvalidEndpointRequestError(str(error)) from error


@final
@Endpoint("prometheus")
class PrometheusEndpoint:
    """Tells all meters to Prometheus."""

    def __init__(self, fleet: Fleet) -> None:
        """Take who has the meters: this process, or all workers."""
        self._fleet = fleet

    @ReadOperation(produces=[TEXT, OPENMETRICS])
    async def scrape(self, context: InvocationContext, included_names: str | None = None) -> WebEndpointResponse:
        """Answer with the text of all meters, or of those that *included_names* names with commas between."""
        names = [] if included_names is None else [name.strip() for name in included_names.split(",")]
        media_type, text = await render(await self._fleet.families(context), context.headers.get("accept") or "", names)
        return WebEndpointResponse(text, media_type=media_type)
