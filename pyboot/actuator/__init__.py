"""The management room, and what an application imports: endpoints, health indicators and contributors of facts as beans."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .access import Access as Access
    from .annotations import (
        DeleteOperation as DeleteOperation,
        Endpoint as Endpoint,
        ReadOperation as ReadOperation,
        WriteOperation as WriteOperation,
    )
    from .autoconfigure import ActuatorAutoConfiguration as ActuatorAutoConfiguration
    from .errors import ActuatorError as ActuatorError, InvalidEndpointRequestError as InvalidEndpointRequestError
    from .exchanges.repository import (
        ExchangeRequest as ExchangeRequest,
        HttpExchange as HttpExchange,
        HttpExchangeRepository as HttpExchangeRepository,
    )
    from .health.health import Health as Health, Status as Status
    from .health.indicator import HealthIndicator as HealthIndicator
    from .info.contributor import InfoContributor as InfoContributor
    from .invocation import InvocationContext as InvocationContext, WebEndpointResponse as WebEndpointResponse
    from .meters.annotations import Counted as Counted, Timed as Timed
    from .meters.instruments import (
        Counter as Counter,
        DistributionSummary as DistributionSummary,
        Gauge as Gauge,
        Timer as Timer,
    )
    from .meters.registry import MeterBinder as MeterBinder, MeterRegistry as MeterRegistry
    from .web.server import ManagementServer as ManagementServer
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
