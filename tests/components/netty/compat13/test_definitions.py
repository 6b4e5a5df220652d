"""Names that 1.3.4 defined and that mean something else here, or nothing."""

import pytest

from pyboot.components.netty import (
    Channel,
    DelimiterBasedFrameDecoder,
    EmbeddedChannel,
)
from pyboot.components.netty.compat13.definitions import (
    ByteToMessageError,
    ChannelHandleError,
    DefaultByteBufferOutboundHandler,
    DelimiterBasedFrameDecoderError,
    MessageToByteError,
    NettyBaseError,
    NetWorkError,
    SocketChannelInitializer,
    allocate_size,
)
from pyboot.components.netty.errors import BindError, ConnectTimeoutError, DecoderError, EncoderError, NettyError


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
        def initChannel(self, sc: Channel) -> None:  # the name of 1.3
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


def test_its_errors_are_ours() -> None:
    """An `except Exception` catches them, which it did not there."""
    assert (DecoderError, DecoderError, EncoderError) == (ByteToMessageError, DelimiterBasedFrameDecoderError, MessageToByteError)
    assert isinstance(ByteToMessageError("said", ValueError()), NettyError)


def test_sizes_are_rounded_up() -> None:
    """To whole chunks."""
    assert [0, 1024, 1024, 2048, 8] == [*(allocate_size(size) for size in (0, 1, 1024, 1025)), allocate_size(5, chunk=8)]
