"""Messages with addresses."""

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import release, size_of
from pyboot.components.netty.channel.envelope import AddressedEnvelope, DatagramPacket


def test_a_packet_is_counted_and_released_as_its_content() -> None:
    """A tuple of three all the same."""
    packet = DatagramPacket(ByteBuffer(b"abc"), ("::1", 9), ("::1", 7))
    content, recipient, sender = packet

    assert (3, ("::1", 9), ("::1", 7)) == (size_of(packet), recipient, sender)
    release(packet)
    assert 0 == content.ref_count  # type: ignore[union-attr]  # it is the buffer above


def test_an_envelope_holds_any_message() -> None:
    """Another content leaves the addresses; what it is stays too."""
    envelope: AddressedEnvelope[str] = AddressedEnvelope("hello", sender=("::1", 7))
    packet = DatagramPacket(b"x", "there").replace(b"y")

    assert (0, 1, "AddressedEnvelope(('::1', 7) => None, 'hello')") == (size_of(envelope), envelope.ref_count, repr(envelope))
    assert (DatagramPacket, b"y", "there") == (type(packet), packet.content, packet.recipient)
