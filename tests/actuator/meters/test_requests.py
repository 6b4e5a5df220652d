"""The timer of requests of servers: its tags, as Spring's, in real applications."""

import gzip
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pyboot.actuator import MeterRegistry
from pyboot.actuator.autoconfigure import ActuatorAutoConfiguration
from pyboot.actuator.meters.requests import ServerRequestMeters, known_method, outcome_of, uri_of
from pyboot.boot import ApplicationContext, Import, PyBootApplication, start
from pyboot.components.netty import HttpClient
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.http.observer import HttpObservation
from pyboot.components.netty.wire.http.message import FullHttpRequest
from pyboot.netty import NettyServers
from pyboot.web import GetMapping, RestController


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


@PyBootApplication(scan=())
@Import(ActuatorAutoConfiguration, Users)
class App:
    """Is measured."""


def settings(**more: object) -> dict[str, object]:
    """On a free port, without a management server."""
    return {"management.server.port": -1, "netty.port": 0, **more}


async def told(context: ApplicationContext) -> dict[tuple[str, str, str, str, str], int]:
    """How many requests were timed, by method, uri, status, outcome and exception."""
    registry, names = context.get(MeterRegistry), ("method", "uri", "status", "outcome", "exception")
    await registry.prepare()
    samples = [sample for family in registry.collect() if family.spec.name == "http.server.requests" for sample in family.samples]
    found: dict[Any, int] = {}
    for tags, value in samples:
        assert not isinstance(value, int | float)
        assert value.total > 0
        found[tuple(dict(tags)[name] for name in names)] = value.count
    return found


@pytest.mark.parametrize("http2", [False, "prior-knowledge"])
async def test_controllers_are_timed_by_route_status_and_what_they_raise(http2: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Over HTTP/1.1 and HTTP/2; of HTTP/3 tests.netty.test_semantics_http3 tells."""
    properties = settings(**({"netty.servers.web.http2.enabled": True} if http2 else {}))
    async with start(App, properties=properties) as context, HttpClient(http2=http2) as client:
        port = context.get(NettyServers).address()[1]
        for path in ("/users/1", "/users/2", "/users/fail/3", "/nothing", "/users/x"):
            await client.get(f"http://127.0.0.1:{port}{path}")
        await client.request("BREW", f"http://127.0.0.1:{port}/users/1")
        assert {
            ("GET", "/users/{id}", "200", "SUCCESS", "none"): 2,
            ("GET", "/users/fail/{id}", "500", "SERVER_ERROR", "KeyError"): 1,
            ("GET", "NOT_FOUND", "404", "CLIENT_ERROR", "none"): 1,
            ("GET", "/users/{id}", "422", "CLIENT_ERROR", "none"): 1,
            ("UNKNOWN", "/users/{id}", "405", "CLIENT_ERROR", "none"): 1,
        } == await told(context)


async def test_static_files_and_what_is_answered_in_front_of_the_application_are_timed(tmp_path: Path) -> None:
    """By the path that the folder stands for."""
    (tmp_path / "a.txt").write_text("a" * 5000)
    options: Mapping[str, object] = {
        "netty.servers.web.http.static.files.root": str(tmp_path),
        "netty.servers.web.http.compression.codings": ["gzip"],
        "netty.servers.web.http.cors.origins": ["https://a.example"],
    }
    async with start(App, properties=settings(**options)) as context, HttpClient(decompress=False) as client:
        base = "http://127.0.0.1:%d" % context.get(NettyServers).address()[1]  # noqa: UP031
        file = await client.get(f"{base}/files/a.txt", headers={"accept-encoding": "gzip"})
        assert b"a" * 5000 == gzip.decompress(await file.read())
        preflight = {"origin": "https://a.example", "access-control-request-method": "GET"}
        await client.request("OPTIONS", f"{base}/users/1", headers=preflight)
        assert ("GET", "/files/**", "200", "SUCCESS", "none") in await told(context)
        assert 1 == sum(count for (method, *_), count in (await told(context)).items() if method == "OPTIONS")


async def test_nothing_stands_in_the_way_where_nobody_is_told() -> None:
    """The timer is switched off as any meter is: the pipeline is the one of an application without the room."""
    title = "HttpServerObservationHandler"
    for is_on in (True, False):
        async with start(App, properties=settings(**{"management.metrics.enable.http.server": is_on})) as context:
            (server,) = context.get(NettyServers).bound.values()
            stands = [type(each).__name__ for step in server.plan.steps for each in step.stands]
            assert is_on == (title in stands)
            assert is_on == bool(context.get_all(ServerRequestMeters))


def observation(path: str, route: str | None = None, status: int = 200) -> HttpObservation:
    """A request that has ended."""
    seen = HttpObservation(FullHttpRequest("GET", path), EmbeddedChannel(), 0.0)
    seen.status = status
    if route is not None:
        seen.route = route
    return seen


def test_routes_past_the_limit_are_not_timed_and_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    """What has its timer goes on; how many were left out is a meter."""
    registry = MeterRegistry()
    meters = ServerRequestMeters(registry, 2)
    with caplog.at_level(logging.WARNING):
        for route in ("/a", "/b", "/c", "/d", "/a"):
            meters.ended(observation("/", route))
    found = {family.spec.name: family.samples for family in registry.collect()}
    assert ["/a", "/b"] == sorted(dict(sample.tags)["uri"] for sample in found["http.server.requests"])
    assert [2] == [sample.value for sample in found["meters.refused"]]
    (line,) = caplog.messages
    assert "2 values of the tag uri" in line
    assert "management.metrics.web.server.max-uri-tags" in line


@pytest.mark.parametrize(
    ("route", "status", "path", "uri"),
    [
        ("/a/{b}", 404, "/a/1", "/a/{b}"),
        ("", 200, "/", "root"),
        (None, 301, "/a", "REDIRECTION"),
        (None, 404, "/a", "NOT_FOUND"),
        (None, 200, "/", "root"),
        (None, 200, "/a", "UNKNOWN"),
        (None, 0, "/a", "UNKNOWN"),
    ],
)
def test_a_word_stands_for_a_path_without_a_route(route: str | None, status: int, path: str, uri: str) -> None:
    """As in Spring: a path is never a tag."""
    assert uri == uri_of(route, status, path)


def test_outcomes_and_methods_are_few() -> None:
    """Whatever a client makes up."""
    assert ["UNKNOWN", "INFORMATIONAL", "SUCCESS", "REDIRECTION", "CLIENT_ERROR", "SERVER_ERROR", "UNKNOWN"] == [
        outcome_of(status) for status in (0, 101, 204, 304, 404, 503, 999)
    ]
    assert ("GET", "UNKNOWN") == (known_method("GET"), known_method("get"))
