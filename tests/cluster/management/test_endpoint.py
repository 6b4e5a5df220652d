"""What the management room tells of the cluster: its endpoint, its health and its meters, over a real server."""

import httpx2

from pyboot.actuator import ManagementServer
from pyboot.actuator.autoconfigure import ActuatorAutoConfiguration
from pyboot.actuator.meters.registry import MeterRegistry
from pyboot.actuator.meters.table import BY_NAME
from pyboot.boot import Import, PyBootApplication, start
from pyboot.cluster import ClusterNode
from pyboot.cluster.autoconfigure import ClusterAutoConfiguration
from pyboot.cluster.engines.local.hub import LocalHub
from pyboot.cluster.groups.groups import ClusterGroups
from pyboot.cluster.state import NodeState
from tests.actuator.management_client import managed

SETTINGS = {"cluster.prefix": "pb:managed:", "management.endpoint.health.show-components": "always"}
SHOWN = {"management.endpoint.health.show-details": "always"}


async def test_it_tells_nodes_sessions_queue_and_groups() -> None:
    """As this node sees them; settings may name the endpoint."""

    @PyBootApplication(scan=())
    @Import(ClusterAutoConfiguration, ActuatorAutoConfiguration)  # the order that both have where they are found
    class App: ...

    properties = SETTINGS | {"management.server.port": 0, "management.endpoints.web.exposure.include": "cluster"}
    async with start(App, properties=properties) as context:
        node = context.get(ClusterNode)
        context.get(ClusterGroups).group("room")
        host, port = context.get(ManagementServer).address
        async with httpx2.AsyncClient() as client:
            told = (await client.get(f"http://{host}:{port}/actuator/cluster")).json()
    LocalHub.use("pb:managed:", None)

    assert (node.id, "local", "UP", None) == (told["node"], told["engine"], told["state"], told["error"])
    assert [node.id] == list(told["nodes"])
    assert {"messages": 0, "bytes": 0, "dropped": 0} == told["queue"]
    assert {"here": 0, "kicked": 0} == told["sessions"]
    assert 0 == told["groups"]["room"]["members"]


async def test_a_lost_engine_is_down_and_the_application_stays_ready() -> None:
    """Since what is local goes on; the reason is told, and the meters say the same."""
    async with managed(ClusterAutoConfiguration, properties=SETTINGS | SHOWN) as (client, context):
        observed = {spec.name for spec in context.get(MeterRegistry).specs}
        before = (await client.get("/health")).json()["components"]["cluster"]
        node, hub = context.get(ClusterNode), LocalHub.named("pb:managed:")
        hub.stop()
        while node.state is not NodeState.LOST:
            await client.get("/health/ping")
        answer = await client.get("/health")
        ready = await client.get("/health/readiness")
        up = (await client.get("/metrics/cluster.up")).json()["measurements"][0]["value"]
        losses = (await client.get("/metrics/cluster.losses")).json()["measurements"][0]["value"]
        hub.go_on()
    LocalHub.use("pb:managed:", None)

    assert {name for name in BY_NAME if name.startswith("cluster.")} <= observed
    assert "UP" == before["status"]
    told = answer.json()["components"]["cluster"]
    assert (503, "DOWN", "LOST", 0) == (answer.status_code, told["status"], told["details"]["state"], told["details"]["queue"])
    assert "the engine has ended" in told["details"]["error"]
    assert {"since", "echo"} <= told["details"].keys()
    assert 200 == ready.status_code
    assert "cluster" not in ready.text
    assert (0, 1) == (up, losses)


async def test_health_can_be_left_out() -> None:
    """By its setting."""
    properties = SETTINGS | {"management.health.cluster.enabled": False}
    async with managed(ClusterAutoConfiguration, properties=properties) as (client, _):
        told = (await client.get("/health")).json()
    LocalHub.use("pb:managed:", None)

    assert "cluster" not in told["components"]
