"""STOMP in a pipeline."""

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.stomp.codec import StompFrameDecoder, StompFrameEncoder
from pyboot.components.netty.errors import EncoderError, PrematureCloseError
from pyboot.components.netty.wire.stomp.errors import CorruptedStompFrameError, StompLimitError
from pyboot.components.netty.wire.stomp.frame import StompFrame
from pyboot.testing import check_decoder, check_round_trip

STREAM = b"CONNECT\nhost:a\n\n\x00\n\nSEND\ncontent-length:3\n\na\x00b\x00SEND\r\na\\cb:c\r\n\r\nhi\x00\r\nDISCONNECT\n\n\x00"
FRAMES = [
    StompFrame("CONNECT", {"host": "a"}),
    StompFrame("SEND", {"content-length": "3"}, b"a\x00b"),
    StompFrame("SEND", {"a:b": "c"}, b"hi"),
    StompFrame("DISCONNECT"),
]


def test_the_decoder_keeps_the_contract_of_decoders() -> None:
    """However its input is cut, and whatever it is."""
    check_decoder(
        StompFrameDecoder,
        STREAM,
        FRAMES,
        wrong={
            b"GET / HTTP/1.1\r\n": StompLimitError,
            b"HELLO\n": CorruptedStompFrameError,
            b"SEND\na:\\t\n": CorruptedStompFrameError,
            b"SEND\ncontent-length:99999999\n\n": StompLimitError,
            b"SEND\n" + b"a:b\n" * 101: StompLimitError,
            b"SEND\n\nhi": PrematureCloseError,
        },
    )


def test_what_is_written_is_read() -> None:
    """With its length."""
    frames = [StompFrame("MESSAGE", {"a:\r\n": "\\", "content-length": "400"}, bytes(400)), StompFrame("RECEIPT", {"receipt-id": "1"})]
    check_round_trip(StompFrameEncoder(), StompFrameDecoder(), frames)


def test_a_frame_that_cannot_be_written_fails_its_write() -> None:
    """And no other; what is no frame passes."""
    channel = EmbeddedChannel(StompFrameEncoder())
    promise = channel.new_promise()
    channel.write_and_flush(StompFrame("CONNECT", {"host": "a\nb"}), promise)
    channel.write_and_flush(b"as it is")

    assert isinstance(promise.error, EncoderError)
    assert b"as it is" == channel.outbound_bytes()
