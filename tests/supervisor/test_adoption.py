"""Who accepts for a slot that has no worker."""

import os
import socket
import sys
from collections.abc import Iterator

import pytest

from pyboot.supervisor.adoption import adopt_vacant
from pyboot.supervisor.broker import Broker, Request
from pyboot.supervisor.channel import Channel, Message
from pyboot.supervisor.process import ProcessState, WorkerProcess
from pyboot.supervisor.slot import Slot
from tests.supervisor.conftest import MakeProcess

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all workers share one socket")
TCP = Request(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A broker with sockets for two slots."""
    made = Broker()
    for slot in (0, 1):
        made.ask(TCP, slot, 1)
    yield made
    made.close()


def ready(process: WorkerProcess, slot: Slot) -> None:
    """Let *process* serve in *slot*."""
    process.move(ProcessState.READY)
    slot.serving = process


def received(channel: Channel) -> list[tuple[str, object]]:
    """The kinds of the messages that have come, and the slots that they are about."""
    messages = list[Message]()
    while True:
        try:
            message = channel.receive()
        except BlockingIOError:
            for descriptor in [each for message in messages for each in message.descriptors]:
                os.close(descriptor)
            return [(message.kind, message.fields["slot"]) for message in messages]
        assert message is not None
        messages.append(message)


def test_a_neighbour_accepts_until_the_slot_has_a_worker_again(make_process: MakeProcess, broker: Broker) -> None:
    """It is told once each time, however often it is looked at."""
    slots, (helper, told), (later, _) = [Slot(0), Slot(1)], make_process(0), make_process(1)
    ready(helper, slots[0])

    adopt_vacant(slots, broker)
    adopt_vacant(slots, broker)
    assert [("adopt", 1)] == received(told)
    slots[1].coming = later
    adopt_vacant(slots, broker)
    assert [] == received(told)
    ready(later, slots[1])
    adopt_vacant(slots, broker)
    adopt_vacant(slots, broker)
    assert [("release", 1)] == received(told)


def test_when_the_neighbour_leaves_another_one_accepts(make_process: MakeProcess, broker: Broker) -> None:
    """Whoever has adopted least."""
    slots, (first, _), (second, told) = [Slot(0), Slot(1), Slot(2)], make_process(0), make_process(2)
    ready(first, slots[0])
    adopt_vacant(slots, broker)
    ready(second, slots[2])
    first.move(ProcessState.DRAINING)
    slots[0].leave(first)

    adopt_vacant(slots, broker)

    assert [("adopt", 0), ("adopt", 1)] == received(told)


def test_without_anybody_the_queues_wait(broker: Broker) -> None:
    """There is nobody to be told."""
    adopt_vacant([Slot(0), Slot(1)], broker)
