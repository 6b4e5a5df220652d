"""Snapshots: asked once for all who look, when it is time, and never by who has gone."""

import asyncio
import json
import logging
from typing import Any

import pytest

from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.actuator.invocation import InvocationContext, Principal
from pyboot.actuator.page.snapshots import Question, Snapshots
from pyboot.actuator.web.refusal import RefusedRequestError

SERVERS = Question("servers", (), None, False)
ANYBODY = InvocationContext()


class Endpoint:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked = 0
        self.error: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.heard = asyncio.Event()

    async def ask(self, section: str, given: dict[str, object], context: InvocationContext) -> bytes:
        """Answer with the number of this time."""
        self.asked += 1
        self.heard.set()
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return json.dumps({"times": self.asked, **given}).encode()


async def looked(snapshots: Snapshots, *questions: Question, seconds: float = 5.0) -> list[dict[str, Any]]:
    """Look, and return what is told."""
    return [json.loads(data) for _, data in await snapshots.look([(each, ANYBODY) for each in questions], seconds)]


async def test_all_who_look_within_its_time_share_one_answer() -> None:
    """And the next time it is asked anew."""
    endpoint = Endpoint()
    snapshots = Snapshots(endpoint.ask, lambda: endpoint.now)
    first, second = await asyncio.gather(looked(snapshots, SERVERS), looked(snapshots, SERVERS))
    endpoint.now = 0.5
    third = await looked(snapshots, SERVERS)
    endpoint.now = 0.95
    fourth = await looked(snapshots, SERVERS)

    assert [{"section": "servers", "at": 0.0, "body": {"times": 1}}] == first == second == third
    assert 2 == fourth[0]["body"]["times"] == endpoint.asked


async def test_another_parameter_or_another_client_is_another_question() -> None:
    """An endpoint may tell one more than another."""
    endpoint = Endpoint()
    snapshots = Snapshots(endpoint.ask, lambda: endpoint.now)
    told = await looked(
        snapshots,
        SERVERS,
        SERVERS._replace(given=(("limit", 5),)),
        SERVERS._replace(principal=Principal("ada")),
        SERVERS._replace(is_authorized=True),
    )
    assert (4, 5) == (endpoint.asked, told[1]["body"]["limit"])


async def test_one_that_takes_long_holds_up_nobody() -> None:
    """Its answer comes with a later look; meanwhile it is not asked again."""
    endpoint = Endpoint()
    endpoint.open.clear()
    snapshots = Snapshots(endpoint.ask, lambda: endpoint.now)
    assert [] == await looked(snapshots, SERVERS, seconds=0)
    endpoint.now = 5.0
    assert [] == await looked(snapshots, SERVERS, seconds=0)
    endpoint.open.set()
    told = await looked(snapshots, SERVERS)
    assert ([1], 1) == ([each["body"]["times"] for each in told], endpoint.asked)


async def test_failures_are_told_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """What a request asks wrongly is told as it is, whatever else goes wrong is in the log."""
    endpoint = Endpoint()
    snapshots = Snapshots(endpoint.ask, lambda: endpoint.now)
    endpoint.error = InvalidEndpointRequestError("no such server")
    refused = await looked(snapshots, SERVERS)
    endpoint.error = OSError("disk")
    with caplog.at_level(logging.ERROR):
        for endpoint.now in (2.0, 4.0):
            failed = await looked(snapshots, SERVERS)

    endpoint.error, endpoint.now = RefusedRequestError(504, "worker 1 does not answer"), 6.0
    silent = await looked(snapshots, SERVERS)

    assert ("no such server", "it could not be answered; the log says why") == (refused[0]["failure"], failed[0]["failure"])
    assert "worker 1 does not answer" == silent[0]["failure"]
    assert 1 == len(caplog.records)


async def test_who_goes_stops_nothing_and_when_all_have_gone_everything_is_forgotten() -> None:
    """A look that is cancelled leaves its question asked; closing cancels it."""
    endpoint = Endpoint()
    endpoint.open.clear()
    snapshots = Snapshots(endpoint.ask, lambda: endpoint.now)
    gone = asyncio.create_task(looked(snapshots, SERVERS))
    await endpoint.heard.wait()
    gone.cancel()
    await asyncio.wait({gone})
    endpoint.open.set()
    assert 1 == (await looked(snapshots, SERVERS))[0]["body"]["times"]

    snapshots.close()
    assert 2 == (await looked(snapshots, SERVERS))[0]["body"]["times"]
