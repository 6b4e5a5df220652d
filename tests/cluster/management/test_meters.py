"""The meters of the cluster: read when somebody asks, and of the first hundred groups only."""

from pyboot.actuator.meters.registry import MeterRegistry
from pyboot.cluster.autoconfigure import ClusterAutoConfiguration
from pyboot.cluster.engines.local.hub import LocalHub
from pyboot.cluster.groups.groups import ClusterGroups
from tests.actuator.management_client import managed

SETTINGS = {"cluster.prefix": "pb:metered:"}


async def test_of_very_many_groups_the_first_hundred_are_told() -> None:
    """Groups may be made while the application runs, and each is a series: their number is bounded."""
    async with managed(ClusterAutoConfiguration, properties=SETTINGS) as (client, context):
        for number in range(150):
            context.get(ClusterGroups).group(f"room{number}")
        told = (await client.get("/metrics/cluster.group.members")).json()
        assert "cluster.group.members" in {spec.name for spec in context.get(MeterRegistry).specs}
    LocalHub.use("pb:metered:", None)

    (groups,) = (tag["values"] for tag in told["availableTags"] if tag["tag"] == "group")
    assert 100 == len(groups)
