"""The endpoint servers: the counts of all connections, those that have gone included."""

from pyboot.testing.application import connect
from tests.actuator.management_client import managed

from .connected import LineServer, Shout, said


async def test_it_tells_of_those_that_are_gone_too() -> None:
    """By the reason why they went."""
    properties = {"netty.servers.lines.max-connections": 7}
    async with managed(LineServer, Shout, properties=properties) as (client, context):
        async with connect(context, "lines") as stream:
            await said(stream, "one")
        async with connect(context, "lines") as stream:
            await said(stream, "four")
            while True:
                told = (await client.get("/servers/lines")).json()
                if told["connections"]["closed"]:
                    break
        nobody = await client.get("/servers/other")
        every = (await client.get("/servers")).json()

    assert (1, 7, 2) == (told["connections"]["open"], told["connections"]["max"], told["connections"]["opened"])
    assert 1 == sum(told["connections"]["closed"].values())
    assert ({"in": 9, "out": 9}, {"in": 2, "out": 2}) == (told["bytes"], told["messages"])
    assert ("tcp", 404, ["lines"]) == (told["transport"], nobody.status_code, list(every["servers"]))
    assert "Shout" in told["pipeline"][-1]
