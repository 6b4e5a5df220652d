"""Names of the published package's codec module."""

from pyboot.components.netty import codec, handler
from pyboot.components.netty.codec.published import ByteToMessageError, DelimiterBasedFrameDecoderError, MessageToByteError, allocate_size
from pyboot.components.netty.errors import DecoderError, EncoderError, NettyError

CODEC = [
    "ByteDelimiterBasedFrameDecoder",
    "ByteToByteBufferMessageDecoder",
    "ByteToMessageDecoder",
    "ByteToMessageError",
    "DelimiterBasedFrameDecoder",
    "DelimiterBasedFrameDecoderError",
    "FixedLengthFrameDecoder",
    "FixedLengthFrameEncoder",
    "JsonDecoder",
    "JsonEncoder",
    "LengthFieldBasedFrameDecoder",
    "LengthFieldBasedFrameEncoder",
    "LineBasedFrameDecoder",
    "MessageToByteEncoder",
    "MessageToByteError",
    "MessageToMessageDecoder",
    "MessageToMessageEncoder",
    "SimpleBytesLengthFieldBasedFrameEncoder",
    "StringDecoder",
    "StringEncoder",
    "allocate_size",
]
HANDLER = [
    "AbstractRemoteAddressFilter",
    "FlushConsolidationHandler",
    "IdleStateHandler",
    "ListRemoteAddressFilter",
    "LoggingHandler",
    "WriteTimeoutHandler",
]


def test_everything_the_published_modules_define_can_be_imported() -> None:
    """From the same places."""
    assert [] == [name for name in CODEC if not hasattr(codec, name)]
    assert [] == [name for name in HANDLER if not hasattr(handler, name)]


def test_its_errors_are_ours() -> None:
    """An `except Exception` catches them, which it did not there."""
    assert (DecoderError, DecoderError, EncoderError) == (ByteToMessageError, DelimiterBasedFrameDecoderError, MessageToByteError)
    assert isinstance(ByteToMessageError("said", ValueError()), NettyError)


def test_sizes_are_rounded_up() -> None:
    """To whole chunks."""
    assert [0, 1024, 1024, 2048, 8] == [*(allocate_size(size) for size in (0, 1, 1024, 1025)), allocate_size(5, chunk=8)]
