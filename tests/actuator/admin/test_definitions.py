"""The client of Spring Boot Admin in an application: when it is there, and what it says of one."""

import asyncio
import logging
from typing import Any

import pytest

from pyboot.actuator.admin.registrator import ApplicationRegistrator
from pyboot.actuator.errors import AdminClientError
from pyboot.boot import start
from pyboot.boot.errors import BindError
from pyboot.boot.lifecycle.shutdown import Shutdown
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer
from tests.actuator.admin.admin_server import admin_server
from tests.actuator.management_client import application

FREE = {"management.server.port": 0, "netty.port": 0}


@NettyServer(port=0)
class Site:
    """Speaks HTTP."""

    pipeline = ("http-server",)


@ChannelHandlerBean
class Pages(ChannelHandler[object]):
    """Takes requests."""

    def channel_read(self, ctx: ChannelHandlerContext, message: object, /) -> None:
        """Take one."""


async def told(*beans: type, **properties: Any) -> dict[str, Any]:
    """What an admin server is told of an application with *beans*."""
    async with admin_server() as admin:
        settings = {"management.admin.client.url": admin.url, **FREE, **properties}
        async with start(application(*beans), properties=settings):
            await admin.until(1)
            (instance,) = admin.instances.values()
    assert [instance.id] == admin.gone
    return instance.registration


async def test_an_application_is_known_while_it_is_ready() -> None:
    """By its name, and by where it is asked; it is forgotten at its end."""
    registration = await told(**{"pyboot.application.name": "greeter"})

    assert "greeter" == registration["name"]
    assert registration["managementUrl"].startswith("http://127.0.0.1:")
    assert f"{registration['managementUrl']}/health" == registration["healthUrl"]
    assert registration["serviceUrl"] is None
    assert ["startup"] == list(registration["metadata"])


async def test_its_web_server_is_the_service() -> None:
    """The first that speaks HTTP; and without a name the class of the application is one."""
    registration = await told(Site, Pages)

    assert registration["serviceUrl"].startswith("http://127.0.0.1:")
    assert "App" == registration["name"]


async def test_without_an_admin_server_there_is_no_client() -> None:
    """Nor is it where it is switched off."""
    off = {"management.admin.client.url": "http://127.0.0.1:1", "management.admin.client.enabled": False}
    for properties in ({}, off, {"management.admin.client.period": "5s"}):
        async with start(application(), properties={**FREE, **properties}) as context:
            assert context.find(ApplicationRegistrator) is None


async def test_a_worker_beside_the_first_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """All share a port, and so are one instance."""
    monkeypatch.setattr("pyboot.boot.log._of_the_process", {"worker": "1"})
    async with admin_server() as admin, start(application(), properties={"management.admin.client.url": admin.url, **FREE}) as context:
        assert context.find(ApplicationRegistrator) is not None
        await asyncio.sleep(0)
    assert [] == admin.seen


async def test_a_worker_that_is_replaced_is_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The instance stays, since the others go on."""
    monkeypatch.setattr("pyboot.boot.log._of_the_process", {"worker": "0"})
    async with admin_server() as admin, start(application(), properties={"management.admin.client.url": admin.url, **FREE}) as context:
        await admin.until(1)
        context.get(Shutdown).is_of_all = False
    assert ["POST /instances"] == admin.seen


@pytest.mark.parametrize(
    "settings",
    [{"management.server.port": -1, "management.server.socket": "/tmp/none.sock"}, {"management.endpoints.web.exposure.exclude": "health"}],
)
async def test_an_admin_server_that_could_ask_nothing_stops_the_start(settings: dict[str, Any]) -> None:
    """With what to do."""
    with pytest.raises(AdminClientError, match="could ask nothing") as caught:
        async with start(application(), properties={**FREE, "management.admin.client.url": "http://127.0.0.1:1", **settings}):
            pass
    assert "management.admin.client.enabled=false" in caught.value.action


async def test_a_setting_that_is_none_stops_the_start() -> None:
    """As any other."""
    with pytest.raises(BindError, match=r"management\.admin\.client"):
        async with start(application(), properties={**FREE, "management.admin.client.url": "admin:8080"}):
            pass


@pytest.mark.parametrize(
    ("url", "base", "is_told"),
    [
        ("http://admin.example:8080", None, True),
        ("http://127.0.0.1:1", None, False),
        ("http://admin.example:8080", "http://greeter.example:8081", False),
    ],
)
async def test_an_admin_server_elsewhere_is_told_of_nothing_it_can_reach(
    url: str, base: str | None, is_told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """By default the management server listens on this machine alone, and would be shown as offline."""
    caplog.set_level(logging.WARNING, "pyboot.actuator.admin")
    settings = {"management.admin.client.url": url, "management.admin.client.auto-registration": False, **FREE}
    if base is not None:
        settings["management.admin.client.instance.management-base-url"] = base
    async with start(application(), properties=settings):
        pass

    assert is_told is ("which it cannot reach" in caplog.text)
