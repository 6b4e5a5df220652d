"""The endpoint startup."""

from datetime import datetime

from tests.actuator.management_client import managed


async def test_steps_are_told_until_somebody_takes_them_away() -> None:
    """To read keeps them, to post does not; OPTIONS says that both may be done."""
    async with managed() as (client, _):
        first = (await client.get("/startup")).json()
        taken = (await client.post("/startup")).json()
        rest = (await client.get("/startup")).json()
        allow = (await client.options("/startup")).headers["allow"]

    events = first["timeline"]["events"]
    assert "GET, POST, HEAD, OPTIONS" == allow
    assert events
    assert [event["startupStep"] for event in events] == [event["startupStep"] for event in taken["timeline"]["events"]][: len(events)]
    assert all(event["startupStep"]["name"] for event in rest["timeline"]["events"])
    assert len(rest["timeline"]["events"]) < len(events)
    assert {"startTime", "endTime", "duration", "startupStep"} == set(events[0])
    assert ("settings", 0) == (events[0]["startupStep"]["name"], events[0]["startupStep"]["id"])
    parents = {event["startupStep"]["id"]: event["startupStep"].get("parentId") for event in events}
    assert all(parent is None or parent < own for own, parent in parents.items())
    assert datetime.fromisoformat(first["timeline"]["startTime"]) <= datetime.fromisoformat(events[0]["startTime"])
