"""HJ 212 in a pipeline."""

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.hj212 import HJ212FrameDecoder
from pyboot.components.netty.codec.text import StringDecoder
from pyboot.components.netty.errors import CorruptedFrameError, PrematureCloseError, TooLongFrameError
from pyboot.components.netty.wire.hj212 import HJ212Frame
from pyboot.testing.codec import check_decoder

ONE = b"##0015MN=1;CP=&&A=1&&" + HJ212Frame.crcCheckCode("MN=1;CP=&&A=1&&").encode()
TWO = b"##0023MN=2;CP=&&B=2,C=3;D=4&&" + HJ212Frame.crcCheckCode("MN=2;CP=&&B=2,C=3;D=4&&").encode()


def test_frames_keep_the_contract() -> None:
    """With and without the end of a line behind them."""
    frames = [HJ212Frame.parse_frame(ONE.decode()), HJ212Frame.parse_frame(TWO.decode())]

    check_decoder(
        lambda: HJ212FrameDecoder(100),
        ONE + b"\r\n" + TWO,
        frames,
        wrong={
            b"no frame": CorruptedFrameError,
            ONE[:-4] + b"0000": CorruptedFrameError,
            b"##0200": TooLongFrameError,
            ONE[:-1]: PrematureCloseError,
        },
    )


def test_text_in_front_of_it_will_do() -> None:
    """The pipeline of the published HJ212Server: a StringDecoder comes first, which may strip line ends."""
    channel = EmbeddedChannel(StringDecoder(strip=True), HJ212FrameDecoder())
    channel.write_inbound(ByteBuffer(ONE[:10]))
    channel.write_inbound(ByteBuffer(ONE[10:] + b"\r\n"))
    channel.write_inbound(ByteBuffer(TWO + b"\r\n"))

    assert ["1", "2"] == [frame.mn for frame in channel.inbound_messages()]
