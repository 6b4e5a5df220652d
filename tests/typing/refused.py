"""What users write by mistake, as type checkers read it: each line that ends so is refused, and no other. Never run.

After the parameters that both forms of decode and encode have, anything may come; pyright then looks at what is returned only.
"""

from pyboot.components.netty import (
    Bootstrap,
    ByteBuffer,
    ByteToMessageDecoder,
    ChannelHandler,
    ChannelHandlerContext,
    MessageToByteEncoder,
    MessageToMessageDecoder,
    MessageToMessageEncoder,
    ServerBootstrap,
    ServerSocketChannel,
    SimpleChannelInboundHandler,
    SocketChannel,
)


class OtherMessage(ByteToMessageDecoder[str]):
    """Gives what it does not say."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> int | None:  # refused
        return buffer.read_int()


class OtherMessageLater(ByteToMessageDecoder[str]):
    """The same as a coroutine function."""

    async def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> int | None:  # refused
        return buffer.read_int()


class OtherInput(ByteToMessageDecoder[str]):
    """Is given a buffer, and nothing else."""

    def decode(self, ctx: ChannelHandlerContext, buffer: str, out: list[str]) -> None:  # refused by mypy alone
        out.append(buffer)


class NoContext(MessageToMessageDecoder[bytes, str]):
    """Has forgotten the context."""

    def decode(self, msg: bytes) -> str:  # refused by mypy alone
        return msg.decode()


class OtherType(MessageToByteEncoder[str]):
    """Is not called with what it takes."""

    def encode(self, ctx: ChannelHandlerContext, msg: int) -> bytes:  # refused by mypy alone
        return bytes(msg)


class NoBytes(MessageToByteEncoder[str]):
    """Gives no bytes."""

    def encode(self, ctx: ChannelHandlerContext, msg: str) -> str:  # refused
        return msg


class OtherResult(MessageToMessageEncoder[str, bytes]):
    """Gives what it does not say."""

    def encode(self, ctx: ChannelHandlerContext, msg: str) -> str:  # refused
        return msg


class OtherCallback(ChannelHandler[str]):
    """Names may be other ones, types may not."""

    def channel_read(self, context: ChannelHandlerContext, line: int) -> None:  # refused
        print(line)

    def exception_caught(self, ctx: ChannelHandlerContext) -> None:  # refused
        print(ctx)


class OtherReceived(SimpleChannelInboundHandler[str]):
    """The same of the base that chooses."""

    def message_received(self, ctx: ChannelHandlerContext, msg: bytes) -> None:  # refused
        print(msg)


def told_of_nothing(channel: SocketChannel) -> None:
    """A callback that is given more."""
    print(channel)


def told_of_a_client(bootstrap: Bootstrap, channel: SocketChannel) -> None:
    """A callback of a client."""
    print(bootstrap, channel)


def told_of_a_server(bootstrap: ServerBootstrap, channel: ServerSocketChannel) -> None:
    """A callback of a server."""
    print(bootstrap, channel)


Bootstrap().when_connect_success(told_of_nothing)  # refused
Bootstrap().when_connect_success(told_of_a_server)  # refused
ServerBootstrap().when_connect_success(told_of_a_client)  # refused
ServerBootstrap().when_connect_fail(told_of_nothing)  # refused


def looked_up(channel: SocketChannel) -> None:
    """What is asked for may not be there, and is of the type that was asked for."""
    channel.pipeline().get(OtherMessage).channel_id()  # refused
    found: OtherType = channel.pipeline().remove(OtherMessage)  # refused
    print(found)
