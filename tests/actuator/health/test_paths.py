"""HealthPaths: groups of health at paths of the application's own servers."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from pyboot.actuator import ManagementServer
from pyboot.actuator.errors import HealthPathError
from pyboot.actuator.health.paths import HealthPaths, additional_paths
from pyboot.actuator.health.properties import HealthProperties
from pyboot.boot import ApplicationAvailability, ReadinessState, start
from pyboot.boot.errors import LifecycleError
from pyboot.components.netty.wire.http.message import FullHttpResponse, HttpRequest
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer, NettyServers
from tests.actuator.management_client import application, managed

PROBES = {"management.endpoint.health.probes.add-additional-paths": True}


@NettyServer(port=0)
class Site:
    """Speaks HTTP."""

    pipeline = ("http-server",)


@ChannelHandlerBean(server="site")
class Pages(ChannelHandler[object]):
    """Answers every request."""

    def channel_read(self, ctx: ChannelHandlerContext, message: object, /) -> None:
        """Say what was asked."""
        if isinstance(message, HttpRequest):
            ctx.write_and_flush(FullHttpResponse(200, f"page {message.method} {message.uri}".encode()))


async def asked(properties: Mapping[str, Any], *requests: tuple[str, str], is_refusing: bool = False) -> list[tuple[int, str]]:
    """What the application's own server answers, all over one connection."""
    async with managed(Site, Pages, exposing="health", properties=properties) as (_, context):
        if is_refusing:
            await context.get(ApplicationAvailability).change(ReadinessState.REFUSING_TRAFFIC)
        host, port = context.get(NettyServers).address("site")
        async with httpx2.AsyncClient(base_url=f"http://{host}:{port}") as client:
            answers = [await client.request(*request) for request in requests]
    return [(answer.status_code, answer.text) for answer in answers]


async def test_probes_are_answered_where_the_work_comes_in() -> None:
    """Beside the application's own pages, over the same connection; with the status alone."""
    found = await asked(PROBES, ("GET", "/livez"), ("GET", "/a"), ("GET", "/readyz?x=1"), ("POST", "/livez"), ("HEAD", "/livez"))

    assert [(200, '{"status":"UP"}'), (200, "page GET /a"), (200, '{"status":"UP"}'), (200, "page POST /livez"), (200, "")] == found


async def test_an_application_that_refuses_work_is_not_ready_and_lives() -> None:
    """Platforms go by the status code."""
    found = await asked(PROBES, ("GET", "/livez"), ("GET", "/readyz"), is_refusing=True)

    assert [(200, '{"status":"UP"}'), (503, '{"status":"OUT_OF_SERVICE"}')] == found


async def test_any_group_can_have_a_path_and_content_of_its_request_is_dropped() -> None:
    """With the details that settings show to everybody."""
    properties = {
        "management.endpoint.health.group.disk.include": "diskSpace",
        "management.endpoint.health.group.disk.additional-path": "server:/disk",
        "management.endpoint.health.group.disk.show-components": "always",
    }
    async with managed(Site, Pages, properties=properties) as (_, context):
        host, port = context.get(NettyServers).address("site")
        async with httpx2.AsyncClient(base_url=f"http://{host}:{port}") as client:
            told = await client.request("GET", "/disk", content=b"x" * 5000)
            assert {"diskSpace": {"status": "UP"}} == told.json()["components"]
            assert "page GET /livez" == (await client.get("/livez")).text


async def test_a_group_may_be_at_the_root_of_the_management_server() -> None:
    """Where also somebody gets it who asks by a foreign name, as a balancer does; nothing else is."""
    properties = {"management.endpoint.health.group.liveness.include": "livenessState"}
    properties["management.endpoint.health.group.liveness.additional-path"] = "management:/healthz"
    async with managed(properties=properties) as (_, context):
        host, port = context.get(ManagementServer).address
        async with httpx2.AsyncClient(base_url=f"http://{host}:{port}", headers={"host": "10.0.0.1"}) as client:
            assert '{"status":"UP"}' == (await client.get("/healthz")).text
            assert 403 == (await client.get("/actuator/env")).status_code


async def test_without_such_settings_nothing_stands_anywhere() -> None:
    """No bean, no handler."""
    async with managed(Site, Pages) as (_, context):
        assert context.find(HealthPaths) is None
    assert [(200, "page GET /livez")] == await asked({}, ("GET", "/livez"))


async def test_without_a_server_of_http_the_start_is_refused() -> None:
    """With what else there is."""
    with pytest.raises(LifecycleError, match="no server of the application speaks HTTP") as caught:
        async with start(application(), properties={"management.server.port": 0, **PROBES}):
            pass

    assert isinstance(caught.value.__cause__, HealthPathError)
    assert "management:/healthz" in caught.value.__cause__.action


def test_two_groups_at_one_path_are_refused() -> None:
    """With both names; at the two servers one path may mean two."""

    def settings(**paths: str) -> HealthProperties:
        return HealthProperties.model_validate({"group": {name: {"additional_path": path} for name, path in paths.items()}})

    assert 2 == len(additional_paths(settings(one="server:/x", two="management:/x")))
    with pytest.raises(HealthPathError, match="'one' and 'two'"):
        additional_paths(settings(one="server:/x", two="server:/x"))


@pytest.mark.parametrize("path", ["/x", "server:x", "other:/x", "server:/x?y", "server:/"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    """By its form."""
    with pytest.raises(ValueError, match="pattern"):
        HealthProperties.model_validate({"group": {"one": {"additional_path": path}}})
