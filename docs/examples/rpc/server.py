"""Answers calls of the functions in Python's math module."""

import math

from messages import Request, Response

from pyboot.boot import PyBootApplication, run
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer


@PyBootApplication
class App: ...


@NettyServer(port=9000)
class RpcServer:
    pipeline = ["length-field", {"json": {"type": Request}}]


@ChannelHandlerBean
class Answers(ChannelHandler[Request]):
    def channel_read(self, ctx: ChannelHandlerContext, msg: Request) -> None:
        try:
            ctx.write_and_flush(Response(msg.id, vars(math)[msg.method](*msg.params)))
        except (ArithmeticError, KeyError, TypeError, ValueError) as error:
            ctx.write_and_flush(Response(msg.id, error=repr(error)))


if __name__ == "__main__":
    run(App)
