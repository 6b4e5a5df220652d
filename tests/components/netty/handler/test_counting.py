"""ByteCountingHandler: what went by."""

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.counting import ByteCountingHandler


def test_bytes_and_messages_of_all_channels_are_counted() -> None:
    """Errors too; channels while they are open."""
    counter = ByteCountingHandler()
    one, two = EmbeddedChannel(counter), EmbeddedChannel(counter)
    one.write_inbound(ByteBuffer(b"12345"), b"1")
    two.write_outbound(b"123", bytearray(b"12"))
    try:
        two.pipeline().fire_exception_caught(ValueError())
        two.check_exception()
    except ValueError:
        two.finish()

    assert (1, 6, 5, 2, 2, 1) == tuple(counter.statistics())
