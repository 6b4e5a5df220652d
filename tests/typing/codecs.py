"""Handlers and codecs in every form that is documented, as type checkers read them. Never run: see test_api.py.

The parameters are called what their writers like: callbacks are called by position.
"""

from collections.abc import Awaitable
from typing import Any, assert_type

from pyboot.netty import (
    AttributeKey,
    Bootstrap,
    ByteBuffer,
    ByteToMessageCodec,
    ByteToMessageDecoder,
    Channel,
    ChannelHandler,
    ChannelHandlerAdapter,
    ChannelHandlerContext,
    ChannelInitializer,
    ChannelOption,
    ChannelPromise,
    DatagramChannel,
    DatagramPacket,
    EmbeddedChannel,
    IdleStateEvent,
    IdleStateHandler,
    LengthFieldBasedFrameEncoder,
    LocalAddress,
    MessageToByteEncoder,
    MessageToMessageCodec,
    MessageToMessageDecoder,
    MessageToMessageEncoder,
    ReplayingDecoder,
    ServerBootstrap,
    ServerSocketChannel,
    SimpleChannelInboundHandler,
    SocketChannel,
    StringDecoder,
)

# Bytes to messages.


class Returning(ByteToMessageDecoder[str]):
    """The next message, or None."""

    def decode(self, ctx: ChannelHandlerContext, buf: ByteBuffer) -> str | None:
        return bytes(buf.read_bytes(3)).decode() if buf.readable_bytes() >= 3 else None

    def decode_last(self, ctx: ChannelHandlerContext, buf: ByteBuffer) -> str | None:
        return self.decode(ctx, buf)

    def close_decode(self, ctx: ChannelHandlerContext, text: str) -> None:
        print(text)


class Appending(ByteToMessageDecoder[str]):
    """Netty's form."""

    def decode(self, ctx: ChannelHandlerContext, buf: ByteBuffer, out: list[str]) -> None:
        out.append(bytes(buf.read_bytes(3)).decode())

    def decode_last(self, ctx: ChannelHandlerContext, buf: ByteBuffer, out: list[str]) -> None:
        super().decode_last(ctx, buf, out)


class ReturningLater(ByteToMessageDecoder[str]):
    """The first form, awaited."""

    async def decode(self, c: ChannelHandlerContext, data: ByteBuffer) -> str | None:
        return await answer(data)


class AppendingLater(ByteToMessageDecoder[str]):
    """Netty's form, awaited."""

    async def decode(self, c: ChannelHandlerContext, data: ByteBuffer, messages: list[str]) -> None:
        messages.append(await answer(data))

    async def decode_last(self, c: ChannelHandlerContext, data: ByteBuffer, messages: list[str]) -> None:
        await self.decode(c, data, messages)


class Untyped(ByteToMessageDecoder):
    """The type of the messages may be left out."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[Any]) -> None:
        out.append(buffer.read_int())


class Replayed(ReplayingDecoder[bytes]):
    """The same forms."""

    def decode(self, ctx: ChannelHandlerContext, source: ByteBuffer) -> bytes:
        return bytes(source.read_bytes(source.read_ushort()))


class ReplayedAppending(ReplayingDecoder[bytes]):
    """Netty's form."""

    def decode(self, ctx: ChannelHandlerContext, source: ByteBuffer, out: list[bytes]) -> None:
        out.append(bytes(source.read_bytes(4)))


async def answer(data: ByteBuffer) -> str:
    """Something that takes its time."""
    return bytes(data.read_bytes(1)).decode()


# Messages to bytes.


class Encoded(MessageToByteEncoder[str]):
    """Bytes."""

    def encode(self, ctx: ChannelHandlerContext, text: str) -> bytes:
        return text.encode()


class EncodedBuffer(MessageToByteEncoder[str | int]):
    """A buffer, or nothing."""

    def encode(self, ctx: ChannelHandlerContext, msg: str | int) -> ByteBuffer | None:
        return None if isinstance(msg, int) else ByteBuffer(msg.encode())


class Written(MessageToByteEncoder[str]):
    """Netty's form."""

    def encode(self, ctx: ChannelHandlerContext, text: str, buf: ByteBuffer) -> None:
        buf.write_bytes(text.encode())


class WrittenLater(MessageToByteEncoder):
    """Netty's form, awaited, of any messages."""

    async def encode(self, ctx: ChannelHandlerContext, msg: Any, out: ByteBuffer) -> None:
        out.write_bytes(msg)


class Headed(LengthFieldBasedFrameEncoder[bytes]):
    """A header and the data."""

    def encode_header(self, ctx: ChannelHandlerContext, data: bytes, buf: ByteBuffer) -> None:
        buf.write_int(len(data))

    async def encode_data(self, ctx: ChannelHandlerContext, data: bytes, buf: ByteBuffer) -> None:
        buf.write_bytes(data)


# Messages to messages.


class Decoded(MessageToMessageDecoder[bytes, str]):
    """One or none."""

    def decode(self, ctx: ChannelHandlerContext, data: bytes) -> str | None:
        return data.decode() or None


class DecodedAll(MessageToMessageDecoder[bytes, str]):
    """Netty's form."""

    def decode(self, ctx: ChannelHandlerContext, data: bytes, texts: list[str]) -> None:
        texts += data.decode().split()

    def close_decode(self, ctx: ChannelHandlerContext, texts: list[str]) -> None:
        print(texts)


class DecodedLater(MessageToMessageDecoder[bytes, str]):
    """Awaited."""

    async def decode(self, ctx: ChannelHandlerContext, data: bytes) -> str | None:
        return data.decode()


class DecodedAny(MessageToMessageDecoder):
    """Of any messages."""

    def decode(self, ctx: ChannelHandlerContext, msg: Any) -> Any:
        return msg


class EncodedOne(MessageToMessageEncoder[str, bytes]):
    """One."""

    def encode(self, ctx: ChannelHandlerContext, text: str) -> bytes:
        return text.encode()


class EncodedAllLater(MessageToMessageEncoder[str, bytes]):
    """Netty's form, awaited."""

    async def encode(self, ctx: ChannelHandlerContext, text: str, out: list[bytes]) -> None:
        out.append(text.encode())

    async def close_encode(self, ctx: ChannelHandlerContext, out: list[bytes]) -> None:
        print(out)


class Both(MessageToMessageCodec[bytes, str]):
    """Both ways."""

    def decode(self, ctx: ChannelHandlerContext, data: bytes) -> str:
        return data.decode()

    def encode(self, ctx: ChannelHandlerContext, text: str) -> bytes:
        return text.encode()


class BothAll(MessageToMessageCodec[bytes, str]):
    """Both ways in Netty's form."""

    def decode(self, ctx: ChannelHandlerContext, data: bytes, out: list[str]) -> None:
        out.append(data.decode())

    def encode(self, ctx: ChannelHandlerContext, text: str, out: list[bytes]) -> None:
        out.append(text.encode())


class BothOfBytes(ByteToMessageCodec[str]):
    """Both ways in Netty's form."""

    def decode(self, ctx: ChannelHandlerContext, buf: ByteBuffer, out: list[str]) -> None:
        out.append(bytes(buf.read_bytes(1)).decode())

    def encode(self, ctx: ChannelHandlerContext, text: str, buf: ByteBuffer) -> None:
        buf.write_bytes(text.encode())


class BothOfBytesReturning(ByteToMessageCodec[str]):
    """Both ways in the other form."""

    def decode(self, ctx: ChannelHandlerContext, buf: ByteBuffer) -> str | None:
        return bytes(buf.read_bytes(1)).decode()

    def encode(self, ctx: ChannelHandlerContext, text: str) -> bytes:
        return text.encode()


# Handlers.


class Everything(ChannelHandler[str]):
    """Every callback, by other names, as plain functions and as coroutine functions."""

    def handler_added(self, c: ChannelHandlerContext) -> None: ...
    async def handler_removed(self, c: ChannelHandlerContext) -> None: ...
    def channel_registered(self, c: ChannelHandlerContext) -> Awaitable[None] | None:
        return c.fire_channel_registered()

    def channel_unregistered(self, c: ChannelHandlerContext) -> None: ...
    def channel_active(self, c: ChannelHandlerContext) -> Awaitable[None]:
        return c.fire_channel_active()

    async def channel_inactive(self, c: ChannelHandlerContext) -> None:
        await c.fire_channel_inactive()

    async def channel_read(self, c: ChannelHandlerContext, line: str) -> None:
        await c.write_and_flush(line)

    def channel_read_complete(self, c: ChannelHandlerContext) -> None: ...
    def channel_writability_changed(self, c: ChannelHandlerContext) -> None: ...
    def user_event_triggered(self, c: ChannelHandlerContext, evt: object) -> None:
        if isinstance(evt, IdleStateEvent):
            c.close()

    def exception_caught(self, c: ChannelHandlerContext, cause: Exception) -> None:
        c.close()

    def bind(self, c: ChannelHandlerContext, where: object, p: ChannelPromise) -> ChannelPromise:
        return c.bind(where, p)

    def connect(self, c: ChannelHandlerContext, where: object, p: ChannelPromise) -> None: ...
    def disconnect(self, c: ChannelHandlerContext, p: ChannelPromise) -> None: ...
    async def close(self, c: ChannelHandlerContext, p: ChannelPromise) -> None:
        await c.close(p)

    def deregister(self, c: ChannelHandlerContext, p: ChannelPromise) -> None: ...
    def read(self, c: ChannelHandlerContext) -> Awaitable[None]:
        return c.read()

    def write(self, c: ChannelHandlerContext, line: str, p: ChannelPromise | None) -> Awaitable[None]:
        return c.write(line, p)

    def flush(self, c: ChannelHandlerContext) -> Awaitable[None]:
        return c.flush()


class Received(SimpleChannelInboundHandler[DatagramPacket]):
    """Messages of one type."""

    async def message_received(self, c: ChannelHandlerContext, packet: DatagramPacket) -> None:
        print(packet)


class Adapter(ChannelHandlerAdapter):
    """Netty's name for the same class."""

    def channel_read(self, c: ChannelHandlerContext, line: str) -> None: ...


class Idle(IdleStateHandler):
    """A handler of ours, derived from."""

    def channel_idle(self, c: ChannelHandlerContext, evt: IdleStateEvent) -> None:
        c.close()

    def channel_read(self, c: ChannelHandlerContext, anything: Any) -> None: ...


class Texts(StringDecoder):
    """A codec of ours, derived from."""

    def channel_inactive(self, c: ChannelHandlerContext) -> None: ...


class Init(ChannelInitializer[SocketChannel]):
    """The channels it is for."""

    def init_channel(self, ch: SocketChannel) -> None:
        ch.pipeline().add_last(Everything(), Received(), Idle(), name=None)


class InitAny(ChannelInitializer):
    """Any channels."""

    def init_channel(self, ch: Channel) -> None:
        ch.pipeline().add_first(Texts())


# What handlers are looked up by, and attributes.

USER: AttributeKey[str] = AttributeKey("user")


def looked_up(channel: Channel) -> None:
    """A handler has the type that it was asked for by; by name it may be any."""
    pipeline = channel.pipeline()
    assert_type(pipeline.get(Everything), Everything | None)
    assert_type(pipeline.remove(Everything), Everything)
    assert_type(pipeline.remove_if_exists(Everything), Everything | None)
    assert_type(pipeline.replace(Everything, Received()), Everything)
    named = pipeline.get("codec")
    if isinstance(named, Texts):
        assert_type(named, Texts)
    assert_type(channel.attr(USER).get(), str | None)
    for name, handler in pipeline:
        print(name, handler, name in pipeline)


# Bootstraps.


async def connected(bootstrap: Bootstrap, channel: SocketChannel) -> None:
    """A callback of a client."""
    await channel.write_and_flush("hello")


def bound(server: ServerBootstrap, listening: ServerSocketChannel) -> None:
    """A callback of a server."""
    print(listening.local_address)


def any_channel(bootstrap: object, channel: Channel) -> None:
    """One for both."""


async def another(bootstrap: Bootstrap, error: OSError) -> SocketChannel:
    """An attempt that takes the place of the failed one."""
    return await bootstrap.connect("10.0.0.2", 9000)


def failed(bootstrap: object, error: Exception) -> None:
    """One for both."""


async def network() -> None:
    """Each callback where it belongs."""
    client = Bootstrap().handler(Init()).when_connect_success(connected).when_connect_fail(another).auto_reconnect(True)
    assert_type(client, Bootstrap)
    assert_type(await client.connect(LocalAddress("here")), SocketChannel)
    server = (
        ServerBootstrap().when_connect_success(bound).when_connect_fail(failed).child_handler(lambda ch: ch.pipeline().add_last(Idle()))
    )
    assert_type(server, ServerBootstrap)
    assert_type(await server.bind("127.0.0.1", 0), ServerSocketChannel)
    ServerBootstrap().when_connect_success(any_channel)
    Bootstrap().when_connect_success(any_channel).when_connect_fail(failed).when_connect_success(lambda _, channel: channel.close())
    assert_type(await Bootstrap().option(ChannelOption.SO_REUSEADDR, True).handler(Received()).bind("0.0.0.0", 5353), DatagramChannel)


embedded = EmbeddedChannel(Returning(), Encoded())
embedded.write_inbound(b"abc")
assert_type(embedded.outbound_bytes(), bytes)
