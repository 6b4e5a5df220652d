"""Traffic: what came and went over channels, summed: one channel's so far, or that of all a server has had.

The law of counting. Each channel counts for itself, in plain integers of its own loop, from when it is made; its counts never fall, and
stay when it has closed. Who keeps a sum over channels adds each once, at its end, and for the time being asks those that are open. Another
thread may read the integers at any time: it sees some moment of each.

============== ===========================================================================================================
bytes_in       bytes that the network has brought
bytes_out      bytes that were handed to the network; what it has not taken yet counts, and is `OutboundBuffer.pending` too
messages_in    messages that decoders have cut out of those bytes, and datagrams; where one such decoder stands behind
               another, those of both
messages_out   written messages that the network has taken whole
reads          reads from the network
writes         runs of messages that were handed to the network, each one system call
flushes        flushes that have come through all handlers, or were made for who waits for room
errors         errors that callbacks of handlers have raised, decoders too
============== ===========================================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, final

from mypy_extensions import i64, mypyc_attr

if TYPE_CHECKING:
    from .channel import Channel

__all__ = ["Counted", "Traffic", "TrafficSum"]


@mypyc_attr(allow_interpreted_subclasses=True)
class Counted:
    """The counts of one channel, and the base of all; the table above says what each is."""

    bytes_in: i64 = 0
    bytes_out: i64 = 0
    messages_in: i64 = 0
    network_reads: i64 = 0
    network_writes: i64 = 0
    flushes: i64 = 0
    errors: i64 = 0
    # When the channel became active, by its loop's clock; 0 before.
    active_since = 0.0


class Traffic(NamedTuple):
    """Counts of one moment."""

    bytes_in: int = 0
    bytes_out: int = 0
    messages_in: int = 0
    messages_out: int = 0
    reads: int = 0
    writes: int = 0
    flushes: int = 0
    errors: int = 0

    @staticmethod
    def of(channel: Channel) -> Traffic:
        """The counts of one *channel* so far."""
        total = TrafficSum()
        total.add(channel)
        return total.traffic()


@final
class TrafficSum:
    """A sum of the counts of channels, and of the bytes that are pending in them now; of one thread, or under a lock."""

    def __init__(self) -> None:
        self._bytes_in: i64 = 0
        self._bytes_out: i64 = 0
        self._messages_in: i64 = 0
        self._messages_out: i64 = 0
        self._reads: i64 = 0
        self._writes: i64 = 0
        self._flushes: i64 = 0
        self._errors: i64 = 0
        self.pending: i64 = 0
        self.unwritable: i64 = 0

    def add(self, channel: Channel) -> None:
        """Add the counts of *channel*, which are read and not changed."""
        outbound = channel.outbound
        self._bytes_in += channel.bytes_in
        self._bytes_out += channel.bytes_out
        self._messages_in += channel.messages_in
        self._messages_out += outbound.taken()
        self._reads += channel.network_reads
        self._writes += channel.network_writes
        self._flushes += channel.flushes
        self._errors += channel.errors
        self.pending += outbound.pending
        if not outbound.is_writable:
            self.unwritable += 1

    def copy(self) -> TrafficSum:
        """The same sum, to add to; without what is pending, which is of open channels."""
        other = TrafficSum()
        other._bytes_in = self._bytes_in
        other._bytes_out = self._bytes_out
        other._messages_in = self._messages_in
        other._messages_out = self._messages_out
        other._reads = self._reads
        other._writes = self._writes
        other._flushes = self._flushes
        other._errors = self._errors
        return other

    def add_all(self, channels: Iterable[Channel]) -> None:
        """Add the counts of each of *channels*."""
        for channel in channels:
            self.add(channel)

    def traffic(self) -> Traffic:
        """The sum so far."""
        return Traffic(
            int(self._bytes_in),
            int(self._bytes_out),
            int(self._messages_in),
            int(self._messages_out),
            int(self._reads),
            int(self._writes),
            int(self._flushes),
            int(self._errors),
        )
