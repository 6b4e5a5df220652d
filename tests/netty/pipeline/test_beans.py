"""The labelled beans of an application, as pipelines take them."""

import sys
from typing import Any

from pyboot.boot import Bean, Configuration, PyBootApplication
from pyboot.components.netty import ChannelHandler
from pyboot.netty.annotations import ChannelHandlerBean, NettyServer
from pyboot.netty.pipeline.beans import handler_beans, owners_in
from pyboot.netty.pipeline.belonging import Owners
from pyboot.testing import running


@PyBootApplication(scan=(sys.modules[__name__],))
class App:
    """One server, two handlers."""


@NettyServer
class EchoServer:
    """A server."""


@ChannelHandlerBean
class Echo(ChannelHandler[Any]):
    """A handler."""


class Made(ChannelHandler[bytes]):
    """A handler that a function makes."""


@Configuration
class Handlers:
    """Makes one."""

    @Bean
    @ChannelHandlerBean(order=2)
    def made(self) -> Made:
        """A new one for each connection."""
        return Made()


async def test_handlers_and_servers_are_found_by_their_labels() -> None:
    """Classes, and functions that make them."""
    async with running(App) as context:
        found = handler_beans(context)

        assert {Echo: 0, Made: 2} == {bean.target: bean.label.order for bean in found}
        assert {Echo, Made} == {type(bean.make(None)) for bean in found}
        assert Owners(["echo"], [], []) == owners_in(context.graph.index.definitions, ["echo"])
        assert {Echo, Made} <= {entry.bean_class for entry in context.definitions(type(ChannelHandlerBean))}
