"""The endpoint eventloop: how soon loops answer, and what their tasks wait for."""

import threading

from pyboot.boot import Component
from pyboot.netty.groups import WorkGroups
from pyboot.testing.application import connect
from tests.actuator.management_client import managed

from .connected import LineServer, Shout, said


@Component
class Asks:
    """Has the groups."""

    def __init__(self, groups: WorkGroups) -> None:
        self.groups = groups


async def test_it_tells_of_the_main_loop_and_those_of_groups() -> None:
    """With the places that tasks wait at."""
    async with managed(LineServer, Shout, properties={"netty.worker.threads": 2}) as (client, context), connect(context, "lines") as stream:
        await said(stream, "x")
        told = (await client.get("/eventloop")).json()["loops"]

    assert ["main", "worker-0", "worker-1"] == sorted(told)
    assert all(0 < loop["lag"]["min"] <= loop["lag"]["max"] < 1 and not loop["blocked"] for loop in told.values())
    assert told["main"]["tasks"]["total"] == sum(group["count"] for group in told["main"]["tasks"]["groups"])
    assert told["main"]["tasks"]["groups"][0]["stack"]


async def test_a_loop_that_is_stuck_is_told_apart() -> None:
    """The others are told of all the same."""
    gate = threading.Event()
    async with (
        managed(LineServer, Shout, Asks, properties={"netty.worker.threads": 2}) as (client, context),
        connect(context, "lines") as stream,
    ):
        await said(stream, "x")
        (_, first), _ = context.get(Asks).groups.loops()
        first.call_soon_threadsafe(gate.wait)
        try:
            told = (await client.get("/eventloop")).json()["loops"]
        finally:
            gate.set()

    assert {"main": False, "worker-0": True, "worker-1": False} == {name: loop["blocked"] for name, loop in told.items()}
