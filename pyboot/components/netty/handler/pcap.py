"""PcapWriteHandler: writes what a channel sends and receives as a capture file, for Wireshark, tshark and tcpdump.

The handler sees bytes, not packets; so it makes up the packets a network would have carried them in: a handshake, segments with sequence
numbers that fit, a farewell. Source: Netty's class of that name; the format is that of draft-ietf-opsawg-pcap, link type RAW.
"""

from __future__ import annotations

import ipaddress
import struct
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, BinaryIO, Final, final

from pyboot.components.netty.buffer.message import bytes_of
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise

from .pcap_file import FILE_HEADER, PcapFile

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["FILE_HEADER", "PcapWriteHandler"]

_FIN, _SYN, _RST, _PSH, _ACK = 0x01, 0x02, 0x04, 0x08, 0x10
_LARGEST: Final = 65535 - 40 - 20  # of a segment's payload: what fits behind an IPv6 and a TCP header
_SOMEWHERE: Final = "127.0.0.1"  # for ends that have no IP address, as Unix sockets and embedded channels


class PcapWriteHandler(ChannelHandler[Any]):
    """Writes a capture to *output*: a `PcapFile`, which never makes the loop wait for a disk, or an open binary file.

    Put it first in the pipeline, where messages are bytes. The output is flushed when the channel closes and left open. An open file is
    written on the channel's loop, so take one that is in memory.

    Args:
        output: where to; several handlers may share it.
        write_file_header: False for all handlers but the first where several share one open file; a `PcapFile` has its own.
        clock: seconds since 1970; for tests.
    """

    def __init__(self, output: BinaryIO | PcapFile, *, write_file_header: bool = True, clock: Callable[[], float] = time.time) -> None:
        self._output = output
        self._clock = clock
        self._conversation: _Conversation | None = None
        self.is_paused = False
        if write_file_header and not isinstance(output, PcapFile):
            output.write(FILE_HEADER)

    def pause(self) -> None:
        """Leave out what passes until `resume`."""
        self.is_paused = True

    def resume(self) -> None:
        """Write again what passes."""
        self.is_paused = False

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            self._begin(ctx)
        return None

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._begin(ctx)
        return ctx.fire_channel_active()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        self._carry(msg, outbound=False)
        return ctx.fire_channel_read(msg)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        self._carry(msg, outbound=True)
        return ctx.write(msg, promise)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        if isinstance(error, ConnectionResetError) and self._conversation is not None:
            self._write(self._conversation.reset())
            self._conversation = None
        return ctx.fire_exception_caught(error)

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._end()
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._end()
        return None

    def _begin(self, ctx: ChannelHandlerContext) -> None:
        if self._conversation is None:
            self._conversation = _Conversation(ctx.channel.local_address(), ctx.channel.remote_address())
            self._write(self._conversation.open(by_us=ctx.channel.parent is None))

    def _carry(self, msg: Any, *, outbound: bool) -> None:
        data = bytes_of(msg)
        if self._conversation is not None and data is not None:
            self._write(self._conversation.carry(data, outbound=outbound))

    def _end(self) -> None:
        if self._conversation is not None:
            self._write(self._conversation.close())
            self._conversation = None
            self._output.flush()

    def _write(self, packets: list[bytes]) -> None:
        # Here and not where packets are made: the sequence numbers go on, so a reader of the file sees the gap as one.
        if self.is_paused:
            return
        now = self._clock()
        stamp = (int(now), int(now % 1 * 1_000_000))
        for packet in packets:
            self._output.write(struct.pack(">IIII", *stamp, len(packet), len(packet)) + packet)


@final
class _Conversation:
    """The packets of one connection between us (0) and the peer (1)."""

    def __init__(self, local: Any, remote: Any) -> None:
        ends = [_end(local, 1), _end(remote, 2)]
        if ends[0][0].version != ends[1][0].version:
            ends = [(ipaddress.ip_address(_SOMEWHERE), port) for _, port in ends]
        self._ends = ends
        self._next = [0, 0]  # sequence numbers

    def open(self, *, by_us: bool) -> list[bytes]:
        """The handshake."""
        first = 0 if by_us else 1
        packets = [self._packet(first, _SYN)]
        self._next[first] += 1
        packets.append(self._packet(1 - first, _SYN | _ACK))
        self._next[1 - first] += 1
        return [*packets, self._packet(first, _ACK)]

    def carry(self, data: bytes, *, outbound: bool) -> list[bytes]:
        """The segments of *data*."""
        sender = 0 if outbound else 1
        packets = []
        for at in range(0, len(data), _LARGEST):
            part = data[at : at + _LARGEST]
            packets.append(self._packet(sender, _PSH | _ACK, part))
            self._next[sender] = (self._next[sender] + len(part)) & 0xFFFFFFFF
        return packets

    def close(self) -> list[bytes]:
        """The farewell."""
        packets = []
        for sender in (0, 1):
            packets.append(self._packet(sender, _FIN | _ACK))
            self._next[sender] = (self._next[sender] + 1) & 0xFFFFFFFF
        return [*packets, self._packet(0, _ACK)]

    def reset(self) -> list[bytes]:
        """The peer has broken the connection off."""
        return [self._packet(1, _RST | _ACK)]

    def _packet(self, sender: int, flags: int, payload: bytes = b"") -> bytes:
        (source, source_port), (target, target_port) = self._ends[sender], self._ends[1 - sender]
        acknowledged = self._next[1 - sender] if flags & _ACK else 0
        head = struct.pack(">HHIIBBHHH", source_port, target_port, self._next[sender], acknowledged, 5 << 4, flags, 65535, 0, 0)
        length = len(head) + len(payload)
        # TCP counts the addresses into its checksum, which stand in the header below it (RFC 9293, 3.1).
        pseudo = source.packed + target.packed + struct.pack(">IHBB", length, 0, 0, 6)
        check = _checksum(pseudo + head + payload)
        segment = head[:16] + struct.pack(">H", check) + head[18:] + payload
        if source.version == 6:
            return struct.pack(">IHBB", 6 << 28, length, 6, 64) + source.packed + target.packed + segment
        plain = struct.pack(">BBHHHBBH", 0x45, 0, 20 + length, 0, 0x4000, 64, 6, 0) + source.packed + target.packed
        return plain[:10] + struct.pack(">H", _checksum(plain)) + plain[12:] + segment


def _end(address: Any, fallback_port: int) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    try:
        host, port = address[0], int(address[1])
        return ipaddress.ip_address(str(host).partition("%")[0]), port
    except (TypeError, ValueError, IndexError):
        return ipaddress.ip_address(_SOMEWHERE), fallback_port


def _checksum(data: bytes) -> int:
    """The Internet checksum. Source: RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
