"""HealthIndicator: beans that tell how a part of the application is. Source: Spring Boot's ``HealthIndicator``."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping

from pyboot.boot import BeanDefinition

from .health import Health

type Told = Health | Mapping[str, Health]
"""What an indicator tells: a health, or those of the parts that it is made of, by name."""


class HealthIndicator(ABC):
    """A bean of this class is asked by the endpoint ``health``; the bean's name without ``_health_indicator`` is the component's."""

    @abstractmethod
    def health(self) -> Told | Awaitable[Told]:
        """Return how it is; what it raises means DOWN. ``def`` or ``async def``: what waits does so without holding up the others.

        It has the time that ``management.endpoint.health.timeout`` gives it; then it is cancelled, and counts as DOWN.
        """


def component_name(definition: BeanDefinition) -> str:
    """Return the name of an indicator among the components of health: that of ``disk_space_health_indicator`` is diskSpace."""
    name = definition.name.removesuffix("_indicator").removesuffix("_health") or definition.name
    head, *rest = name.split("_")
    return head + "".join(map(str.capitalize, rest))
