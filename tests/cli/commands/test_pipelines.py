"""`pyboot pipelines`."""

from collections.abc import Callable

import pytest

from pyboot.boot import Blueprint
from pyboot.cli.commands import pipelines
from pyboot.cli.target import inspect_application

type Write = Callable[[str], str]

SOURCE = """
from pyboot.boot import PyBootApplication
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyClient, NettyServer

@PyBootApplication
class App: ...

@NettyServer(port=9000)
class EchoServer:
    pipeline = ["line", "string"]

@ChannelHandlerBean(server="echo")
class EchoHandler(ChannelHandler[str]):
    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        ctx.write(msg)

@NettyClient(host="127.0.0.1", port=9001)
class PricesClient:
    pipeline = ["line"]
"""


@pytest.fixture
def blueprint(written: Write) -> Blueprint:
    """A server and a client."""
    return inspect_application(written(SOURCE), ())


def test_servers_and_clients_are_told(blueprint: Blueprint) -> None:
    """With their addresses."""
    told = pipelines.facts(pipelines.found(blueprint))

    assert [("server", "echo", "127.0.0.1:9000"), ("client", "prices", "127.0.0.1:9001")] == [
        (each["kind"], each["name"], each["address"]) for each in told
    ]


def test_each_handler_tells_what_it_takes_and_makes(blueprint: Blueprint) -> None:
    """A codec that is two handlers stands there twice; the user's own has a place."""
    server = pipelines.facts(pipelines.found(blueprint))[0]["handlers"]

    assert ["line", "string", "string", "EchoHandler"] == [handler["name"] for handler in server]
    assert {"takes": "bytes or a buffer", "makes": "str"} == server[1]["in"]
    assert (None, {"takes": "str", "makes": "bytes"}) == (server[2]["in"], server[2]["out"])
    assert ".py:" in server[3]["origin"]


def test_people_read_a_table(blueprint: Blueprint) -> None:
    """With a row for each handler, under a title."""
    told = pipelines.text(pipelines.found(blueprint)).splitlines()

    assert "server echo  127.0.0.1:9000" == told[0]
    assert ["name", "class", "in", "out"] == told[1].split()
    assert "3  string" in told[4]
    assert "str -> bytes" in told[4]


def test_an_application_without_a_network_has_none(written: Write) -> None:
    """And says so."""
    found = pipelines.found(
        inspect_application(written("from pyboot.boot import PyBootApplication\n@PyBootApplication\nclass App: ..."), ())
    )

    assert [] == pipelines.facts(found)
    assert "neither servers nor clients" in pipelines.text(found)


def test_settings_that_make_no_server_are_reported(blueprint: Blueprint, written: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """As a start would."""
    wrong = inspect_application(written(SOURCE), ("--netty.servers.chat.port=1",))

    with pytest.raises(SystemExit) as ended:
        pipelines.found(wrong)

    assert 1 == ended.value.code
    assert "PB-N004" in capsys.readouterr().err
