"""A server that says hello, of the kind that is named: ``python http_server.py uvicorn``. It prints its port."""

import asyncio
import multiprocessing
import socket
import sys
from typing import Any

import uvloop

BODY = b"Hello, World!"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 13\r\n\r\n" + BODY


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Says it to ASGI servers."""
    if scope["type"] == "http":
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"13")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": BODY})


def free_port() -> int:
    """A port that was free a moment ago, for servers that will not tell theirs."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


async def pyboot(kind: str) -> None:
    from pyboot.boot import ScopeStore
    from pyboot.components.netty import ChannelHandler, FullHttpResponse, HttpServerCodec, LastHttpContent, ServerBootstrap
    from pyboot.web.asgi.handler import AsgiHandler
    from pyboot.web.asgi.lifespan import Lifespan
    from pyboot.web.asgi.scope import Site

    def hello() -> FullHttpResponse:
        return FullHttpResponse(200, BODY, {"content-type": "text/plain"})

    class Hello(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            if isinstance(msg, LastHttpContent):
                ctx.write(hello())

        def channel_read_complete(self, ctx: Any) -> None:
            ctx.flush()

    class AsyncHello(ChannelHandler[Any]):
        async def channel_read(self, ctx: Any, msg: Any) -> None:
            if isinstance(msg, LastHttpContent):
                ctx.write_and_flush(hello())

    lifespan, site = Lifespan(application, "hello"), Site()
    makers = {"plain": Hello, "async": AsyncHello, "asgi": lambda: AsgiHandler(application, lifespan, site, ScopeStore())}
    make: Any = makers[kind]
    bound = (
        await ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(HttpServerCodec(), make())).bind("127.0.0.1", 0)
    )
    print(bound.local_address()[1], flush=True)
    await asyncio.Event().wait()


class Bare(asyncio.Protocol):
    """Answers without parsing: as little as a server in Python can do."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(ANSWER * data.count(b"\r\n\r\n"))


async def bare() -> None:
    server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def uvicorn() -> None:
    import uvicorn

    port = free_port()
    config = uvicorn.Config(application, port=port, loop="uvloop", http="httptools", access_log=False, log_level="warning", lifespan="off")
    print(port, flush=True)
    uvicorn.Server(config).run()


def granian() -> None:
    from granian import Granian  # type: ignore[import-not-found]  # installed by who runs this claim
    from granian.constants import Interfaces, Loops  # type: ignore[import-not-found]  # as above

    port = free_port()
    print(port, flush=True)
    Granian("http_server:application", port=port, interface=Interfaces.ASGI, loop=Loops.uvloop, log_enabled=False).serve()


if __name__ == "__main__":
    multiprocessing.set_start_method("spawn", force=True)
    named = sys.argv[1]
    if named in ("uvicorn", "granian"):
        {"uvicorn": uvicorn, "granian": granian}[named]()
    else:
        uvloop.run(bare() if named == "bare" else pyboot(named.removeprefix("pyboot-")))
