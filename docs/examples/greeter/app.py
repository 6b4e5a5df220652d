"""Greets each line: the application of the README."""

from pyboot.boot import PyBootApplication, Service, run
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer


@PyBootApplication
class App: ...


@Service
class Greeter:
    def greet(self, name: str) -> str:
        return f"hello {name}"


@NettyServer(port=9000)
class GreetServer:
    pipeline = ["line", "string"]


@ChannelHandlerBean(order=10)
class GreetHandler(ChannelHandler[str]):
    def __init__(self, greeter: Greeter) -> None:
        self.greeter = greeter

    async def channel_read(self, ctx: ChannelHandlerContext, name: str) -> None:
        ctx.write_and_flush(self.greeter.greet(name) + "\n")


if __name__ == "__main__":
    run(App)
