"""A client that comes back: it logs in with each connection, and prints what it hears."""

from pyboot.boot import PyBootApplication, run
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyClient


@PyBootApplication
class App: ...


@NettyClient(host="127.0.0.1", port=9000)
class UpstreamClient:
    pipeline = ["line", "string"]


@ChannelHandlerBean
class Sensor(ChannelHandler[str]):
    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        ctx.write_and_flush("login sensor-7\n")

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        print("heard", msg, flush=True)


if __name__ == "__main__":
    run(App)
