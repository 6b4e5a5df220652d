"""PcapWriteHandler: the capture is read back packet by packet."""

import io
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.pcap import FILE_HEADER, PcapWriteHandler, _Conversation

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10


class Packet(NamedTuple):
    """What matters of a packet: who sent it, flags, sequence numbers, content."""

    source_port: int
    flags: int
    sequence: int
    acknowledged: int
    payload: bytes


class Between(EmbeddedChannel):
    """A channel with addresses."""

    def __init__(self, local: Any, remote: Any, *handlers: Any) -> None:
        self.ends = (local, remote)
        super().__init__(*handlers)

    def local_address(self) -> Any:
        return self.ends[0]

    def remote_address(self) -> Any:
        return self.ends[1]


def checks(data: bytes) -> bool:
    """Whether the sum over what holds its own checksum is all ones (RFC 1071)."""
    total = sum(struct.unpack(f">{len(data) // 2 + len(data) % 2}H", data + b"\0" * (len(data) % 2)))
    return total % 0xFFFF == 0


def packets(capture: bytes) -> list[Packet]:
    """The packets of a capture, every length and checksum of them looked at."""
    assert b"\xa1\xb2\xc3\xd4\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x00\x65" == capture[:24]
    found = []
    at = 24
    while at < len(capture):
        seconds, micros, size, whole = struct.unpack_from(">IIII", capture, at)
        assert (1000, 500_000, size) == (seconds, micros, whole)
        packet = capture[at + 16 : at + 16 + size]
        at += 16 + size
        if packet[0] >> 4 == 4:
            assert struct.unpack_from(">H", packet, 2)[0] == size
            assert checks(packet[:20])
            addresses, segment = packet[12:20], packet[20:]
        else:
            assert struct.unpack_from(">H", packet, 4)[0] == size - 40
            addresses, segment = packet[8:40], packet[40:]
        assert checks(addresses + struct.pack(">IHBB", len(segment), 0, 0, 6) + segment)
        port, _, sequence, acknowledged, _, flags = struct.unpack_from(">HHIIBB", segment)
        found.append(Packet(port, flags, sequence, acknowledged, segment[20:]))
    return found


def capture(local: Any, remote: Any, *, accepted: bool = False) -> bytes:
    """A conversation of two messages, opened and closed."""
    output = io.BytesIO()
    channel = Between(local, remote)
    channel.parent = channel if accepted else None
    channel.pipeline().add_first(PcapWriteHandler(output, clock=lambda: 1000.5))
    channel.write_inbound(ByteBuffer(b"ping"))
    channel.write_outbound(b"pong!", "no bytes")
    channel.finish()
    return output.getvalue()


@pytest.mark.parametrize("host", ["10.0.0.1", "2001:db8::1"])
def test_a_conversation_has_a_handshake_numbers_that_fit_and_a_farewell(host: str) -> None:
    """In both versions of IP."""
    assert [
        (1024, SYN, 0, 0, b""),
        (80, SYN | ACK, 0, 1, b""),
        (1024, ACK, 1, 1, b""),
        (80, PSH | ACK, 1, 1, b"ping"),
        (1024, PSH | ACK, 1, 5, b"pong!"),
        (1024, FIN | ACK, 6, 5, b""),
        (80, FIN | ACK, 5, 7, b""),
        (1024, ACK, 7, 6, b""),
    ] == packets(capture((host, 1024), (host, 80)))


def test_the_peer_begins_where_the_connection_was_accepted() -> None:
    """A channel with a parent."""
    assert [(80, SYN), (1024, SYN | ACK)] == [
        (packet.source_port, packet.flags) for packet in packets(capture(("10.0.0.1", 1024), ("10.0.0.2", 80), accepted=True))[:2]
    ]


@pytest.mark.parametrize("ends", [("embedded", "embedded"), (None, None), (("10.0.0.1", 1), ("::1", 2)), ("/run/socket", "")])
def test_ends_without_addresses_that_fit_get_some(ends: Any) -> None:
    """Unix sockets have none."""
    assert 8 == len(packets(capture(*ends)))


def test_large_messages_become_several_segments() -> None:
    """A packet holds 64 KiB."""
    output = io.BytesIO()
    channel = EmbeddedChannel(PcapWriteHandler(output, clock=lambda: 1000.5))
    channel.write_outbound(bytes(200_000))
    sizes = [len(packet.payload) for packet in packets(output.getvalue()) if packet.payload]

    assert [65475, 65475, 65475, 3575] == sizes


def test_a_reset_ends_the_conversation() -> None:
    """No farewell behind it."""
    output = io.BytesIO()
    channel = EmbeddedChannel(PcapWriteHandler(output, clock=lambda: 1000.5))
    with pytest.raises(ConnectionResetError):
        channel.lose(ConnectionResetError())
    channel.run_pending_tasks()

    assert RST | ACK == packets(output.getvalue())[-1].flags


def test_nothing_is_written_while_it_is_paused() -> None:
    """Netty: pause and resume."""
    output = io.BytesIO()
    handler = PcapWriteHandler(output, write_file_header=False)
    handler.pause()
    channel = EmbeddedChannel(handler)
    channel.write_outbound(b"secret")
    assert b"" == output.getvalue()
    handler.resume()
    channel.write_outbound(b"public")
    assert output.getvalue().endswith(b"public")


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_reads_it(tmp_path: Path) -> None:
    """And finds nothing wrong."""
    path = tmp_path / "capture.pcap"
    path.write_bytes(capture(("10.0.0.1", 1024), ("10.0.0.2", 80)))
    command = ["tshark", "-r", str(path), "-o", "tcp.check_checksum:TRUE", "-T", "fields", "-e", "tcp.payload", "-e", "_ws.expert.message"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert b"ping".hex() in printed
    assert "checksum" not in printed.lower()


@pytest.mark.parametrize("sent", [0, 1])
def test_the_farewell_behind_four_gigabytes_begins_the_numbers_anew(sent: int) -> None:
    """Sequence numbers have 32 bits; a stream may end at the last of them."""
    conversation = _Conversation(("10.0.0.1", 1024), ("10.0.0.2", 80))
    conversation._next = [0xFFFFFFFF - sent, 0xFFFFFFFF]
    if sent:
        conversation.carry(b"x", outbound=True)
    farewell = b"".join(struct.pack(">IIII", 1000, 500_000, len(packet), len(packet)) + packet for packet in conversation.close())

    assert [(FIN | ACK, 0xFFFFFFFF, 0xFFFFFFFF), (FIN | ACK, 0xFFFFFFFF, 0), (ACK, 0, 0)] == [
        (packet.flags, packet.sequence, packet.acknowledged) for packet in packets(FILE_HEADER + farewell)
    ]
