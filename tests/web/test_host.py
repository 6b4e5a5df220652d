"""AsgiHost: one application for each server, its start and its end."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from pyboot.boot import Bean, Configuration, Import, PyBootApplication
from pyboot.boot.errors import LifecycleError
from pyboot.netty import NettyServers
from pyboot.web import AsgiHost
from tests.web.web_client import served

STEPS: list[str] = []


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
    """Note start and end."""
    STEPS.append("start")
    yield {"pool": "there"}
    STEPS.append("end")


async def tell(request: Request) -> JSONResponse:
    """Tell what the application was told."""
    return JSONResponse([request.state.pool, request.url.path, request.scope["root_path"], request.client and request.client.host])


@Configuration
class Web:
    """One application, for all servers."""

    @Bean
    def application(self) -> Starlette:
        """Make it."""
        STEPS.append("made")
        return Starlette(routes=[Route("/tell", tell)], lifespan=lifespan)


@PyBootApplication(scan=())
@Import(Web)
class App:
    """Has it."""


async def test_an_application_that_is_a_bean_is_served_and_begins_and_ends_once() -> None:
    """By the server `web`, before it is bound and after it is closed."""
    STEPS.clear()
    async with served(App) as (client, _):
        assert ["there", "/tell", "", "127.0.0.1"] == (await client.get("/tell")).json()
        assert ["made", "start"] == STEPS

    assert ["made", "start", "end"] == STEPS


async def test_several_servers_serve_one_application() -> None:
    """It begins once for all of them."""
    STEPS.clear()
    settings = {"netty.servers.a.asgi": "application", "netty.servers.b.asgi": "application"}
    async with served(App, settings, "a") as (client, context):
        host, port = context.get(NettyServers).address("b")
        assert 200 == (await client.get("/tell")).status_code
        assert 200 == (await client.get(f"http://{host}:{port}/tell")).status_code
        assert ["a", "b"] == context.get(NettyServers).names
        assert context.get(AsgiHost).application("a") is context.get(AsgiHost).application("b")

    assert ["made", "start", "end"] == STEPS


async def test_the_site_of_a_server() -> None:
    """Where it is mounted, and whose word it takes."""
    settings = {"netty.servers.web.http": {"root-path": "shop/", "trustedProxies": ["127.0.0.1"]}}
    async with served(App, settings) as (client, _):
        answer = await client.get("/tell", headers={"X-Forwarded-For": "1.2.3.4"})
        assert ["there", "/shop/tell", "/shop", "1.2.3.4"] == answer.json()


def working(work: Callable[[], Awaitable[None]]) -> type:
    """An application that does *work* behind its answers."""

    async def later(request: Request) -> PlainTextResponse:
        return PlainTextResponse("soon", background=BackgroundTask(work))

    @Configuration
    class Later:
        @Bean
        def application(self) -> Starlette:
            return Starlette(routes=[Route("/", later)], lifespan=lifespan)

    @PyBootApplication(scan=())
    @Import(Later)
    class Working:
        """Has it."""

    return Working


@pytest.mark.parametrize("threads", [0, 2])
async def test_a_stop_waits_for_work_behind_a_response(threads: int) -> None:
    """Which nobody else holds, whatever loop it is on, and which still has what the lifespan has made."""
    home = asyncio.get_running_loop()
    stopping = asyncio.Event()

    async def work() -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(stopping.wait(), home))
        await asyncio.sleep(0.05)  # the stop is under way
        STEPS.append("worked")

    STEPS.clear()
    async with served(working(work), {"netty.worker.threads": threads}) as (client, _):
        assert "soon" == (await client.get("/")).text
        gc.collect()
        home.call_soon(stopping.set)

    assert ["start", "worked", "end"] == STEPS


@pytest.mark.parametrize("threads", [0, 2])
async def test_work_that_outlasts_the_stop_is_cancelled(threads: int) -> None:
    """At its deadline, and the lifespan ends behind it all the same."""

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            STEPS.append("cancelled")

    STEPS.clear()
    settings = {"netty.worker.threads": threads, "pyboot.lifecycle.timeout-per-shutdown-phase": "100ms"}
    with pytest.RaisesGroup(TimeoutError):
        async with served(working(work), settings) as (client, _):
            assert "soon" == (await client.get("/")).text

    assert ["start", "cancelled", "end"] == STEPS


async def test_an_application_that_refuses_stops_the_start_and_nothing_is_bound() -> None:
    """With its reason; what had begun before ends."""

    @asynccontextmanager
    async def refusing(app: Starlette) -> AsyncIterator[None]:
        raise OSError("no database")
        yield

    @Configuration
    class Refusing:
        @Bean
        def other(self) -> Starlette:
            return Starlette(routes=[Route("/", lambda _: PlainTextResponse(""))], lifespan=refusing)

    @PyBootApplication(scan=())
    @Import(Web, Refusing)
    class Both:
        """Has one that begins and one that does not."""

    STEPS.clear()
    with pytest.raises(LifecycleError, match="no database"):
        async with served(Both, {"netty.servers.a.asgi": "application", "netty.servers.b.asgi": "other"}, "a"):
            pass
    assert ["made", "start", "end"] == STEPS
