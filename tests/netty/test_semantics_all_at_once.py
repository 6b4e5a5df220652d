"""Everything that is wrong with an application is told at once: servers, clients, who hears of them, settings."""

import pytest

from pyboot.boot import Component, Import, PyBootApplication, prepare, start
from pyboot.boot.config.load import Given
from pyboot.boot.errors import LifecycleError
from pyboot.boot.graph.validate import survey
from pyboot.netty import (
    Channel,
    ChannelHandler,
    ChannelHandlerBean,
    ChannelHandlerContext,
    NettyClient,
    NettyServer,
    OnChannelActive,
)
from pyboot.netty.check import checked
from pyboot.netty.refusals import PlanError


@NettyServer(port=0)
class FirstServer:
    pipeline = ["lin", {"string": {"charst": "x"}}]


@NettyServer(port=70000)
class SecondServer:
    pipeline = ["line"]


@NettyServer(port=0)
class ThirdServer:
    pipeline = ["line"]


@ChannelHandlerBean
class Anybodys(ChannelHandler[str]):
    """Does not say whose it is."""


@ChannelHandlerBean(server="third")
class OfThird(ChannelHandler[str]):
    """Takes text, and lines give buffers."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None: ...


@NettyClient
class UpClient:
    pipeline = ["nothing"]


@Component
class Hears:
    """Of a server that is not there."""

    @OnChannelActive(server="fourth")
    def came(self, channel: Channel) -> None: ...


@Import(FirstServer, SecondServer, ThirdServer, Anybodys, OfThird, UpClient, Hears)
@PyBootApplication(scan=())
class Wrong:
    """In every way."""


WRONG = [
    "'lin' (in the pipeline of the server 'first')",
    "charst",
    "netty.servers.fifth",
    "has the port 70000",
    "the allocator 'none'",
    "the group 'nobody'",
    "Anybodys",
    "Hears.came",
    "'nothing' (in the pipeline of the client 'up')",
    "has no host",
    "OfThird",
]
SETTINGS = ["--netty.servers.fifth.port=1", "--netty.servers.second.allocator=none", "--netty.servers.second.worker=nobody"]


def test_one_mistake_hides_no_other() -> None:
    """Of servers, of clients, of those who hear of them, of settings; behind one nothing follows from it."""
    found = checked(prepare(Wrong, Given(arguments=SETTINGS)))

    told = [*map(str, found.errors), *(problem.text for problem in found.problems)]
    assert [] == [word for word in WRONG if not any(word in text for text in told)]
    assert len(WRONG) == len(told)
    assert ["third"] == [plan.name for plan in found.servers]


async def test_a_start_tells_of_servers_and_clients_at_once() -> None:
    """Though clients begin first."""
    with pytest.raises(LifecycleError) as failed:
        async with start(Wrong, args=SETTINGS):
            pass

    assert isinstance(failed.value.__cause__, PlanError)
    assert [] == [word for word in WRONG if word not in str(failed.value.__cause__)]


def test_settings_that_do_not_fit_hide_no_pipeline() -> None:
    """A server whose own settings are wrong is left out; the others are looked at."""
    found = checked(prepare(Wrong, Given(arguments=["--netty.servers.second.port=x", "--netty.memory-limit=many"]), judge=survey))

    told = [*map(str, found.errors), *(problem.text for problem in found.problems)]
    assert [] == [word for word in (WRONG[0], WRONG[-1], WRONG[-2]) if not any(word in text for text in told)]
    assert not any("second" in text for text in told if "Anybodys" not in text)


@NettyServer(port=0)
class DaytimeServer:
    pipeline = ["string"]


@Component
class Daytime:
    """Speaks first, outside of the pipeline."""

    @OnChannelActive
    def came(self, channel: Channel) -> None: ...


@Import(DaytimeServer, Daytime)
@PyBootApplication(scan=())
class Speaks:
    """A server that needs no handler."""


async def test_who_hears_of_a_channel_may_speak_on_it() -> None:
    """So its pipeline swallows nothing that anybody is waiting for."""
    assert [] == checked(prepare(Speaks)).problems
    async with start(Speaks):
        pass
