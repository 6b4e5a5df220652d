"""HttpStreamDeadlines: what is due of requests that share a connection, in memory on a clock that is turned."""

from collections.abc import Iterable
from typing import Any, ClassVar

import pytest

from pyboot.components.netty import Channel, CloseReason, EmbeddedChannel
from pyboot.components.netty.codec.http.stream_deadlines import HttpStreamDeadlines, UnfinishedRequest


class Watched(HttpStreamDeadlines):
    """Watches one request, of which it is told."""

    wanted: ClassVar = {reason: reason.value for reason in CloseReason}

    def __init__(self, stream: Channel, wants: CloseReason, **figures: Any) -> None:
        super().__init__(**figures)
        self.stream, self.wants, self.received, self.may_come = stream, wants, 0, True
        self.ended = 0

    def find(self, ctx: Any, /) -> None:
        """It is there."""

    def look(self) -> tuple[CloseReason | None, object]:
        """The connection waits for nothing."""
        return None, None

    def requests(self) -> Iterable[UnfinishedRequest]:
        """The one."""
        yield UnfinishedRequest(1, self.stream, self.wants, self.received, self.may_come)

    def end_stream(self, stream: Channel, /) -> None:
        """Count."""
        self.ended += 1


def after(seconds: float, watched: Watched, bytes_a_second: int = 0, change: Any = None) -> int:
    """How often the stream was to end within *seconds*; *change* is called each half of one."""
    channel = EmbeddedChannel(watched)
    for half in range(int(seconds * 2)):
        watched.received += bytes_a_second // 2
        if change is not None:
            change(half)
        channel.advance_time(0.5)
        if watched.ended:
            return 1
    return 0


@pytest.mark.parametrize(
    ("wants", "rate", "seconds", "ends"),
    [
        (CloseReason.HEAD_TIMEOUT, 0, 9, 0),
        (CloseReason.HEAD_TIMEOUT, 0, 16, 1),
        (CloseReason.HEAD_TIMEOUT, 10_000, 16, 1),  # its rate does not matter
        (CloseReason.CONTENT_TIMEOUT, 0, 9, 0),
        (CloseReason.CONTENT_TIMEOUT, 0, 21, 1),
        (CloseReason.CONTENT_TIMEOUT, 300, 290, 0),
        (CloseReason.CONTENT_TIMEOUT, 300, 306, 1),
    ],
)
def test_each_wait_has_its_end(wants: CloseReason, rate: int, seconds: float, ends: int) -> None:
    """By the time it took, or the bytes that came in it."""
    assert ends == after(seconds, Watched(EmbeddedChannel(), wants), rate)


def test_another_wait_begins_anew() -> None:
    """The head has come in time, so content has its own."""
    watched = Watched(EmbeddedChannel(), CloseReason.HEAD_TIMEOUT, content_rate=0)

    def change(half: int) -> None:
        watched.wants = CloseReason.HEAD_TIMEOUT if half < 16 else CloseReason.CONTENT_TIMEOUT

    assert 0 == after(60, watched, change=change)


def test_time_in_which_nothing_may_come_does_not_count() -> None:
    """This side has it."""
    watched = Watched(EmbeddedChannel(), CloseReason.CONTENT_TIMEOUT)
    watched.may_come = False
    assert 0 == after(1000, watched)
