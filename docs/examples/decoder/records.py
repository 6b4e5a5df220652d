"""A protocol of its own: each record is a kind, a length and that many bytes.

+------+-----------+-----------------+
| kind |  length   | payload         |
| 1 B  |  2 B      | length bytes    |
+------+-----------+-----------------+
"""

from dataclasses import dataclass

from pyboot.netty import ByteBuffer, ByteToMessageDecoder, ChannelHandlerContext, MessageToByteEncoder, TooLongFrameError


@dataclass(frozen=True)
class Record:
    """One message, in either direction."""

    kind: int
    payload: bytes


class RecordDecoder(ByteToMessageDecoder[Record]):
    """Bytes to records."""

    def __init__(self, max_length: int = 1024) -> None:
        """Refuse records with more than *max_length* bytes of payload."""
        self.max_length = max_length

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> Record | None:
        """Make the next record, or None while it is not whole."""
        if buffer.readable_bytes() < 3:
            return None
        length = buffer.get_uint16(buffer.reader_index + 1)
        if length > self.max_length:
            buffer.skip_bytes(buffer.readable_bytes())
            raise TooLongFrameError(length, self.max_length)
        if buffer.readable_bytes() < 3 + length:
            return None
        kind = buffer.read_uint8()
        buffer.skip_bytes(2)
        return Record(kind, bytes(buffer.read_bytes(length)))


class RecordEncoder(MessageToByteEncoder[Record]):
    """Records to bytes."""

    def encode(self, ctx: ChannelHandlerContext, msg: Record, out: ByteBuffer) -> None:
        """Write *msg* to *out*."""
        out.write_uint8(msg.kind).write_uint16(len(msg.payload)).write_bytes(msg.payload)
