"""Messages between two ends of a channel."""

import os
from collections.abc import Iterator

import pytest

from pyboot.supervisor.channel import Channel, Message


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    """Both ends of a channel, of which neither waits."""
    ours, theirs = Channel.pair()
    other = Channel.inherited(theirs.detach())
    other.set_blocking(False)
    yield ours, other
    ours.close()
    other.close()


def test_messages_keep_their_bounds_and_their_order(ends: tuple[Channel, Channel]) -> None:
    """Two that are sent are two that are received, whole."""
    ours, theirs = ends
    ours.send("beat")
    ours.send("adopt", {"slot": 1, "text": "ü" * 1000})

    assert Message("beat", {}) == theirs.receive()
    assert Message("adopt", {"slot": 1, "text": "ü" * 1000}) == theirs.receive()
    with pytest.raises(BlockingIOError):
        theirs.receive()


def test_a_message_carries_descriptors(ends: tuple[Channel, Channel]) -> None:
    """What is received is another descriptor of the same file, and no child of ours gets it."""
    ours, theirs = ends
    reader, writer = os.pipe()
    ours.send("listening", {}, (writer,))
    os.close(writer)

    message = theirs.receive()
    assert message is not None
    (received,) = message.descriptors
    assert not os.get_inheritable(received)
    os.write(received, b"x")
    assert b"x" == os.read(reader, 1)
    for descriptor in (reader, received):
        os.close(descriptor)


def test_the_end_of_the_other_side_is_seen(ends: tuple[Channel, Channel]) -> None:
    """Nothing is received for good, and nothing can be sent."""
    ours, theirs = ends
    theirs.close()

    assert ours.receive() is None
    with pytest.raises(OSError):  # noqa: PT011  # which one is the system's affair
        ours.send("drain")


def test_whoever_does_not_read_holds_nobody_up(ends: tuple[Channel, Channel]) -> None:
    """Sending fails at once when there is no room any more."""
    ours, _theirs = ends

    def send_many() -> None:
        for _ in range(100_000):
            ours.send("adopt", {"text": "x" * 1000})

    with pytest.raises(BlockingIOError):
        send_many()
