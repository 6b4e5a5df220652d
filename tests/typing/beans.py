"""Beans, servers, clients and codecs by their decorators, as type checkers read them. Never run: see test_api.py."""

from datetime import timedelta
from typing import Annotated, assert_type

from pydantic import BaseModel

from pyboot.boot import (
    ApplicationArguments,
    ApplicationRunner,
    Async,
    Bean,
    BeanDefinition,
    BeanPostProcessor,
    Component,
    Configuration,
    ConfigurationProperties,
    DataSize,
    Duration,
    EventListener,
    Lazy,
    PostConstruct,
    PreDestroy,
    Primary,
    Provider,
    Qualifier,
    Scheduled,
    Service,
    Value,
)
from pyboot.netty import (
    ByteBuffer,
    Channel,
    ChannelHandler,
    ChannelHandlerBean,
    ChannelHandlerContext,
    ClientConnected,
    Codec,
    Handlers,
    MessageToByteEncoder,
    NettyClient,
    NettyClientGroup,
    NettyServer,
    SimpleChannelInboundHandler,
    StringDecoder,
    StringEncoder,
)


@NettyServer
class BareServer:
    """A server whose settings say everything."""

    pipeline = ["line", {"string": {"charset": "ascii"}}]


@NettyServer(name="chat", port=9000, host="0.0.0.0")
class ChatServer:
    """A server with defaults."""


@NettyClient
class Upstream:
    """A client whose settings say everything."""

    pipeline = ["line", "string"]


@NettyClient(host="10.0.0.5", port=9000)
class DownstreamClient:
    """A client with defaults."""


assert_type(BareServer(), BareServer)
assert_type(ChatServer(), ChatServer)
assert_type(Upstream(), Upstream)
assert_type(DownstreamClient(), DownstreamClient)


@Component
@Lazy
class Later:
    """Made at its first use."""


@Lazy()
@Primary
@Service("again")
class Again(Later):
    """The same with parentheses."""


@ConfigurationProperties("chat")
class ChatProperties(BaseModel):
    """Settings."""

    motd: str = ""
    patience: Duration = timedelta(seconds=5)
    room: DataSize = 1024


@Configuration
class Beans:
    """Methods that make beans stay methods."""

    @Bean
    @Lazy
    def later(self) -> Later:
        """A bean."""
        return Later()

    @Bean("named")
    async def again(self, settings: ChatProperties) -> Again:
        """A bean that is awaited."""
        return Again()

    @ChannelHandlerBean(order=7, server="chat")
    @Bean
    def texts(self) -> StringDecoder:
        """A handler that a method makes."""
        return StringDecoder()


assert_type(Beans().later(), Later)
assert_type(Beans().texts(), StringDecoder)


@Service
class Caller:
    """Clients, and beans on demand, are injected."""

    def __init__(
        self,
        downstream: NettyClient,
        other: Annotated[NettyClient, Qualifier("upstream")],
        sensors: NettyClientGroup,
        later: Provider[Later],
        again: Lazy[Again],
        motd: Annotated[str, Value("${chat.motd:hello}")],
    ) -> None:
        self.downstream = downstream
        assert_type(other, NettyClient)
        assert_type(sensors.add("one", "10.0.0.1", 9000), NettyClient)
        assert_type(later.get(), Later)
        assert_type(again.get(), Again)
        assert_type(motd, str)

    @PostConstruct
    async def begin(self) -> None:
        """Called by the container."""
        assert_type(await self.downstream.connected(timeout=5), Channel)
        await self.downstream.write_and_flush("hello")

    @PreDestroy
    def end(self) -> None:
        """And at the end."""

    @EventListener
    async def on_connected(self, event: ClientConnected) -> None:
        """Told of events."""

    @Scheduled(every="1s")
    def tick(self) -> None:
        """Called again and again."""

    @Async
    def work(self, count: int) -> int:
        """Called in a thread."""
        return count


@ChannelHandlerBean
class Bare(ChannelHandler[str]):
    """Without parentheses."""

    def channel_read(self, context: ChannelHandlerContext, line: str) -> None:
        """By other names."""


@ChannelHandlerBean(order=3, client="downstream", before=Bare)
class Received(SimpleChannelInboundHandler[str]):
    """Of a client."""

    def __init__(self, caller: Caller) -> None:
        super().__init__()
        self.caller = caller

    async def message_received(self, context: ChannelHandlerContext, line: str) -> None:
        """Awaited."""
        self.caller.work(1)


@Codec
class TextCodec(MessageToByteEncoder[str]):
    """A class."""

    def encode(self, ctx: ChannelHandlerContext, text: str, buf: ByteBuffer) -> None:
        buf.write_bytes(text.encode())


@Codec()
def both(charset: str = "utf-8") -> Handlers:
    """A function."""
    return StringDecoder(charset), StringEncoder(charset)


@Codec("records")
class Records(BaseModel):
    """A model."""

    limit: int = 3

    def handlers(self) -> Handlers:
        """What it makes."""
        return [StringDecoder(), TextCodec()]


assert_type(both("ascii"), Handlers)


class Job(ApplicationRunner):
    """Work of its own."""

    async def run(self, given: ApplicationArguments) -> None:
        print(given.positional)


class Seen(BeanPostProcessor):
    """Sees beans."""

    def process(self, made: object, of: BeanDefinition) -> object:
        return made
