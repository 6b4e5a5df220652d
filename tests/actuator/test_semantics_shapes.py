"""The shapes of the endpoints that Spring Boot has too: fields and types as in its REST documentation: acceptance M1.

A shape is JSON whose leaves are types. ``{...: shape}`` is a map of any names; a field whose name ends in ``?`` may be absent; ``Any`` is
anything. What we say besides is written down too: a field that is in no shape fails.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from pyboot.boot import Component, Scheduled
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer
from tests.actuator.management_client import managed

type Shape = Any
NONE = type(None)
TIME = {"time": str}
LAST = {"time": str, "status": str, "exception?": {"type": str, "message": str}}
TASK = {"runnable": {"target": str}, "nextExecution?": TIME, "lastExecution?": LAST, "runs": int, "failures": int}
DELAYED = [{**TASK, "initialDelay": int, "interval": int}]
LEVELS = {"configuredLevel": (str, NONE), "effectiveLevel": str}
BEAN = {"aliases": [str], "scope": str, "type": str, "resource": str, "dependencies": [str]}
MATCH = {"condition": str, "message": str}
HEALTH: Shape = {"status": str, "components?": Any, "details?": Any}
VALUE = {"value": (str, int, bool, NONE), "origin?": str}


def in_context(shape: dict[str, Shape]) -> Shape:
    """The shape of what is told for each context."""
    return {"contexts": {...: {**shape, "parentId": (str, NONE)}}}


ROUTE = {"predicate": str, "handler": str, "details": Any}
SHAPES: dict[str, Shape] = {
    "": {"_links": {...: {"href": str, "templated": bool}}},
    "/health": {"status": str, "components": {...: HEALTH}, "groups": [str]},
    "/health/liveness": HEALTH,
    "/info": {},
    "/beans": in_context({"beans": {...: BEAN}}),
    "/conditions": in_context(
        {
            "positiveMatches": {...: [MATCH]},
            "negativeMatches": {...: {"notMatched": [MATCH], "matched": [MATCH]}},
            "exclusions": [str],
            "unconditionalClasses": [str],
        }
    ),
    "/configprops": in_context({"beans": {...: {"prefix": str, "properties": Any, "inputs": Any}}}),
    "/env": {"activeProfiles": [str], "defaultProfiles": [str], "propertySources": [{"name": str, "properties": {...: VALUE}}]},
    "/env/netty.port": {
        "property": {"source": str, "value": (str, int)},
        "activeProfiles": [str],
        "defaultProfiles": [str],
        "propertySources": [{"name": str, "property?": VALUE}],
    },
    "/loggers": {"levels": [str], "loggers": {...: LEVELS}, "groups": {...: {"configuredLevel?": (str, NONE), "members": [str]}}},
    "/loggers/ROOT": LEVELS,
    "/metrics": {"names": [str]},
    "/metrics/jvm.memory.used": {
        "name": str,
        "description": str,
        "baseUnit": str,
        "measurements": [{"statistic": str, "value": (int, float)}],
        "availableTags": [{"tag": str, "values": [str]}],
    },
    "/mappings": in_context({"mappings": {"dispatcherHandlers": {...: [ROUTE]}, "dispatcherServlets": {...: [ROUTE]}}}),
    "/httpexchanges": {"exchanges": []},
    "/scheduledtasks": {
        "cron": [{**TASK, "expression": str, "zone": str}],
        "fixedDelay": DELAYED,
        "fixedRate": DELAYED,
        "custom": [{**TASK, "trigger": str}],
    },
    "/startup": {
        "springBootVersion": str,
        "timeline": {
            "startTime": str,
            "events": [
                {
                    "startTime": str,
                    "endTime": str,
                    "duration": str,
                    "startupStep": {"id": int, "parentId?": int, "name": str, "tags": [{"key": str, "value": str}]},
                }
            ],
        },
    },
}


def differences(told: object, shape: Shape, place: str = "") -> list[str]:
    """Where *told* is not of *shape*."""
    if shape is Any:
        return []
    if isinstance(shape, list):
        if not isinstance(told, list):
            return [f"{place}: {told!r} is no list"]
        return [each for number, one in enumerate(told) for each in differences(one, shape[0], f"{place}[{number}]")]
    if not isinstance(shape, dict):
        is_it = isinstance(told, shape) and (not isinstance(told, bool) or shape is bool or (isinstance(shape, tuple) and bool in shape))
        return [] if is_it else [f"{place}: {told!r} is no {shape}"]
    if not isinstance(told, dict):
        return [f"{place}: {told!r} is no object"]
    if ... in shape:
        return [each for name, one in told.items() for each in differences(one, shape[...], f"{place}.{name}")]
    names = {name.rstrip("?"): name for name in shape}
    found = [f"{place}.{name}: missing" for name in shape if not name.endswith("?") and name not in told]
    found += [f"{place}.{name}: of no shape" for name in told if name not in names]
    return found + [each for name, one in told.items() if name in names for each in differences(one, shape[names[name]], f"{place}.{name}")]


@Component
class Jobs:
    """Has schedules."""

    @Scheduled(cron="0 0 * * *")
    def nightly(self) -> None:
        """Run at night."""

    @Scheduled(every="1h")
    async def hourly(self) -> None:
        """Fail."""
        raise OSError("full")

    @Scheduled(delay="1h")
    def behind(self) -> None:
        """Run behind the last."""


@NettyServer(port=0)
class Lines:
    """Has a pipeline."""

    pipeline = ("line", "string")


@ChannelHandlerBean
class Takes(ChannelHandler[str]):
    """Takes lines."""

    def channel_read(self, ctx: ChannelHandlerContext, message: str, /) -> None:
        """Take one."""


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    """A client of an application with something of everything."""
    settings = {"management.endpoint.health.show-details": "always", "management.endpoint.env.show-values": "always"}
    settings["management.httpexchanges.recording.enabled"] = "true"
    async with managed(Jobs, Lines, Takes, properties=settings) as (found, _):
        await asyncio.sleep(0)
        yield found


async def test_each_shape_is_as_documented(client: httpx2.AsyncClient) -> None:
    """With the vendor's media type, and the same as plain JSON for who asks for that."""
    found = list[str]()
    for path, shape in SHAPES.items():
        answer = await client.get(path)
        assert 200 == answer.status_code, path
        assert "application/vnd.spring-boot.actuator.v3+json" == answer.headers["content-type"], path
        found += differences(answer.json(), shape, path)
        plain = await client.get(path, headers={"accept": "application/json"})
        assert ("application/json", 200) == (plain.headers["content-type"], plain.status_code), path

    assert [] == found


async def test_what_is_asked_wrongly_is_answered_as_documented(client: httpx2.AsyncClient) -> None:
    """By the same body, whatever was wrong."""
    error = {"timestamp": str, "status": int, "error": str, "message?": str, "path": str}
    for method, path, headers, status in (
        ("GET", "/none", {}, 404),
        ("GET", "/metrics/none", {}, 404),
        ("GET", "/env/none.at.all", {}, 404),
        ("GET", "/health/none", {}, 404),
        ("GET", "/metrics/jvm.memory.used?tag=x", {}, 400),
        ("POST", "/beans", {}, 405),
        ("DELETE", "/loggers", {}, 405),
        ("GET", "/beans", {"accept": "image/png"}, 406),
        ("POST", "/loggers/a", {"content-type": "text/plain"}, 415),
    ):
        answer = await client.request(method, path, headers=headers, content=b"{}" if status == 415 else None)
        assert status == answer.status_code, path
        assert [] == differences(answer.json(), error, path)
        assert status != 405 or "GET" in answer.headers["allow"]


async def test_writes_have_no_content_in_their_answers(client: httpx2.AsyncClient) -> None:
    """Of a level; one that is none is refused."""
    assert (204, b"") == (lambda answer: (answer.status_code, answer.content))(
        await client.post("/loggers/pyboot.shape", json={"configuredLevel": "DEBUG"})
    )
    assert 400 == (await client.post("/loggers/pyboot.shape", json={"configuredLevel": "LOUD"})).status_code
    assert 204 == (await client.post("/loggers/pyboot.shape", json={})).status_code


def test_a_shape_that_does_not_fit_is_found() -> None:
    """Or none of the above would mean anything."""
    assert [".a: missing", ".b: of no shape"] == differences({"b": 1}, {"a": int})
    assert [".x[1]: True is no <class 'int'>"] == differences({"x": [1, True]}, {"x": [int]})
    assert [".n.v: 'a' is no <class 'int'>"] == differences({"n": {"v": "a"}}, {"n": {...: int}})
    assert [": [] is no object"] == differences([], {"a": int})
