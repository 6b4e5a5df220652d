"""The indicator ``ping``: there is somebody who answers."""

from typing import final

from pyboot.boot import Component

from .health import Health
from .indicator import HealthIndicator


@final
@Component
class PingHealthIndicator(HealthIndicator):
    """Is up."""

    def health(self) -> Health:
        """Tell that."""
        return Health.up()
