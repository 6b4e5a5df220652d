"""Pools of connections: the cap, the queue, timeouts, health, and places given back on every path."""

import asyncio
import gc
from typing import Any

import pytest
import pytest_asyncio

from pyboot.components.netty import Bootstrap, Channel, ChannelPoolMap, EchoHandler, FixedChannelPool, PoolStatistics, SimpleChannelPool
from pyboot.components.netty.channel.life.budget import TURN_CALLS
from pyboot.components.netty.errors import AcquireTimeoutError, BusyPoolError, ClosedPoolError


@pytest_asyncio.fixture
async def bootstrap(listen: Any) -> Bootstrap:
    """Connects to an echo server."""
    server = await listen(EchoHandler())
    return Bootstrap().handler(lambda channel: None).address(*server.local_address())


@pytest_asyncio.fixture
async def new_pool(bootstrap: Bootstrap) -> Any:
    """`new_pool(2, ...)`: a pool that ends with the test, as its channels do."""
    pools: list[FixedChannelPool] = []

    def made(connections: int, **options: Any) -> FixedChannelPool:
        pools.append(FixedChannelPool(bootstrap, connections, **options))
        return pools[-1]

    yield made
    for pool in pools:
        await pool.close()
    await bootstrap.close()


async def waiting(pool: FixedChannelPool, number: int = 1) -> None:
    """Until so many callers wait."""
    while pool.statistics().waiting < number:  # noqa: ASYNC110  # a pool tells nobody who waits
        await asyncio.sleep(0)


def test_a_pool_needs_a_connection() -> None:
    """None is refused."""
    with pytest.raises(ValueError, match="0 connections, allowed is at least 1"):
        FixedChannelPool(Bootstrap(), 0)


async def test_a_channel_that_came_back_is_lent_out_again(new_pool: Any) -> None:
    """The one that came back last first."""
    pool = new_pool(2)
    first, second = await pool.acquire(), await pool.acquire()
    assert (2, 0, 0) == pool.statistics()

    await pool.release(first)
    await pool.release(second)
    assert PoolStatistics(lent=0, idle=2, waiting=0) == pool.statistics()

    assert second is await pool.acquire()
    assert "<FixedChannelPool 1 of 2 lent, 1 idle, 0 waiting>" == repr(pool)


async def test_a_lease_comes_back_whatever_happens(new_pool: Any) -> None:
    """An error goes through."""
    pool = new_pool(1)

    async def use() -> None:
        async with pool.lease() as channel:
            assert channel.is_active
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        await use()

    assert (0, 1, 0) == pool.statistics()


async def test_who_comes_when_all_are_lent_out_waits_in_order(new_pool: Any) -> None:
    """The place goes to who waits longest."""
    pool = new_pool(1)
    channel = await pool.acquire()
    got: list[int] = []

    async def take(number: int) -> None:
        async with pool.lease():
            got.append(number)

    tasks = [asyncio.create_task(take(number)) for number in range(3)]
    await waiting(pool, 3)
    await pool.release(channel)
    await asyncio.gather(*tasks)

    assert [0, 1, 2] == got
    assert (0, 1, 0) == pool.statistics()


async def test_waiting_ends_at_the_timeout(new_pool: Any) -> None:
    """The text says what to do; the place is not lost."""
    pool = new_pool(1, acquire_timeout_seconds=0.01)
    channel = await pool.acquire()

    with pytest.raises(AcquireTimeoutError, match=r"none of 1 connections came back within 0\.01 s"):
        await pool.acquire()

    assert (1, 0, 0) == pool.statistics()
    await pool.release(channel)
    assert channel is await pool.acquire()


async def test_no_more_may_wait_than_are_allowed(new_pool: Any) -> None:
    """The next is refused at once."""
    pool = new_pool(1, max_waiting=1)
    channel = await pool.acquire()
    patient = asyncio.create_task(pool.acquire())
    await waiting(pool)

    with pytest.raises(BusyPoolError, match="all 1 connections are lent out and 1 callers wait already"):
        await pool.acquire()

    await pool.release(channel)
    assert channel is await patient


async def test_who_is_cancelled_while_he_waits_takes_no_place(new_pool: Any) -> None:
    """The next in the queue gets it."""
    pool = new_pool(1)
    channel = await pool.acquire()
    impatient, patient = asyncio.create_task(pool.acquire()), asyncio.create_task(pool.acquire())
    await waiting(pool, 2)

    impatient.cancel()
    await pool.release(channel)

    assert channel is await patient
    assert impatient.cancelled()
    assert (1, 0, 0) == pool.statistics()


async def test_who_is_cancelled_in_the_moment_he_gets_a_place_passes_it_on(new_pool: Any) -> None:
    """No place is lost in between."""
    pool = new_pool(1)
    channel = await pool.acquire()
    unlucky, next_one = asyncio.create_task(pool.acquire()), asyncio.create_task(pool.acquire())
    await waiting(pool, 2)

    await pool.release(channel)
    unlucky.cancel()

    assert channel is await next_one
    assert unlucky.cancelled()
    await pool.release(channel)
    assert (0, 1, 0) == pool.statistics()


async def test_a_failed_connect_gives_its_place_back(bootstrap: Bootstrap) -> None:
    """To who waits, too."""
    pool = FixedChannelPool(bootstrap.address("127.0.0.1", 1), 1)

    outcomes = await asyncio.gather(*(pool.acquire() for _ in range(3)), return_exceptions=True)

    assert [ConnectionRefusedError] * 3 == [type(outcome) for outcome in outcomes]
    assert (0, 0, 0) == pool.statistics()


async def test_an_idle_channel_that_is_closed_is_forgotten(new_pool: Any) -> None:
    """A new one is connected."""
    pool = new_pool(1)
    channel = await pool.acquire()
    await pool.release(channel)
    await channel.close()
    assert (0, 0, 0) == pool.statistics()

    assert channel is not await pool.acquire()


async def test_a_channel_that_comes_back_dead_is_not_kept(new_pool: Any) -> None:
    """Its place is free."""
    pool = new_pool(1)
    channel = await pool.acquire()
    await channel.close()

    await pool.release(channel)

    assert (0, 0, 0) == pool.statistics()


async def test_a_health_check_may_ask_the_peer(new_pool: Any) -> None:
    """Before each loan and at each return; what is not healthy is closed."""
    asked: list[Channel] = []
    sick: set[Channel] = set()

    async def healthy(channel: Channel) -> bool:
        asked.append(channel)
        return channel not in sick

    pool = new_pool(1, health_check=healthy)
    first = await pool.acquire()
    await pool.release(first)
    sick.add(first)
    second = await pool.acquire()
    assert first is not second
    assert not first.is_open
    sick.add(second)
    await pool.release(second)

    assert [first, first, second] == asked
    assert not second.is_open
    assert (0, 0, 0) == pool.statistics()


async def test_a_health_check_that_raises_costs_the_channel_and_not_the_place(new_pool: Any) -> None:
    """The error is the caller's."""

    def broken(channel: Channel) -> bool:
        raise RuntimeError("broken")

    pool = new_pool(1, health_check=broken)
    channel = await pool.acquire()

    with pytest.raises(RuntimeError, match="broken"):
        await pool.release(channel)

    assert not channel.is_open
    assert (0, 0, 0) == pool.statistics()


async def test_a_health_check_that_is_given_up_costs_the_channel(new_pool: Any) -> None:
    """Nobody would ever close it otherwise."""
    asked = asyncio.Event()

    async def stuck(channel: Channel) -> bool:
        if asked_before:
            asked.set()
            await asyncio.Event().wait()
        asked_before.append(channel)
        return True

    asked_before: list[Channel] = []
    pool = new_pool(1, health_check=stuck)
    channel = await pool.acquire()
    await pool.release(channel)
    impatient = asyncio.create_task(pool.acquire())
    await asked.wait()

    impatient.cancel()
    await asyncio.wait((impatient,))

    assert not channel.is_open
    assert (0, 0, 0) == pool.statistics()


async def test_a_pool_that_closes_during_a_health_check_keeps_nothing(new_pool: Any) -> None:
    """What comes back is closed."""

    async def closes(channel: Channel) -> bool:
        await pool.close()
        return True

    pool = new_pool(1, health_check=closes)
    channel = await pool.acquire()
    await pool.release(channel)

    assert not channel.is_open
    assert (0, 0, 0) == pool.statistics()


async def test_a_channel_that_is_lent_out_often_remembers_no_loan(new_pool: Any) -> None:
    """A connection may serve for years."""

    def kept_by(promise: object) -> list[object]:
        return [each for kept in gc.get_referents(promise) if isinstance(kept, list) for each in kept]

    pool = new_pool(1)
    channel = await pool.acquire()
    before = len(kept_by(channel.close_future))
    for _ in range(20):
        await pool.release(channel)
        await pool.acquire()

    assert before == len(kept_by(channel.close_future))


async def test_a_channel_comes_back_once(new_pool: Any) -> None:
    """And only to the pool that lent it."""
    pool, other = new_pool(1), new_pool(1)
    channel = await pool.acquire()

    with pytest.raises(ValueError, match="is not lent out by this pool"):
        await other.release(channel)
    await pool.release(channel)
    with pytest.raises(ValueError, match="is not lent out by this pool"):
        await pool.release(channel)


async def test_closing_refuses_who_waits_and_who_comes(new_pool: Any) -> None:
    """Idle channels are closed, lent ones as they come back."""
    pool = new_pool(2)
    idle, lent = await pool.acquire(), await pool.acquire()
    await pool.release(idle)
    again = await pool.acquire()
    assert idle is again
    patient = asyncio.create_task(pool.acquire())
    await waiting(pool)
    await pool.release(again)
    await pool.release(await patient)

    await pool.close()

    assert idle.close_future.is_done
    assert lent.is_open
    with pytest.raises(ClosedPoolError):
        await pool.acquire()
    await pool.release(lent)
    assert not lent.is_open
    assert (0, 0, 0) == pool.statistics()


async def test_closing_refuses_who_waits_longest_first(new_pool: Any) -> None:
    """In the order of their coming."""
    pool = new_pool(1)
    await pool.acquire()
    refused: list[int] = []

    async def take(number: int) -> None:
        try:
            await pool.acquire()
        except ClosedPoolError as error:
            assert "the pool was closed" == str(error)  # noqa: PT017  # the order of the errors is what is asked for
            refused.append(number)

    tasks = [asyncio.create_task(take(number)) for number in range(4)]
    await waiting(pool, 4)
    await pool.close()
    await asyncio.gather(*tasks)

    assert [0, 1, 2, 3] == refused


async def test_who_borrows_and_gives_back_at_once_lets_the_loop_turn_now_and_then(new_pool: Any) -> None:
    """Once for each `TURN_CALLS` loans, and not more often."""
    pool = new_pool(1)
    turns = 0

    def turn() -> None:
        nonlocal turns, handle
        turns += 1
        handle = asyncio.get_running_loop().call_soon(turn)

    await pool.release(await pool.acquire())
    handle = asyncio.get_running_loop().call_soon(turn)
    for _ in range(4 * TURN_CALLS):
        await pool.release(await pool.acquire())
    handle.cancel()

    assert 4 == turns


async def test_closing_wakes_who_waits(new_pool: Any) -> None:
    """With an error."""
    pool = new_pool(1)
    channel = await pool.acquire()
    patient = asyncio.create_task(pool.acquire())
    await waiting(pool)

    await pool.close()

    with pytest.raises(ClosedPoolError):
        await patient
    await pool.release(channel)
    assert (0, 0, 0) == pool.statistics()


@pytest.mark.parametrize("pool_class", [SimpleChannelPool, FixedChannelPool])
async def test_a_pool_that_was_closed_during_a_health_check_connects_nothing(bootstrap: Bootstrap, pool_class: Any) -> None:
    """The check finds the idle channel bad, and nobody is left to whom another one could be lent."""
    connected: list[Channel] = []
    bootstrap.handler(connected.append)
    asked, answer = asyncio.Event(), asyncio.Event()

    answers = [True, False]  # as it comes back, as it is lent out again

    async def is_healthy(channel: Channel) -> bool:
        if len(answers) == 1:
            asked.set()
            await answer.wait()
        return answers.pop(0)

    pool = pool_class(bootstrap, *((2,) if pool_class is FixedChannelPool else ()), health_check=is_healthy)
    channel = await pool.acquire()
    await pool.release(channel)
    late = asyncio.create_task(pool.acquire())
    await asked.wait()

    await pool.close()
    answer.set()

    with pytest.raises(ClosedPoolError, match="the pool is closed"):
        await late
    assert [channel] == connected
    assert not channel.is_open
    assert (0, 0, 0) == pool.statistics()


async def test_who_gets_a_place_in_the_moment_of_closing_connects_nothing(bootstrap: Bootstrap) -> None:
    """The place was given to him before, the channel was not."""
    connected: list[Channel] = []
    pool = FixedChannelPool(bootstrap.handler(connected.append), 1)
    channel = await pool.acquire()
    late = asyncio.create_task(pool.acquire())
    await waiting(pool)

    await pool.release(channel)
    await pool.close()

    with pytest.raises(ClosedPoolError):
        await late
    assert [channel] == connected
    assert (0, 0, 0) == pool.statistics()


@pytest.mark.parametrize("pool_class", [SimpleChannelPool, FixedChannelPool])
async def test_a_connection_that_is_made_while_the_pool_closes_does_not_stay(bootstrap: Bootstrap, pool_class: Any) -> None:
    """Who has asked for it is refused, and its place is free."""
    connecting: list[Channel] = []
    began = asyncio.Event()

    def begin(channel: Channel) -> None:
        connecting.append(channel)
        began.set()

    pool = pool_class(bootstrap.handler(begin), *((2,) if pool_class is FixedChannelPool else ()))
    late = asyncio.create_task(pool.acquire())
    await began.wait()
    assert not connecting[0].is_active
    await pool.close()

    with pytest.raises(ClosedPoolError, match=r"^the pool was closed while a connection was made$"):
        await late
    assert [False] == [channel.is_open for channel in connecting]
    assert (0, 0, 0) == pool.statistics()


async def test_a_close_that_is_given_up_has_closed_all_that_was_idle(new_pool: Any) -> None:
    """And not the first of them alone."""
    pool = new_pool(3)
    channels = [await pool.acquire() for _ in range(3)]
    for channel in channels:
        await pool.release(channel)
    closing = asyncio.create_task(pool.close())
    await asyncio.sleep(0)

    closing.cancel()
    await asyncio.wait((closing,))

    assert [False, False, False] == [channel.is_open for channel in channels]
    assert (0, 0, 0) == pool.statistics()


@pytest.mark.parametrize("how", ["timeout", "cancelled", "closed"])
async def test_nothing_is_kept_of_those_who_have_waited(new_pool: Any, how: str) -> None:
    """However they went away: a pool that is too small for long does not grow."""
    pool = new_pool(1, acquire_timeout_seconds=0.001 if how == "timeout" else 0)
    await pool.acquire()
    tasks = [asyncio.ensure_future(pool.acquire()) for _ in range(20)]
    await waiting(pool, 20)
    if how == "cancelled":
        for task in tasks:
            task.cancel()
    elif how == "closed":
        await pool.close()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    expected = {"timeout": AcquireTimeoutError, "cancelled": asyncio.CancelledError, "closed": ClosedPoolError}[how]
    assert {expected} == {type(outcome) for outcome in outcomes}
    assert 0 == len(pool._waiting) == pool.statistics().waiting


async def test_a_pool_without_a_limit_connects_whenever_nothing_is_idle(bootstrap: Bootstrap) -> None:
    """What comes back is used again."""
    pool = SimpleChannelPool(bootstrap)
    channels = [await pool.acquire() for _ in range(5)]
    assert PoolStatistics(5, 0, 0) == pool.statistics()
    for channel in channels:
        await pool.release(channel)
    assert channels[-1] is await pool.acquire()
    assert PoolStatistics(1, 4, 0) == pool.statistics()

    await pool.release(channels[-1])
    await pool.close()
    assert not any(channel.is_active for channel in channels)
    with pytest.raises(ClosedPoolError):
        await pool.acquire()


async def test_a_map_has_a_pool_for_each_key(bootstrap: Bootstrap) -> None:
    """Made when it is first asked for, closed when it is removed."""
    made: list[str] = []

    def new_pool(key: str) -> FixedChannelPool:
        made.append(key)
        return FixedChannelPool(bootstrap, 1)

    pools = ChannelPoolMap(new_pool)
    first = pools.get("a")
    assert first is pools.get("a")
    assert first is not pools.get("b")
    assert (["a", "b"], ["a", "b"], 2, True, False) == (made, list(pools), len(pools), "a" in pools, "c" in pools)

    assert await pools.remove("a")
    assert not await pools.remove("a")
    with pytest.raises(ClosedPoolError):
        await first.acquire()
    await pools.close()
    assert 0 == len(pools)
