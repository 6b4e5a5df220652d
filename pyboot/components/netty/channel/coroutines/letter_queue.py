"""LetterQueue: the letters of one mailbox, in order; while it is too long, its channel does not read."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, final

from mypy_extensions import i64

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel

    from .letter import Letter

__all__ = ["LetterQueue"]


@final
class LetterQueue:
    """The letters that wait for the handler of one context; made when one waits for the first time.

    Law: with more than *limit* letters, or ``MAILBOX_BYTES`` in their messages, the channel stops reading, and it reads again with half of
    both. None is ever refused: so what waits is never more than that and the rest of one read, however long messages are.
    """

    def __init__(self, channel: Channel, limit: int) -> None:
        self._channel = channel
        self._limit = limit
        self._letters: deque[Letter] = deque()
        self._signals: set[object] = set()  # what those among them say that say no more (`Letter.signal`)
        self._is_full = False
        self._limit_bytes: i64 = channel.config.mailbox_bytes
        self._bytes: i64 = 0  # of all that wait
        self._filled_bytes: i64 = 0  # of those that did when there was no more room: counted once, for nothing is read from there on

    def __len__(self) -> int:
        return len(self._letters)

    def append(self, letter: Letter) -> None:
        """Let *letter* wait behind all others, unless it only says what one of them says already."""
        signal = letter.signal()
        if signal is not None:
            if signal in self._signals:
                return
            self._signals.add(signal)
        self._letters.append(letter)
        letter.held = letter.size()  # kept, as whoever has the message may change it meanwhile
        self._bytes += letter.held
        # Told once, at the border, and not refused: what comes now was read before the reading could stop.
        if not self._is_full and (len(self._letters) > self._limit or 0 < self._limit_bytes < self._bytes):
            self._is_full = True
            self._filled_bytes = self._bytes
            self._channel.reading.mailbox_filled(self._filled_bytes)

    def append_first(self, letter: Letter) -> None:
        """Let *letter* wait ahead of all others."""
        letter.held = 0
        self._letters.appendleft(letter)  # not counted against the limit: these are our own, a few for each handler

    def take(self) -> Letter:
        """The first letter, whose turn has come."""
        letter = self._letters.popleft()
        self._bytes -= letter.held
        if self._signals:
            self._signals.discard(letter.signal())
        # With half of them, not with one less: else the reading would be switched off and on for each message.
        if self._is_full and len(self._letters) <= self._limit // 2 and (self._bytes * 2 <= self._limit_bytes or self._limit_bytes == 0):
            self._is_full = False
            self._channel.reading.mailbox_emptied(self._filled_bytes)
        return letter

    def take_lost(self) -> list[Letter]:
        """The letters that do not outlive their channel: they wait no more."""
        lost = [letter for letter in self._letters if not letter.outlives_channel()]
        kept = [letter for letter in self._letters if letter.outlives_channel()]
        self._letters = deque(kept)
        self._bytes = sum([letter.held for letter in kept])
        self._signals = {letter.signal() for letter in kept}
        return lost
