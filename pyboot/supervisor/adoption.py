"""Adoption: while a slot has no worker of its own, a neighbour accepts from its sockets as well, so that nobody waits for a boot.

The kernel goes on dealing connections to the socket of a dead worker, since the supervisor has a duplicate of it. What is wanted follows
from the slots alone; `adopt_vacant` compares it with what is, and may be called after any change.
"""

from collections.abc import Iterable

from .broker import Broker
from .process import ProcessState, WorkerProcess
from .slot import Slot

__all__ = ["adopt_vacant"]


def adopt_vacant(slots: Iterable[Slot], broker: Broker) -> None:
    """Give the sockets of each slot without a ready worker to one neighbour, and take back those of slots that have one again."""
    slots = list(slots)
    ready = [each for slot in slots for each in slot.processes if each.state is ProcessState.READY]
    for slot in slots:
        helpers = [each for each in ready if slot.index in each.adopted]
        if slot.is_covered:
            for helper in helpers:
                helper.adopted.discard(slot.index)
                helper.tell("release", {"slot": slot.index})
        elif not helpers and ready:
            _adopt(slot.index, min(ready, key=lambda each: len(each.adopted)), broker)


def _adopt(slot: int, helper: WorkerProcess, broker: Broker) -> None:
    helper.adopted.add(slot)
    for asked, sock in broker.own_sockets(slot):
        helper.tell("adopt", {"slot": slot, "asked": list(asked)}, (sock.fileno(),))
