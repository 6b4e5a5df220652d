"""What the device measures."""

import random

from pyboot.boot import Scheduled, Service
from pyboot.netty import NettyClient


@Service
class Thermometer:
    """Reports a temperature again and again."""

    def __init__(self, gateway: NettyClient) -> None:
        """Take the client that the container hands in."""
        self.gateway = gateway

    @Scheduled(every="${device.every:1s}")
    async def measure(self) -> None:
        """Report what it is now; while there is no connection nothing, for the next value will be newer."""
        if self.gateway.is_connected:
            self.report(round(random.uniform(20, 22), 1))

    def report(self, value: float) -> None:
        """Send *value*."""
        self.gateway.write_and_flush(f"report {value}\n")
