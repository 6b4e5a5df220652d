"""One page over HTTP/1.1, HTTP/2 and HTTP/3, which tells what it was carried by."""

from pyboot.boot import PyBootApplication, run
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, FullHttpResponse, HttpObject, HttpRequest, NettyServer


@PyBootApplication
class App: ...


@NettyServer(port=8443)
class Site: ...


@ChannelHandlerBean()
class Page(ChannelHandler[HttpObject]):
    """Answers requests of any version: it cannot tell, unless it looks."""

    def channel_read(self, ctx: ChannelHandlerContext, message: HttpObject) -> None:
        """Answer the head; content, if there is any, is let go."""
        if isinstance(message, HttpRequest):
            text = f"Hello over {message.version}!\n"
            ctx.write_and_flush(FullHttpResponse(200, text, {"Content-Type": "text/plain"}))


if __name__ == "__main__":
    run(App)
