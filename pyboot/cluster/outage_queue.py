"""OutageQueue: the frames that wait until the engine is there again, or takes more: so many, of so many bytes, for so long. No I/O here."""

from collections import deque
from typing import final

__all__ = ["OutageQueue"]


@final
class OutageQueue:
    """A queue of frames with their channels. Law: what goes for want of room or time is the oldest, and is counted."""

    def __init__(self, most_messages: int, most_bytes: int, most_seconds: float) -> None:
        """Take the limits."""
        self.most_messages = most_messages
        self.most_bytes = most_bytes
        self.most_seconds = most_seconds
        self.bytes = 0
        self.dropped = 0
        self._frames: deque[tuple[float, str, bytes]] = deque()

    def put(self, now: float, channel: str, frame: bytes) -> None:
        """Add *frame* at the end; what is over a limit goes at the beginning."""
        self._frames.append((now, channel, frame))
        self.bytes += len(frame)
        while self._frames and (len(self._frames) > self.most_messages or self.bytes > self.most_bytes):
            self._drop()
        self._drop_old(now)

    def take(self, now: float) -> tuple[str, bytes] | None:
        """Take the first frame that is not too old; None where there is none."""
        self._drop_old(now)
        if not self._frames:
            return None
        _, channel, frame = self._frames.popleft()
        self.bytes -= len(frame)
        return channel, frame

    def _drop_old(self, now: float) -> None:
        while self._frames and now - self._frames[0][0] > self.most_seconds:
            self._drop()

    def _drop(self) -> None:
        _, _, frame = self._frames.popleft()
        self.bytes -= len(frame)
        self.dropped += 1

    def clear(self) -> int:
        """Drop everything; return how many there were."""
        count = len(self._frames)
        self.dropped += count
        self._frames.clear()
        self.bytes = 0
        return count

    def __len__(self) -> int:
        return len(self._frames)
