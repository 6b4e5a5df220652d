"""What users write, as type checkers read it. Never run: tests/typing/test_api.py lets mypy check it, strictly."""

from collections.abc import Awaitable
from typing import Annotated, Any, assert_type

from pyboot.boot import ApplicationContext, Component, DataSize, PyBootApplication, Qualifier, Service, start
from pyboot.components.netty import (
    Bootstrap,
    Channel,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    EmbeddedChannel,
    EventLoopGroup,
    ServerBootstrap,
    ServerSocketChannel,
    SimpleChannelInboundHandler,
    SocketChannel,
    SslHandler,
    StringDecoder,
    StringEncoder,
    ssl_context_for_client,
)
from pyboot.netty import ChannelHandlerBean, ClientState, Codec, NettyClient, NettyClientGroup, NettyServer, NettyServers
from pyboot.testing import connect, running, serving


@PyBootApplication
class App:
    """A decorator gives the class back as it is."""


@Service
class Greeter:
    """With or without parentheses."""

    def greet(self, name: str) -> str:
        """Say hello."""
        return f"hello {name}"


@Component("named")
class Named:
    """And with a name."""


@NettyServer(port=9000)
class GreetServer:
    """A server."""

    pipeline = ["line", "string"]


@ChannelHandlerBean(order=10)
class Coroutines(ChannelHandler[str]):
    """Callbacks may be coroutine functions."""

    def __init__(self, greeter: Greeter) -> None:
        """Constructors are what they are."""
        self.greeter = greeter

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """A message of the handler's own type; a write may be awaited."""
        await ctx.write_and_flush(self.greeter.greet(msg))


@ChannelHandlerBean(order=15, before="string", after=Coroutines)
class Unnamed(ChannelHandler):
    """The type of its messages may be left out; a neighbour is a name or a class."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """The annotation of the message says what is taken."""


class Simple(SimpleChannelInboundHandler):
    """The same of the base that chooses."""

    def message_received(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Everything, as nobody says more."""


def as_one(handler: ChannelHandler) -> list[ChannelHandler]:
    """A handler of any messages."""
    return [handler]


@Codec("records")
def records(max_length: DataSize = 1024) -> tuple[StringDecoder, StringEncoder]:
    """A function stays one, with its types."""
    return StringDecoder(), StringEncoder()


@Codec
class NamedCodec(ChannelHandler[str]):
    """A class stays one."""


made: tuple[StringDecoder, StringEncoder] = records(max_length=1)
named: NamedCodec = NamedCodec()


@ChannelHandlerBean(order=20, sharable=True)
class Functions(ChannelHandler[bytes]):
    """Callbacks may be plain functions."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: bytes) -> None:
        """A write need not be awaited."""
        ctx.write_and_flush(msg)

    def channel_active(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        """What the next handler does may be handed on."""
        return ctx.fire_channel_active()


assert_type(Coroutines(Greeter()).greeter, Greeter)
assert_type(EmbeddedChannel(Functions()).write_inbound(b"x"), bool)


def assemble(channel: SocketChannel) -> None:
    """Handlers of one connection."""
    channel.pipeline().add_last(Functions(), name="echo").add_last(Coroutines(Greeter()))


async def network() -> None:
    """The library without the container."""
    server = (
        await ServerBootstrap().group(EventLoopGroup(1)).child_handler(assemble).option(ChannelOption.SO_BACKLOG, 7).bind("127.0.0.1", 0)
    )
    assert_type(server, ServerSocketChannel)
    client = await Bootstrap().handler(assemble).connect("127.0.0.1", 1)
    assert_type(client, SocketChannel)
    secret = await ServerBootstrap(ssl=True, certfile="cert.pem", keyfile="key.pem", alpn=["h2"]).child_handler(assemble).bind("::1", 0)
    assert_type(secret, ServerSocketChannel)
    handler = SslHandler(ssl_context_for_client("ca.pem"), server_hostname="localhost")
    assert_type(handler.application_protocol, str | None)
    Bootstrap(ssl=ssl_context_for_client(), handshake_timeout=5)


async def container() -> None:
    """The container gives beans of the type they were asked for by."""
    async with start(App, properties={"netty.port": 0}) as context:
        assert_type(context, ApplicationContext)
        assert_type(context.get(Greeter), Greeter)
        assert_type(context.get_all(Greeter), tuple[Greeter, ...])
        assert_type(context.get(NettyServers).address("greet"), tuple[str, int])


async def tests() -> None:
    """The test kit."""
    async with running(App) as context, connect(context) as (reader, writer):
        writer.write(b"ada\n")
        assert_type(await reader.readline(), bytes)
    async with serving(assemble) as (reader, writer):
        writer.write(b"ada\n")


@NettyClient(host="127.0.0.1", port=9000)
class UpstreamClient:
    """A client: the decorator is the type that is injected."""

    pipeline = ["line", "string"]


@NettyClient
class BareClient:
    """Its settings say where to."""

    pipeline = ["line", "string"]


@ChannelHandlerBean(client="upstream")
class Heard(ChannelHandler[str]):
    """Stands in its pipeline."""


@Service
class Prices:
    """Has clients by the name of a parameter, by a qualifier, by name, and as a group."""

    def __init__(
        self,
        upstream: NettyClient,
        other: Annotated[NettyClient, Qualifier("other")],
        clients: dict[str, NettyClient],
        devices: NettyClientGroup,
    ) -> None:
        """Take them."""
        self.upstream, self.other, self.clients, self.devices = upstream, other, clients, devices

    async def ask(self) -> Channel:
        """Use them."""
        assert_type(UpstreamClient(), UpstreamClient)
        assert_type(self.upstream.state, ClientState)
        assert_type(self.devices["a"], NettyClient)
        self.upstream.write_and_flush("hello\n")
        await self.upstream.send("hello\n")
        return await self.clients["other"].connected(timeout=5)
