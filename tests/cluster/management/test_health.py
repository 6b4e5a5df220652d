"""The indicator of the cluster: up while the node is one of it."""

from pyboot.cluster import ClusterNode
from pyboot.cluster.autoconfigure import ClusterAutoConfiguration
from pyboot.cluster.engines.local.hub import LocalHub
from tests.actuator.management_client import managed

SETTINGS = {"cluster.prefix": "pb:healthy:", "management.endpoint.health.show-details": "always"}


async def test_a_node_of_its_cluster_is_up_and_says_what_waits() -> None:
    """With its engine, its state, and the delay of its last echo."""
    async with managed(ClusterAutoConfiguration, properties=SETTINGS) as (client, context):
        told = (await client.get("/health")).json()["components"]["cluster"]
        node = context.get(ClusterNode)
    LocalHub.use("pb:healthy:", None)

    assert "UP" == told["status"]
    assert ("local", node.id, "UP", 0) == tuple(told["details"][name] for name in ("engine", "node", "state", "queue"))
    assert {"since", "echo"} < set(told["details"])
