"""What messages count for."""

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.handler.size import bytes_of


def test_bytes_of_whatever_holds_them() -> None:
    """A view counts its bytes, not its items; what holds none counts for none."""
    wide = memoryview(b"1234").cast("H")
    messages = [b"1", bytearray(b"12"), wide, ByteBuffer(b"12345"), CompositeByteBuffer([b"1", b"2"]), "text"]

    assert [1, 2, 4, 5, 2, 0] == [bytes_of(message) for message in messages]
