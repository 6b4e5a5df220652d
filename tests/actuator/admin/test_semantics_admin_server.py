"""What a Spring Boot Admin server does with an application, from its first registration to its end: acceptance M2.

The calls are those of its sources: of `StatusUpdater`, `InfoUpdater` and the endpoint strategies, then those of each view, as
``services/instance.ts`` makes them, and the fields are those that the views read. See `admin_server` for what stands for the real one.
"""

import os
import time
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

import httpx2
import pytest

from pyboot.boot import Component, Scheduled, start
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer
from tests.actuator.admin.admin_server import OF_THE_UI, AdminServer, Instance, admin_server, endpoints_of, status_of
from tests.actuator.management_client import application

MOST_SECONDS = 0.1  # of processor time, a call: acceptance M2, made independent of neighbours


@Component
class Jobs:
    """Has a schedule of each kind."""

    @Scheduled(cron="0 0 * * *")
    def nightly(self) -> None:
        """Run at night."""

    @Scheduled(every="1h")
    def hourly(self) -> None:
        """Run each hour."""

    @Scheduled(delay="2h", initial="1m")
    def behind(self) -> None:
        """Run behind the last."""


@NettyServer(port=0)
class Lines:
    """Has a pipeline."""

    pipeline = ("line", "string")


@ChannelHandlerBean
class Greets(ChannelHandler[str]):
    """Takes lines."""

    def channel_read(self, ctx: ChannelHandlerContext, message: str, /) -> None:
        """Take one."""


class Seen:
    """The admin server, the instance that it knows, and its own client, which goes as the UI does through it."""

    def __init__(self, admin: AdminServer, instance: Instance, endpoints: Mapping[str, str], client: httpx2.AsyncClient) -> None:
        self.admin, self.instance, self.endpoints, self.client = admin, instance, endpoints, client

    async def get(self, path: str, **arguments: Any) -> httpx2.Response:
        """GET what the UI gets as ``actuator/<path>``: through the address that was found for its endpoint, in time."""
        id, slash, rest = path.partition("/")
        begun = time.process_time()
        answer = await self.client.get(f"{self.endpoints[id]}{slash}{rest}", headers={"accept": OF_THE_UI}, **arguments)
        assert time.process_time() - begun < MOST_SECONDS, path
        return answer

    async def read(self, path: str, **arguments: Any) -> Any:
        """The same for what a view wants to read."""
        answer = await self.get(path, **arguments)
        assert 200 == answer.status_code, path
        assert answer.headers["content-type"].startswith("application/vnd.spring-boot.actuator.v3+json")
        return answer.json()

    async def metric(self, name: str, **tags: str) -> list[dict[str, Any]]:
        """The measurements of a metric, as `fetchMetric` asks: only for names that are there, the first tag twice."""
        assert name in (await self.read("metrics"))["names"]
        asked = [f"{key}:{value}" for key, value in tags.items()]
        measurements: list[dict[str, Any]] = (await self.read(f"metrics/{name}", params={"tag": [*asked[:1], *asked]}))["measurements"]
        return measurements


@pytest.fixture
async def seen() -> AsyncIterator[Seen]:
    """An application that everything is exposed of, as an admin server sees it."""
    async with admin_server() as admin, httpx2.AsyncClient() as client:
        settings = {
            "management.server.port": 0,
            "management.endpoints.web.exposure.include": "*",
            "management.endpoint.health.show-details": "always",
            "management.info.process.enabled": True,
            "management.admin.client.url": admin.url,
            "pyboot.application.name": "greeter",
            "info.team": "ops",
        }
        async with start(application(Jobs, Lines, Greets), properties=settings):
            await admin.until(1)
            (instance,) = admin.instances.values()
            yield Seen(admin, instance, await endpoints_of(instance, client), client)
        assert "OFFLINE" == await status_of(instance, client)
        assert [instance.id] == admin.gone


async def test_it_is_up_and_its_endpoints_are_found(seen: Seen) -> None:
    """By the index, and also by asking for each."""
    assert "UP" == await status_of(seen.instance, seen.client)
    assert {"health", "info", "metrics", "env", "beans", "loggers", "mappings", "startup", "conditions", "configprops"} <= set(
        seen.endpoints
    )
    one_url = Instance("x", {**seen.instance.registration, "serviceUrl": seen.instance.registration["managementUrl"]})
    assert {"health", "env", "metrics", "info", "loggers", "beans", "startup"} == set(await endpoints_of(one_url, seen.client))


async def test_the_view_of_details_has_its_numbers(seen: Seen) -> None:
    """Process, memory, threads, collector, health and info."""
    for name in ("process.uptime", "system.cpu.count", "process.cpu.usage", "system.cpu.usage"):
        assert isinstance((await seen.metric(name))[0]["value"], int | float)
    assert "seconds" == (await seen.read("metrics/process.uptime"))["baseUnit"]
    for area in ("heap", "nonheap"):
        for name in ("jvm.memory.max", "jvm.memory.used", "jvm.memory.committed"):
            assert isinstance((await seen.metric(name, area=area))[0]["value"], int | float)
    assert [{"tag": "area", "values": ["heap", "nonheap"]}] == (await seen.read("metrics/jvm.memory.used"))["availableTags"]
    for name in ("jvm.threads.live", "jvm.threads.peak", "jvm.threads.daemon"):
        assert (await seen.metric(name))[0]["value"] >= 0
    collected = {each["statistic"].lower(): each["value"] for each in await seen.metric("jvm.gc.pause")}
    assert {"count", "total_time", "max"} == set(collected)

    health = await seen.read("health")
    assert {"liveness", "readiness"} <= set(health["groups"])
    assert {"status", "details"} <= set(health["components"]["diskSpace"])
    assert "UP" == (await seen.read("health/liveness"))["status"]
    assert os.getpid() == (await seen.read("info"))["process"]["pid"]
    assert os.getpid() == (await seen.read("env/PID"))["property"]["value"]


async def test_the_view_of_loggers_reads_and_sets(seen: Seen) -> None:
    """Levels, loggers, groups; and an empty object takes a level away."""
    told = await seen.read("loggers")
    assert {"levels", "loggers", "groups"} <= set(told)
    assert {"effectiveLevel"} <= set(told["loggers"]["ROOT"])
    for body, expected in (({"configuredLevel": "DEBUG"}, "DEBUG"), ({}, None)):
        assert 204 == (await seen.client.post(f"{seen.endpoints['loggers']}/pyboot.shown", json=body)).status_code
        assert expected == (await seen.read("loggers/pyboot.shown")).get("configuredLevel")


async def test_the_view_of_the_environment_is_for_reading(seen: Seen) -> None:
    """So it has no button to change anything; a slash behind the path is none of it."""
    assert all({"name", "properties"} <= set(source) for source in (await seen.read("env/"))["propertySources"])
    assert "POST" not in (await seen.client.options(seen.endpoints["env"])).headers["allow"]


async def test_the_view_of_the_start_is_read_and_not_taken_away(seen: Seen) -> None:
    """It asks which may be done."""
    assert "GET" in (await seen.client.options(seen.endpoints["startup"])).headers["allow"]
    assert {"id", "name", "tags"} <= set((await seen.read("startup"))["timeline"]["events"][0]["startupStep"])


async def test_the_views_of_the_container_have_their_contexts(seen: Seen) -> None:
    """Beans, conditions and settings."""
    (beans,) = (await seen.read("beans"))["contexts"].values()
    assert {"scope", "type", "aliases", "dependencies"} <= set(next(iter(beans["beans"].values())))
    (conditions,) = (await seen.read("conditions"))["contexts"].values()
    assert {"positiveMatches", "negativeMatches", "unconditionalClasses"} <= set(conditions)
    (configprops,) = (await seen.read("configprops"))["contexts"].values()
    assert {"prefix", "properties"} <= set(next(iter(configprops["beans"].values())))


async def test_the_view_of_mappings_shows_pipelines(seen: Seen) -> None:
    """As rows of handlers."""
    (context,) = (await seen.read("mappings"))["contexts"].values()
    rows = [row for each in context["mappings"]["dispatcherHandlers"].values() for row in each]
    assert rows
    assert all({"handler", "predicate"} <= set(row) for row in rows)


async def test_the_view_of_schedules_has_each_kind(seen: Seen) -> None:
    """With what comes next."""
    told = await seen.read("scheduledtasks")
    (cron,), (rate,), (delay,) = told["cron"], told["fixedRate"], told["fixedDelay"]
    assert ("0 0 * * *", 3_600_000, 7_200_000, 60_000) == (cron["expression"], rate["interval"], delay["interval"], delay["initialDelay"])
    assert all(each["runnable"]["target"] for each in (cron, rate, delay))
    assert datetime.fromisoformat(cron["nextExecution"]["time"])
