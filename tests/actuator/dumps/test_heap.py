"""The endpoint heapdump."""

import asyncio
import tracemalloc
from typing import Any

import pytest

from pyboot.actuator.dumps import heap
from tests.actuator.management_client import managed

OPEN = {"management.endpoint.heapdump.access": "unrestricted"}


class Cart:
    """Is counted."""

    def __init__(self) -> None:
        self.items: list[int] = []


async def test_it_is_not_there_by_itself() -> None:
    """As Spring Boot's."""
    async with managed() as (client, _):
        assert 404 == (await client.get("/heapdump")).status_code


async def test_objects_are_counted_by_type_with_what_they_have_grown_by() -> None:
    """Since the time before; the first knows nothing of that."""
    carts = [Cart() for _ in range(5000)]
    async with managed(properties=OPEN) as (client, _):
        first = (await client.get("/heapdump", params={"limit": 1000})).json()
        carts += [Cart() for _ in range(20)]
        second = (await client.get("/heapdump", params={"limit": 1000})).json()
        few = (await client.get("/heapdump", params={"limit": 2})).json()

    counts = [next(each for each in told["objects"]["types"] if each["type"] == f"{__name__}.Cart") for told in (first, second)]
    assert [(5000, None), (5020, 20)] == [(each["count"], each["growth"]) for each in counts]
    assert 2 == len(few["objects"]["types"])
    assert {"enabled", "counts", "thresholds", "generations", "frozen", "garbage"} == set(first["gc"])
    assert first["tracemalloc"] is None


async def test_all_who_ask_while_it_counts_share_one_census(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many: to list all objects holds up the loop each time; and one that goes takes it from nobody."""
    listed = 0

    def list_objects() -> list[Any]:
        nonlocal listed
        listed += 1
        return list(range(heap._SLICE * 50))

    monkeypatch.setattr(heap.gc, "get_objects", list_objects)
    endpoint = heap.HeapDumpEndpoint()
    asking = [asyncio.create_task(endpoint.census(limit=1)) for _ in range(100)]
    await asyncio.sleep(0)
    asking[0].cancel()
    told = await asyncio.gather(*asking[1:])
    again = await endpoint.census()
    await endpoint.aclose()

    assert 2 == listed
    assert {(heap._SLICE * 50, None)} == {(each["objects"]["total"], each["objects"]["growth"]) for each in told}
    assert 0 == again["objects"]["growth"]


async def test_a_census_ends_with_the_application() -> None:
    """It is made by nobody in particular."""
    endpoint = heap.HeapDumpEndpoint()
    asking = asyncio.create_task(endpoint.census())
    await asyncio.sleep(0)
    await endpoint.aclose()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "heapdump: census"]


async def test_who_takes_memory_is_traced_for_a_while() -> None:
    """Between start and stop, and not at other times."""
    async with managed(properties=OPEN) as (client, _):
        assert {"tracing": True} == (await client.post("/heapdump", json={"action": "start"})).json()
        kept = [bytes(1000) for _ in range(1000)]
        told = (await client.get("/heapdump")).json()["tracemalloc"]
        assert {"tracing": False} == (await client.post("/heapdump", json={"action": "stop"})).json()
        assert (await client.get("/heapdump")).json()["tracemalloc"] is None

    place = told["places"][0]
    assert (__file__, True) == (place["file"], place["bytes"] >= 1000 * len(kept))
    assert {"bytes", "peakBytes", "traceBytes", "places"} == set(told)


async def not_tracing() -> None:
    """Wait until nobody traces."""
    while tracemalloc.is_tracing():  # noqa: ASYNC110  nobody tells of it
        await asyncio.sleep(0)


async def test_tracing_ends_by_itself() -> None:
    """After its seconds."""
    async with managed(properties=OPEN) as (client, _):
        await client.post("/heapdump", json={"action": "start", "seconds": 0.01})
        await not_tracing()


async def test_tracing_ends_where_its_traces_would_take_too_long_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which the memory that they take tells."""
    monkeypatch.setattr(heap, "MOST_TRACE_BYTES", 0)
    async with managed(properties=OPEN) as (client, _):
        await client.post("/heapdump", json={"action": "start", "seconds": 3600})
        await not_tracing()


async def test_tracing_ends_with_the_application() -> None:
    """It would slow down who comes after it."""
    async with managed(properties=OPEN) as (client, _):
        await client.post("/heapdump", json={"action": "start", "seconds": 3600})
    assert not tracemalloc.is_tracing()


async def test_somebody_elses_tracing_is_left_alone() -> None:
    """It is read, and not ended."""
    tracemalloc.start()
    try:
        async with managed(properties=OPEN) as (client, _):
            assert {"tracing": True} == (await client.post("/heapdump", json={"action": "start"})).json()
            assert {"tracing": True} == (await client.post("/heapdump", json={"action": "stop"})).json()
            assert (await client.get("/heapdump")).json()["tracemalloc"]["places"]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("body", [{}, {"action": "pause"}, {"action": "start", "seconds": 0}, {"action": "start", "frames": 11}])
async def test_what_means_nothing_is_refused(body: dict[str, Any]) -> None:
    """As any parameter."""
    async with managed(properties=OPEN) as (client, _):
        assert 400 == (await client.post("/heapdump", json=body)).status_code
