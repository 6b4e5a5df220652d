"""A schedule that runs on one node."""

import asyncio

from pyboot.cluster.schedule import ClusterSchedule
from tests.cluster.world import World, in_virtual_time


@in_virtual_time
async def test_one_node_has_a_schedule_until_it_dies() -> None:
    """Then another one has it, after a run that is left out at most; without the engine nobody."""
    world = World()
    nodes = {name: await world.node(name) for name in "ab"}
    guards = {name: ClusterSchedule(node) for name, node in nodes.items()}
    loop = asyncio.get_running_loop()

    async def ran() -> list[str]:
        now = loop.time()
        which = [name for name, guard in guards.items() if await guard.may_run("job", now, now + 60)]
        await asyncio.sleep(60)
        return which

    assert [["a"]] * 5 == [await ran() for _ in range(5)]
    assert await guards["b"].may_run("other", 0, 60)
    await world.kill("a")
    guards.pop("a")
    assert [[], ["b"], ["b"]] == [await ran() for _ in range(3)]
    world.hub.stop()
    assert [] == await ran()
    await world.end()
