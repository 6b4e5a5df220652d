"""The indicator ``ssl``: whether the certificates of the SSL bundles are good."""

from typing import final

from pyboot.actuator.certificates import Validity, certificates
from pyboot.boot import Component
from pyboot.netty.bundles import SslProperties

from .health import Health
from .indicator import HealthIndicator


@final
@Component("ssl_health_indicator")
class SslHealthIndicator(HealthIndicator):
    """Is out of service where a certificate has expired or cannot be read; one that will expire soon is told, and up."""

    def __init__(self, ssl: SslProperties) -> None:
        """Take the bundles."""
        self._ssl = ssl

    def health(self) -> dict[str, Health]:
        """Tell of each bundle until when its certificate is good."""
        told = dict[str, Health]()
        for each in certificates(self._ssl.bundles):
            is_good = each.validity in (Validity.VALID, Validity.WILL_EXPIRE_SOON)
            details = {"status": each.validity, "file": each.file, "validityEnds": each.not_after}
            told[each.bundle] = Health.up(**details) if is_good else Health.out_of_service(**details)
        return told
