"""Which servers an application has, by labels and by settings."""

from typing import Any

import pytest

from pyboot.boot import BeanDefinition, Component, Import, PyBootApplication
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext
from pyboot.netty.annotations import ChannelHandlerBean, NettyServer
from pyboot.netty.errors import UnknownServerError
from pyboot.netty.properties import NettyProperties
from pyboot.netty.servers import NettyServers
from pyboot.netty.specs import in_effect, server_beans, server_names, settings_of
from pyboot.testing import connect, running
from tests.netty.refusal import refusal


@NettyServer(port=0)
class EchoServer:
    """A labelled server."""

    pipeline = ["line", "string"]


@ChannelHandlerBean(server="echo")
class Echo(ChannelHandler[str]):
    """Sends lines back."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Answer."""
        ctx.write_and_flush(f"echo {msg}\n")


@ChannelHandlerBean(server="loud")
class Shout(ChannelHandler[str]):
    """Sends lines back, loudly."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Answer."""
        ctx.write_and_flush(f"{msg.upper()}!\n")


@Import(EchoServer, Echo)
@PyBootApplication(scan=())
class App:
    """An application with one labelled server."""


@Import(Shout)
@PyBootApplication(scan=())
class Without:
    """An application with a handler, of a server that settings tell of."""


def netty(**servers: Any) -> NettyProperties:
    """Settings of *servers*."""
    return NettyProperties.model_validate({"servers": servers})


def definitions(*targets: type) -> list[BeanDefinition]:
    """The definitions of labelled classes."""
    return [BeanDefinition(name=target.__name__, provides=target, factory=target, target=target, source="test") for target in targets]


def names(properties: NettyProperties, *targets: type) -> list[str]:
    """The servers of labelled classes and settings."""
    return server_names(definitions(*targets), properties)


def test_a_label_makes_a_server_and_settings_of_its_name_are_its_own() -> None:
    """However the name is spelled there."""
    assert ["echo"] == names(netty(Echo={"port": 1}), EchoServer)
    assert 1 == settings_of("echo", netty(Echo={"port": 1})).port


@pytest.mark.parametrize(
    ("settings", "targets", "expected"),
    [
        ({"loud": {"pipeline": ["line"]}}, (), ["loud"]),
        ({"loud": {"port": 1}}, (Shout,), ["loud"]),
        ({"loud": {"port": 1}}, (), []),
        ({"ehco": {"port": 1}}, (EchoServer,), ["echo"]),
    ],
)
def test_settings_alone_make_a_server_that_has_something_to_do(settings: Any, targets: tuple[type, ...], expected: list[str]) -> None:
    """A pipeline, or a handler that names it; anything else is a slip."""
    assert expected == names(netty(**settings), *targets)


def test_a_server_of_the_settings_has_no_class() -> None:
    """Its label says the name."""
    (bean,) = server_beans([], netty(loud={"pipeline": ["line"]}), lambda _: ())

    assert ("loud", None, ()) == (bean.name, bean.target, bean.pipeline)


class Off:
    """Settings in which one prefix is switched off."""

    def is_off(self, prefix: str) -> bool:
        """Tell whether it is that."""
        return prefix == "netty.servers.echo"


def test_what_false_takes_out_of_the_settings_is_switched_off() -> None:
    """The class is still there, and would make a server with all defaults."""
    properties = in_effect(netty(), definitions(EchoServer), Off())  # type: ignore[arg-type]  # the part of the settings that is asked

    assert not settings_of("echo", properties).enabled


@pytest.mark.parametrize("off", [{"netty.servers.echo.enabled": "false"}, {"netty.servers.echo": "false"}])
async def test_a_server_that_is_switched_off_is_not_bound(off: dict[str, str]) -> None:
    """And nobody complains of its handlers."""
    async with running(App, properties=off) as context:
        assert [] == context.get(NettyServers).names


async def test_settings_without_a_class_are_a_server() -> None:
    """Its codecs are short names, its handlers those that name it."""
    properties = {"netty.servers.loud.port": "0", "netty.servers.loud.pipeline[0]": "line", "netty.servers.loud.pipeline[1]": "string"}
    async with running(Without, properties=properties) as context, connect(context) as (reader, writer):
        writer.write(b"ada\n")
        assert b"ADA!\n" == await reader.readline()


@pytest.mark.parametrize("more", [{}, {"transport": "udp"}, {"instances.a.port": "0"}])
async def test_a_server_of_the_settings_alone_can_be_switched_off(more: dict[str, str]) -> None:
    """Whatever else is set of it, as of one that has a class."""
    set_of_it = {"port": "0", "pipeline[0]": "line", "pipeline[1]": "string", "enabled": "false", **more}
    async with running(Without, properties={f"netty.servers.loud.{name}": value for name, value in set_of_it.items()}) as context:
        assert [] == context.get(NettyServers).names


async def test_settings_of_a_server_that_is_not_there_are_refused() -> None:
    """With the name that is meant."""
    with refusal(UnknownServerError) as refused:
        async with running(App, properties={"netty.servers.ehco.port": "0"}):
            pass

    assert "Did you mean 'echo'?" == refused[0].action


@Component
class Nothing:
    """A bean that is no server."""


def test_other_beans_are_no_servers() -> None:
    """Only labels count."""
    assert [] == names(netty(), Nothing)
