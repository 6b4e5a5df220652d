"""The streams of one connection: those that are open, and of those that are over, how they ended, as long as it matters.

A peer that still sends on a stream that is over is wrong, unless it cannot know: that depends on who ended it. How the last thousand
ended is remembered; a peer that is further behind than that is taken for one who should know.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64, u8

from .errors import Http2ConnectionError, Http2ErrorCode
from .flow import ReceiveWindow, SendWindow
from .state import CLOSED, EVENTS, HALF_CLOSED_LOCAL, IDLE, MOVES, RECV_RESET, STATES

__all__ = ["ENDED", "LARGEST_STREAM_ID", "REMEMBERED", "RESET_BY_PEER", "RESET_BY_US", "UNKNOWN", "Http2Stream", "Http2Streams"]

# How a stream ended.
UNKNOWN: Final = 0  # or never began
ENDED: Final = 1
RESET_BY_US: Final = 2
RESET_BY_PEER: Final = 3

REMEMBERED: Final = 1000

LARGEST_STREAM_ID: Final = 2**31 - 1  # RFC 9113 5.1.1

# What is expected of a stream next.
HEAD: Final = 0
CONTENT: Final = 1


@final
class Http2Stream:
    """One stream that is not over."""

    __slots__ = ("expects", "is_head_request", "length", "number", "receive", "received", "send", "state")

    def __init__(self, number: i64, send_window: int, receive_window: int) -> None:
        self.number: i64 = number
        self.state: u8 = IDLE
        self.send = SendWindow(send_window)
        self.receive = ReceiveWindow(receive_window)
        self.expects: u8 = HEAD
        self.length: i64 = -1  # of the content that comes, as its head says
        self.received: i64 = 0
        self.is_head_request = False

    @property
    def has_sent_end(self) -> bool:
        """True if our side has ended."""
        return self.state == HALF_CLOSED_LOCAL or self.state == CLOSED

    def __repr__(self) -> str:
        return f"<Http2Stream {self.number} {STATES[self.state]}>"


@final
class Http2Streams:
    """The table of streams; *is_server*: the peer's have odd numbers."""

    def __init__(self, is_server: bool) -> None:
        self.open: dict[int, Http2Stream] = {}
        self.by_peer: i64 = 0  # streams that are open and that the peer began
        self.last_of_peer: i64 = 0
        self.next_of_ours: i64 = 2 if is_server else 1
        self._parity: i64 = 1 if is_server else 0
        self._over: dict[int, int] = {}
        self._over_before: dict[int, int] = {}

    def is_of_peer(self, number: i64) -> bool:
        """True if a stream of that number is the peer's to begin."""
        return number & 1 == self._parity

    def is_idle(self, number: i64) -> bool:
        """True if no stream of that number, nor a later one of the same side, has begun."""
        return number > self.last_of_peer if self.is_of_peer(number) else number >= self.next_of_ours

    def begin(self, number: i64, send_window: int, receive_window: int) -> Http2Stream:
        """Add a stream whose number is free."""
        stream = Http2Stream(number, send_window, receive_window)
        self.open[int(number)] = stream
        if self.is_of_peer(number):
            self.by_peer += 1
            self.last_of_peer = number
        else:
            self.next_of_ours = number + 2
        return stream

    def move(self, stream: Http2Stream, event: int, how: int = ENDED) -> None:
        """Go on with *event*; a stream that is over by it is remembered as one that ended *how*. Raises for what the table lacks."""
        state = MOVES[stream.state][event]
        if state < 0:
            text = f"{EVENTS[event]} of stream {stream.number}, which is {STATES[stream.state]}"
            raise Http2ConnectionError(Http2ErrorCode.INTERNAL_ERROR, text)
        stream.state = state
        if state == CLOSED:
            del self.open[int(stream.number)]
            if self.is_of_peer(stream.number):
                self.by_peer -= 1
            self.remember(stream.number, how)

    def drop_behind(self, last: i64) -> None:
        """End the streams of ours behind *last*, which the peer has not looked at, and never will (RFC 9113 6.8)."""
        for stream in list(self.open.values()):
            if stream.number > last and not self.is_of_peer(stream.number):
                self.move(stream, RECV_RESET, RESET_BY_PEER)

    def remember(self, number: i64, how: int) -> None:
        """Note how a stream ended."""
        # Two tables in turn: taking the oldest out of one, each time, would walk over the gaps that it leaves.
        if len(self._over) >= REMEMBERED:
            self._over_before = self._over
            self._over = {}
        self._over[int(number)] = how

    def how_ended(self, number: i64) -> int:
        """The way in which the stream of that number ended, as far as it is remembered."""
        how = self._over.get(int(number))
        return self._over_before.get(int(number), UNKNOWN) if how is None else how
