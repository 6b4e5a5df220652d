"""Names of the published package's channel module."""

from typing import Any

import pytest

from pyboot.components.netty import (
    Channel,
    ChannelHandler,
    ChannelPipeline,
    DelimiterBasedFrameDecoder,
    EmbeddedChannel,
    channel,
    transport,
)
from pyboot.components.netty.channel.published import (
    ChannelHandleError,
    DefaultByteBufferOutboundHandler,
    NettyBaseError,
    NetWorkError,
    SocketChannelInitializer,
)
from pyboot.components.netty.errors import BindError, ConnectTimeoutError, DecoderError, EncoderError

CHANNEL = [
    "ByteBufAllocator",
    "ByteBuffer",
    "ChannelError",
    "ChannelEvent",
    "ChannelHandleError",
    "ChannelHandler",
    "ChannelHandlerContext",
    "ChannelOption",
    "ChannelPipeline",
    "DefaultByteBufferOutboundHandler",
    "K",
    "L",
    "M",
    "N",
    "NetWorkError",
    "NettyBaseError",
    "P",
    "PooledByteBufferAllocator",
    "ServerSocketChannel",
    "SocketChannel",
    "SocketChannelInitializer",
    "T",
    "T_BYTES_BYTEBUFFER",
]


@pytest.mark.parametrize("name", CHANNEL)
def test_everything_the_published_module_defines_can_be_imported(name: str) -> None:
    """Or had from pyboot-commons where it is ours here; sockets, which are a layer above, when they are asked for."""
    assert hasattr(channel, name)


def test_sockets_are_those_of_the_transport() -> None:
    """No copies."""
    assert (transport.SocketChannel, transport.ServerSocketChannel) == (channel.SocketChannel, channel.ServerSocketChannel)  # type: ignore[attr-defined]  # asked for at run time only


@pytest.mark.parametrize("error", [DecoderError, EncoderError])
def test_what_codecs_raise_is_a_handle_error(error: type[Exception]) -> None:
    """As there; and an Exception, which it was not there."""
    assert issubclass(error, ChannelHandleError)
    assert issubclass(ChannelHandleError, NettyBaseError)
    assert issubclass(NettyBaseError, Exception)


@pytest.mark.parametrize("error", [BindError, ConnectTimeoutError, ConnectionRefusedError])
def test_what_a_bootstrap_raises_is_a_network_error(error: type[Exception]) -> None:
    """`except NetWorkError` catches it."""
    assert issubclass(error, NetWorkError)


def test_an_initializer_may_write_init_channel_in_camel_case() -> None:
    """It fills the pipeline."""

    class Filling(SocketChannelInitializer):
        def initChannel(self, sc: Channel) -> None:  # the published name
            sc.pipeline().add_last(DelimiterBasedFrameDecoder([b";"]))

    embedded = EmbeddedChannel(Filling())
    embedded.write_inbound(b"a;b;")

    assert [b"a", b"b"] == [bytes(embedded.read_inbound()), bytes(embedded.read_inbound())]


def test_an_initializer_without_either_method_says_so() -> None:
    """As `ChannelInitializer` does: nothing is added, and the channel is closed."""
    assert SocketChannelInitializer.init_channel is SocketChannelInitializer.__base__.init_channel  # type: ignore[union-attr]  # it has one


def test_the_default_outbound_handler_changes_nothing() -> None:
    """The head of every pipeline sends bytes."""
    embedded = EmbeddedChannel(DefaultByteBufferOutboundHandler())
    embedded.write_outbound(b"word")

    assert b"word" == bytes(embedded.read_outbound())


def test_a_pipeline_adds_and_removes_under_the_published_names() -> None:
    """Removing what is not there changes nothing, as there."""

    class Standing(ChannelHandler[Any]):
        pass

    standing = Standing()
    pipeline: ChannelPipeline = EmbeddedChannel().pipeline()

    assert pipeline.add_handler(standing) is pipeline
    assert standing in pipeline
    assert pipeline.remove_handler(standing).remove_handler(standing) is pipeline
    assert standing not in pipeline


async def test_a_channel_can_be_awaited_as_the_published_future() -> None:
    """`sync` ends with the channel; `result` is there at once."""
    embedded = EmbeddedChannel()
    assert embedded.result() is embedded

    embedded.close()
    await embedded.sync()

    assert not embedded.is_open


def test_a_channel_gives_and_takes_buffers() -> None:
    """Nothing is taken from nobody."""
    embedded = EmbeddedChannel()
    buffer = embedded.allocate_bytebuffer(16)

    embedded.release_bytebuffer(None)
    embedded.release_bytebuffer(buffer)

    assert 0 == buffer.ref_count
    assert embedded.channel_id == embedded.id
