"""What a node had is swept by one of those that are left."""

from pyboot.cluster.sweeper import Sweeper
from pyboot.cluster.table import Claim, ClaimPolicy, Table
from tests.cluster.world import World, in_virtual_time


@in_virtual_time
async def test_one_of_all_sweeps() -> None:
    """Both tables, and only what was of the one that is gone."""
    world = World()
    nodes = [await world.node(name) for name in "abc"]
    sweepers = [Sweeper(node) for node in nodes]
    for table in Table:
        for name in "ac":
            claims = [Claim(f"{name}{number}", f"{name}/{number}", name) for number in range(700)]
            await nodes[0].engine.claim(table, claims, ClaimPolicy.MANY)
    await world.kill("c")
    await world.until(lambda: sum(each.removed for each in sweepers) == 1_400)
    assert 0 in [each.removed for each in sweepers[:2]]
    for table in Table:
        assert {"a"} == {row[1] for _, row in world.hub.board.scan(table)}
    await world.end()
