"""A web server of plain handlers: no framework, no router, just the messages of HTTP."""

from pyboot.boot import PyBootApplication, run
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, FullHttpRequest, FullHttpResponse, NettyServer


@PyBootApplication
class App: ...


@NettyServer(port=8080)
class Web:
    pipeline = ["http"]


@ChannelHandlerBean()
class Hello(ChannelHandler[FullHttpRequest]):
    """Greets, and gives back what is posted."""

    def channel_read(self, ctx: ChannelHandlerContext, request: FullHttpRequest) -> None:
        """Answer *request*; what was written for all requests of one read goes out together."""
        if request.method == "POST":
            response = FullHttpResponse(200, request.content, {"Content-Type": request.headers.get("content-type", "text/plain")})
        elif request.uri == "/":
            response = FullHttpResponse(200, "Hello, World!", {"Content-Type": "text/plain"})
        else:
            response = FullHttpResponse(404, "nothing here\n", {"Content-Type": "text/plain"})
        ctx.write(response)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        """Send them."""
        ctx.flush()


if __name__ == "__main__":
    run(App)
