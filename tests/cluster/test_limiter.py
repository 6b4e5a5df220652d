"""A limit for all nodes together."""

import asyncio

import pytest

from pyboot.cluster.limiter import ClusterRateLimiter
from tests.cluster.world import World, in_virtual_time


async def offered(limiters: list[ClusterRateLimiter], per_second: int, seconds: int) -> int:
    """How many are granted of those that are offered to each in turn."""
    granted = 0
    for _ in range(seconds * 100):
        for limiter in limiters:
            granted += sum([await limiter.acquire("k") for _ in range(per_second // 100 // len(limiters))])
        await asyncio.sleep(0.01)
    return granted


@in_virtual_time
async def test_all_nodes_have_one_limit() -> None:
    """C16: four times as much is offered; and each node has its share while the engine is away."""
    world = World()
    limiters = [ClusterRateLimiter(await world.node(name), "calls", 1_000, 50) for name in "abcd"]
    await asyncio.sleep(10)
    assert 3_000 <= await offered(limiters, 4_000, 3) <= 3_150
    world.hub.stop()
    await world.until(lambda: not any(node.is_up for node in world.nodes.values()))
    assert 2_900 <= await offered(limiters, 4_000, 3) <= 3_300
    assert limiters[0].granted + limiters[0].refused == 6_000
    await world.end()


@in_virtual_time
async def test_a_batch_spares_round_trips() -> None:
    """And changes nothing of the limit."""
    world = World()
    node = await world.node("a")
    asked = 0
    take = node.engine.take

    async def counted(*arguments: object) -> object:
        nonlocal asked
        asked += 1
        return await take(*arguments)  # type: ignore[arg-type]  # as they come

    node.engine.take = counted  # type: ignore[method-assign, assignment]  # to count
    limiter = ClusterRateLimiter(node, "calls", 10, 100, batch=10)
    assert [True] * 100 == [await limiter.acquire("k") for _ in range(100)]
    assert 10 == asked
    refused = await limiter.take("k")
    assert (False, 0.1) == (refused.is_granted, pytest.approx(refused.retry_after_seconds, abs=0.01))
    await asyncio.sleep(0.11)
    assert await limiter.acquire("k")
    assert await limiter.acquire("other")
    await asyncio.sleep(1.1)
    assert not limiter._take_from_stock("other", 1)
    await world.end()


@in_virtual_time
async def test_without_the_engine_the_limiter_does_as_it_was_told() -> None:
    """Allow, or deny."""
    world = World()
    node = await world.node("a")
    allow, deny = (ClusterRateLimiter(node, "calls", 1, 1, on_engine_loss=each) for each in ("allow", "deny"))  # type: ignore[arg-type]
    world.hub.stop()
    await world.until(lambda: not node.is_up)
    assert [True] * 5 == [await allow.acquire() for _ in range(5)]
    assert not await deny.acquire()
    await world.end()


@in_virtual_time
async def test_a_limit_that_makes_no_sense_is_refused() -> None:
    """With what was given."""
    world = World()
    node = await world.node("a")
    for rate, burst, batch in ((0, 1, 1), (1, 0, 1), (1, 5, 6), (1, 5, 0)):
        with pytest.raises(ValueError, match=f"rate {rate}, burst {burst}, batch {batch}"):
            ClusterRateLimiter(node, "calls", rate, burst, batch=batch)
    await world.end()
