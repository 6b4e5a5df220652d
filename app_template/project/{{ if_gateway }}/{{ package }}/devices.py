"""What is known of the devices; nothing here knows of networks."""

import logging

from pyboot.boot import Service

_log = logging.getLogger(__name__)


@Service
class Devices:
    """Who is connected, and what each reported last."""

    def __init__(self) -> None:
        """Begin with none."""
        self.online: set[str] = set()
        self.reports: dict[str, float] = {}

    def arrive(self, device: str) -> None:
        """Note that *device* is connected."""
        self.online.add(device)
        _log.info("%s has come", device)

    def report(self, device: str, value: float) -> None:
        """Keep *value*."""
        self.reports[device] = value
        _log.debug("%s reports %g", device, value)

    def leave(self, device: str) -> None:
        """Note that *device* is gone; what it reported stays."""
        self.online.discard(device)
        _log.info("%s has gone", device)
