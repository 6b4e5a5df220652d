"""The endpoint ``health``: the status of the application, of its groups and its components. Source: Spring Boot's ``HealthEndpoint``."""

from typing import final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.actuator.invocation import InvocationContext, WebEndpointResponse
from pyboot.actuator.web.media import V2_JSON
from pyboot.boot import ApplicationContext, Import

from .groups import HealthGroup, groups, whole
from .health import Health
from .indicators import HealthIndicators
from .properties import HealthProperties


@final
@Endpoint("health")
@Import(HealthProperties)
class HealthEndpoint:
    """Asks all indicators at once, and tells what who asks may see."""

    def __init__(self, context: ApplicationContext, settings: HealthProperties) -> None:
        """Take the application, whose indicators are asked; raises `HealthGroupError` where a group has a member that is not there."""
        seconds = settings.timeout.total_seconds(), settings.slow_indicator_threshold.total_seconds()
        self._indicators = HealthIndicators(context, *seconds)
        self._masked = context.environment.secrets.masked
        self._whole = whole(settings, self._indicators.names)
        self._groups = groups(settings, self._indicators.names)

    @ReadOperation
    async def health(self, context: InvocationContext) -> WebEndpointResponse:
        """Answer with the status of the application; 503 where it is DOWN or OUT_OF_SERVICE."""
        health = await self._asked(self._whole)
        answer = self._answer(self._whole, health, context)
        if self._groups and isinstance(answer.body, dict):
            answer.body["groups"] = sorted(self._groups)
        return answer

    @ReadOperation("{*path}")
    async def health_of(self, path: tuple[str, ...], context: InvocationContext) -> WebEndpointResponse | None:
        """Answer with the status of a group, a component, or a part of one; 404 where there is none, or who asks may not see it."""
        group = self._groups.get(path[0])
        if group is not None and len(path) == 1:
            return self._answer(group, await self._asked(group), context)
        parts = path if group is None else path[1:]
        group = group or self._whole
        name = self._indicators.find(parts[0])
        if name not in group.members or not group.shows_components(context):
            return None
        health: Health | None = (await self._indicators.ask([name]))[name]
        for part in parts[1:]:
            health = None if health is None else health.components.get(part)
        return None if health is None else self._answer(group, health, context)

    async def _asked(self, group: HealthGroup) -> Health:
        return Health.composed(await self._indicators.ask(list(group.members)), group.order)

    def _answer(self, group: HealthGroup, health: Health, context: InvocationContext) -> WebEndpointResponse:
        parts = "details" if context.produces == V2_JSON else "components"
        return WebEndpointResponse(group.body(health, context, parts=parts, masked=self._masked), group.status_code(health))
