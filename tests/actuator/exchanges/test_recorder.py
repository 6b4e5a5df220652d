"""What the servers of an application have answered is recorded, without secrets."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pyboot.actuator.exchanges.repository import HttpExchange, HttpExchangeRepository, InMemoryHttpExchangeRepository
from pyboot.boot import ApplicationContext, Component
from pyboot.components.netty import HttpClient
from pyboot.components.netty.handler.http.observer import HttpServerObserver
from pyboot.netty import NettyServers
from pyboot.web import GetMapping, RestController
from tests.actuator.management_client import managed

ON = {"management.httpexchanges.recording.enabled": True}


@RestController("/users")
class Users:
    """Answers."""

    @GetMapping("/{id}")
    async def one(self, id: int) -> dict[str, int]:
        """Tell one."""
        return {"id": id}

    @GetMapping("/fail/{id}")
    async def fail(self, id: int) -> None:
        """Raise."""
        raise KeyError(id)


def base(context: ApplicationContext) -> str:
    """Where the application answers."""
    return f"http://127.0.0.1:{context.get(NettyServers).address()[1]}"


async def recorded(properties: Mapping[str, object], headers: Mapping[str, str], path: str = "/users/1") -> Any:
    """What is told of one request."""
    async with managed(Users, properties=ON | dict(properties)) as (client, context), HttpClient() as http:
        await (await http.get(f"{base(context)}{path}", headers=headers)).read()
        (told,) = (await client.get("/httpexchanges")).json()["exchanges"]
    return told


@pytest.mark.parametrize("http2", [False, "prior-knowledge"])
async def test_requests_are_recorded_whatever_the_protocol(http2: Any) -> None:
    """In HTTP/1.1 and HTTP/2; also what has failed, and what nobody answers for."""
    properties = {**ON, "management.httpexchanges.recording.include": "time-taken,remote-address,response-headers"}
    properties |= {"netty.servers.web.http2.enabled": True} if http2 else {}
    async with managed(Users, properties=properties) as (client, context), HttpClient(http2=http2) as http:
        for path in ("/users/1", "/users/fail/2", "/nothing"):
            await (await http.get(f"{base(context)}{path}")).read()
        told = (await client.get("/httpexchanges")).json()["exchanges"]

    assert [404, 500, 200] == [each["response"]["status"] for each in told]
    assert ["/nothing", "/users/fail/2", "/users/1"] == [each["request"]["uri"].removeprefix(base_of(each)) for each in told]
    for each in told:
        assert ("GET", "127.0.0.1", {}) == tuple(each["request"][name] for name in ("method", "remoteAddress", "headers"))
        assert each["timeTaken"].startswith("PT0.")
        assert "content-type" in {name.lower() for name in each["response"]["headers"]}
    assert sorted((each["timestamp"] for each in told), reverse=True) == [each["timestamp"] for each in told]


def base_of(told: Any) -> str:
    """Scheme and host of what is told."""
    return "/".join(told["request"]["uri"].split("/")[:3])


async def test_files_and_answers_of_cors_are_recorded_too(tmp_path: Path) -> None:
    """Everything behind the codec."""
    (tmp_path / "a.txt").write_text("a")
    properties = {"netty.servers.web.http.static.files.root": str(tmp_path), "netty.servers.web.http.cors.origins": ["https://a.example"]}
    async with managed(Users, properties=ON | properties) as (client, context), HttpClient() as http:
        await (await http.get(f"{base(context)}/files/a.txt")).read()
        preflight = {"origin": "https://a.example", "access-control-request-method": "GET"}
        await (await http.request("OPTIONS", f"{base(context)}/users/1", headers=preflight)).read()
        told = (await client.get("/httpexchanges")).json()["exchanges"]

    assert ["OPTIONS", "GET"] == [each["request"]["method"] for each in told]
    assert told[0]["response"]["headers"]["access-control-allow-origin"] == ["https://a.example"]
    assert 200 == told[1]["response"]["status"]


SECRETS = {"authorization": "Bearer hunter2", "cookie": "session=hunter2", "x-api-key": "hunter2", "x-plain": "seen"}


async def test_secrets_are_left_out_or_masked() -> None:
    """Header fields by their name, passwords in the URI."""
    told = await recorded({}, SECRETS, "/users/1?password=hunter2&page=2")
    fields = {name.lower(): value for name, value in told["request"]["headers"].items()}

    assert "hunter2" not in str(told)
    assert (["seen"], ["******"]) == (fields["x-plain"], fields["x-api-key"])
    assert not {"authorization", "cookie"} & fields.keys()
    assert told["request"]["uri"].endswith("/users/1?password=******&page=2")


async def test_what_is_included_is_there_and_a_secret_is_masked_all_the_same() -> None:
    """Who wants to know whether somebody has said who it is sees that, and not what was said."""
    include = {"management.httpexchanges.recording.include": "request-headers,cookie-headers,authorization-header"}
    told = await recorded(include, SECRETS)
    fields = {name.lower(): value for name, value in told["request"]["headers"].items()}

    assert (["******"], ["session=hunter2"]) == (fields["authorization"], fields["cookie"])
    assert ({}, False, False) == (told["response"]["headers"], "timeTaken" in told, "remoteAddress" in told["request"])


@Component
class Own(HttpExchangeRepository):
    """Keeps them elsewhere."""

    def __init__(self) -> None:
        self.kept: list[HttpExchange] = []

    def add(self, exchange: HttpExchange) -> None:
        """Keep it."""
        self.kept.append(exchange)

    def find_all(self) -> Sequence[HttpExchange]:
        """Tell of none."""
        return []


async def test_a_repository_of_the_application_takes_the_place_of_ours() -> None:
    """It is told, and asked."""
    async with managed(Users, Own, properties=ON) as (client, context), HttpClient() as http:
        await (await http.get(f"{base(context)}/users/1")).read()
        assert 1 == len(context.get(Own).kept)
        assert [] == (await client.get("/httpexchanges")).json()["exchanges"]
        assert not context.get_all(InMemoryHttpExchangeRepository)


async def test_nothing_hears_of_requests_where_recording_is_off() -> None:
    """Without the timer there is no observer at all, and nothing in the pipeline."""
    async with managed(Users, properties={"management.metrics.enable.http.server": False}) as (_, context):
        assert [] == list(context.get_all(HttpServerObserver))
        (server,) = context.get(NettyServers).bound.values()
        assert "HttpServerObservationHandler" not in {type(each).__name__ for step in server.plan.steps for each in step.stands}
