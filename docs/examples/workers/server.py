"""Answers lines with the process that has them, in two processes that share a port: the network library without the container."""

import logging
import os

from pyboot.components.netty import Channel, ChannelHandler, ChannelHandlerContext, LineBasedFrameDecoder, StringDecoder, StringEncoder
from pyboot.components.netty.server import Server


class WhoHandler(ChannelHandler):
    """Tells which process answers."""

    def channel_read(self, ctx: ChannelHandlerContext, message: str) -> None:
        """Answer *message*."""
        ctx.write_and_flush(f"{message} from process {os.getpid()}\n")


class WhoServer(Server):
    """Serves lines."""

    def init_channel(self, channel: Channel) -> None:
        """Give each connection its handlers."""
        channel.pipeline().add_last(LineBasedFrameDecoder(1024), StringDecoder(), StringEncoder(), WhoHandler())


logging.basicConfig(level=logging.INFO)
WhoServer(address=("127.0.0.1", 8080)).workers(2).grace()
