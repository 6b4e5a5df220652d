"""The engine `redis` keeps the contract, on servers as processes."""

import pytest

from pyboot.cluster.engine import ClusterEngine
from pyboot.testing.cluster import ClusterEngineContract
from pyboot.testing.engine_node import EngineNode
from tests.cluster.engines.redis.servers import RedisServer

pytestmark = pytest.mark.slow


class TestContract(ClusterEngineContract):
    """The suite that all engines pass."""

    @pytest.fixture(autouse=True)
    def _server(self, server: RedisServer) -> None:
        self._server_of_test = server

    def engine(self, node: str) -> ClusterEngine:
        return self._server_of_test.engine(node, self.prefix)

    async def cut(self, node: EngineNode) -> None:
        clients = await self._server_of_test.ask("CLIENT", "LIST")
        assert isinstance(clients, bytes)
        (number,) = [line.split()[0].removeprefix(b"id=") for line in clients.splitlines() if b" name=a " in line]
        await self._server_of_test.ask("CLIENT", "KILL", "ID", number)
