"""What waits for a channel: in order, and within bounds."""

import os
from collections.abc import Iterator

import pytest

from pyboot.supervisor import backlog as module
from pyboot.supervisor.backlog import Backlog, BacklogFullError
from pyboot.supervisor.channel import Channel


@pytest.fixture
def ends() -> Iterator[tuple[Backlog, Channel]]:
    """A backlog, and who should read."""
    ours, theirs = Channel.pair()
    other = Channel.inherited(theirs.detach())
    other.set_blocking(False)
    backlog = Backlog(ours)
    yield backlog, other
    backlog.close()
    ours.close()
    other.close()


def drained(backlog: Backlog, other: Channel) -> list[bytes]:
    """All that comes, while the other one reads."""
    found = list[bytes]()
    while True:
        try:
            received = other.receive_data()
        except BlockingIOError:
            if backlog.flush() and not backlog:
                try:
                    received = other.receive_data()
                except BlockingIOError:
                    return found
            else:
                continue
        assert received is not None
        found.append(received[0])
        for descriptor in received[1]:
            os.close(descriptor)


def test_what_waits_comes_in_its_order(ends: tuple[Backlog, Channel]) -> None:
    """The first that waits is told, so that somebody looks for room."""
    backlog, other = ends
    sent = [b"%d" % number for number in range(1500)]
    waits = [backlog.send(data) for data in sent]

    assert 1 == sum(waits)
    assert sent == drained(backlog, other)


def test_between_the_water_marks_it_is_not_writable(ends: tuple[Backlog, Channel]) -> None:
    """So nobody who looks ever meets the bound."""
    backlog, other = ends
    while backlog.is_writable:
        backlog.send(bytes(10_000))
    waiting = len(backlog)
    drained(backlog, other)

    assert waiting < 200
    assert backlog.is_writable


def test_it_is_bounded_in_messages_bytes_and_descriptors(ends: tuple[Backlog, Channel], monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond that who asks has to do without."""
    backlog, _ = ends
    filled(backlog, b"x", (0,))
    assert 64 == len(backlog)
    filled(backlog, bytes(100_000), ())
    assert 64 + 83 == len(backlog), "8 MiB"
    monkeypatch.setattr(module, "_MOST_MESSAGES", len(backlog))
    with pytest.raises(BacklogFullError, match="messages wait"):
        backlog.send(b"x")


def filled(backlog: Backlog, data: bytes, descriptors: tuple[int, ...]) -> None:
    """Send until no more is taken."""
    for _ in range(10_000):
        try:
            backlog.send(data, descriptors)
        except BacklogFullError:
            return
    pytest.fail("there is no bound")
