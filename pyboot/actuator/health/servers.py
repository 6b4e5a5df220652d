"""The indicator ``servers``: whether the application's servers take further clients."""

from typing import final

from pyboot.boot import Component
from pyboot.components.netty import ChannelOption, ServerSocketChannel
from pyboot.netty.servers import NettyServers

from .health import Health
from .indicator import HealthIndicator


@final
@Component
class ServersHealthIndicator(HealthIndicator):
    """Has a component for each server; one of whose listeners is full is out of service: clients would wait in the backlog."""

    def __init__(self, servers: NettyServers) -> None:
        """Take the servers."""
        self._servers = servers

    def health(self) -> dict[str, Health]:
        """Tell of each how many connections it has, and how many it may have; 0: any number."""
        return {name: self._of(name) for name in self._servers.names}

    def _of(self, name: str) -> Health:
        bound = self._servers.bound[name]
        told, is_full = {"address": str(bound), "connections": len(bound.connections)}, False
        for channel in bound.channels.values():
            if isinstance(channel, ServerSocketChannel):
                most = channel.get_option(ChannelOption.MAX_CONNECTIONS)
                told["max"] = most
                is_full |= 0 < most <= channel.connections
        return Health.out_of_service(**told) if is_full else Health.up(**told)
