"""Events: handed to the listeners of their type, in order."""

import asyncio
from dataclasses import dataclass

import pytest

from pyboot.boot.container.events import EventBus
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.task import EventListener


@dataclass
class Happened:
    number: int = 0


class HappenedMore(Happened): ...


@dataclass
class Followed:
    number: int


def bus_of(*methods: object) -> EventBus:
    """A bus with these bound methods."""
    bus = EventBus()
    for method in methods:
        assert callable(method)
        bus.subscribe(method)
    return bus


async def test_listeners_get_events_of_their_type_in_order() -> None:
    """Subclasses too; plain ones and coroutines wait for each other."""
    log: list[str] = []

    class Listening:
        @EventListener
        def second(self, event: Happened) -> None:
            log.append("second")

        @EventListener(order=-1)
        async def first(self, event: Happened | Followed) -> None:
            await asyncio.sleep(0)
            log.append("first")

        @EventListener
        def other(self, event: Followed) -> None:
            log.append("never")

    listening = Listening()
    await bus_of(listening.second, listening.first, listening.other).publish(HappenedMore())

    assert ["first", "second"] == log


async def test_a_condition_decides() -> None:
    """It is asked with the event."""
    log: list[int] = []

    class Listening:
        @EventListener(Happened, condition=lambda event: event.number > 1)
        def large(self, event: Happened) -> None:
            log.append(event.number)

    bus = bus_of(Listening().large)
    await bus.publish(Happened(1))
    await bus.publish(Happened(2))

    assert [2] == log


async def test_what_a_listener_returns_is_published() -> None:
    """One event leads to the next."""
    log: list[object] = []

    class Listening:
        @EventListener
        def lead(self, event: Happened) -> Followed:
            return Followed(event.number + 1)

        @EventListener
        def follow(self, event: Followed) -> None:
            log.append(event)

    listening = Listening()
    await bus_of(listening.lead, listening.follow).publish(Happened(1))

    assert [Followed(2)] == log


async def test_a_failing_listener_is_the_publishers_business() -> None:
    """Nothing is swallowed."""

    class Listening:
        @EventListener
        def fail(self, event: Happened) -> None:
            raise OSError("no")

    with pytest.raises(OSError, match="no"):
        await bus_of(Listening().fail).publish(Happened())


def test_a_listener_must_say_what_it_listens_to() -> None:
    """By its parameter or in parentheses."""

    class Listening:
        @EventListener
        def anything(self) -> None: ...

    with pytest.raises(DefinitionError, match="wants one parameter"):
        bus_of(Listening().anything)
