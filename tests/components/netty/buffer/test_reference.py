"""What has to be released."""

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.buffer.reference import ReferenceCounted
from pyboot.components.netty.channel.envelope import DatagramPacket


@pytest.mark.parametrize("msg", [ByteBuffer(b""), CompositeByteBuffer(), DatagramPacket(b"")])
def test_buffers_and_their_holders_are_counted(msg: object) -> None:
    """So they are released wherever the library lets go of a message."""
    assert isinstance(msg, ReferenceCounted)


@pytest.mark.parametrize("msg", [b"", bytearray(), memoryview(b""), "", None, object()])
def test_all_else_is_not(msg: object) -> None:
    """A view has a release of another meaning."""
    assert not isinstance(msg, ReferenceCounted)
