"""Which beans the web room adds, for what."""

from typing import Any

import pytest

from pyboot.boot import Component, Import, PyBootApplication, Scope
from pyboot.boot.errors import BootError
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer
from pyboot.web import GetMapping, RestController
from pyboot.web.errors import MappingClashError, WebExtraError
from tests.web.web_client import served


@Component
@Scope("channel")
class Session:
    """Lives as long as a connection."""

    def __init__(self) -> None:
        """Begin."""
        self.requests = 0


@RestController("/count")
class Counting:
    """Counts the requests of a connection."""

    @GetMapping
    async def count(self, session: Session) -> int:
        """Count one."""
        session.requests += 1
        return session.requests


@PyBootApplication(scan=())
@Import(Session, Counting)
class App:
    """Has a controller."""


async def test_beans_of_the_connection_are_shared_by_its_requests_and_its_handlers() -> None:
    """The store is the connection's own: a handler in front has the same bean."""

    @ChannelHandlerBean(order=5, server="web")
    class Front(ChannelHandler[Any]):
        def __init__(self, session: Session) -> None:
            self.session = session

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            self.session.requests += 10
            ctx.fire_channel_read(msg)

    @PyBootApplication(scan=())
    @Import(Session, Counting, Front)
    class Fronted:
        """Has a handler as well."""

    for app, expected in ((App, [1, 2]), (Fronted, [11, 22])):
        async with served(app) as (client, _):
            assert expected == [(await client.get("/count")).json() for _ in range(2)]


async def test_a_server_of_one_s_own_serves_the_controllers_if_its_settings_say_so() -> None:
    """A label gives the address, the setting the application."""

    @NettyServer(port=0)
    class SiteServer:
        pipeline = ["http-server"]

    @PyBootApplication(scan=())
    @Import(Session, Counting, SiteServer)
    class Own:
        """Has a server."""

    async with served(Own, {"netty.servers.site.asgi": "fastapi_application"}, "site") as (client, _):
        assert 1 == (await client.get("/count")).json()


@pytest.mark.parametrize(("settings", "seconds"), [({}, 30.0), ({"netty.servers.web.write-stall-timeout": "2m"}, 120.0)])
async def test_who_takes_nothing_of_an_answer_is_cut_off_sooner(settings: dict[str, object], seconds: float) -> None:
    """In half a minute, unless the settings say another time."""
    seen: list[float | None] = []

    @ChannelHandlerBean(order=5, server="web")
    class Look(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            seen.append(ctx.channel.config.write_stall_timeout)
            ctx.fire_channel_read(msg)

    @PyBootApplication(scan=())
    @Import(Session, Counting, Look)
    class Looking:
        """Looks at its connections."""

    async with served(Looking, settings) as (client, _):
        await client.get("/count")
    assert [seconds] == seen


async def test_wsgi() -> None:
    """An application in worker threads, with content."""

    @PyBootApplication(scan=())
    class Empty:
        """Has nothing."""

    async with served(Empty, {"netty.servers.site.wsgi": "tests.web.plain_app:wsgi"}, "site") as (client, _):
        assert "wsgi /a hello" == (await client.post("/a", content=b"hello")).text


async def test_controllers_without_fastapi_are_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of them is named."""
    monkeypatch.setattr("pyboot.web.definitions.find_spec", lambda name: None)

    with pytest.raises(WebExtraError, match=r"The controller 'counting' \(.*test_definitions.py:"):
        async with served(App):
            pass


async def test_a_clash_is_found_before_anything_is_made() -> None:
    """Also by who only looks."""

    @RestController("/count")
    class Other:
        @GetMapping
        def count(self) -> int:
            return 0

    @PyBootApplication(scan=())
    @Import(Session, Counting, Other)
    class Clash:
        """Has two answers."""

    with pytest.raises((MappingClashError, BootError), match="Two methods answer GET /count"):
        async with served(Clash):
            pass
