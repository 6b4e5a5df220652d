"""Events: handed to the listeners of their type, in order."""

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol, TypedDict

import pytest

from pyboot.boot.container.events import EventBus
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.bean import Order
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


class Created[T]:
    def __init__(self, made: object = None) -> None:
        self.made = made


class User: ...


class Bill: ...


class UserCreated(Created[User]): ...


async def test_a_listener_of_a_generic_event_hears_what_may_be_of_its_arguments() -> None:
    """Known ones have to fit; an event that does not know them may be any. The arguments themselves are no events."""
    heard: list[object] = []

    class Listening:
        @EventListener
        def on(self, event: Created[User]) -> None:
            heard.append(event)

    bus = bus_of(Listening().on)
    known, other, unknown, subclass = Created[User](), Created[Bill](), Created(User()), UserCreated()
    for event in (known, other, unknown, subclass, User()):
        await bus.publish(event)

    assert [known, unknown, subclass] == heard


async def test_the_order_label_orders_listeners() -> None:
    """As it orders beans; ``order=`` says the same."""
    log: list[str] = []

    class Listening:
        @EventListener
        @Order(2)
        def last(self, event: Happened) -> None:
            log.append("last")

        @EventListener(order=1)
        def middle(self, event: Happened) -> None:
            log.append("middle")

        @Order(-1)
        @EventListener
        def first(self, event: Happened) -> None:
            log.append("first")

    listening = Listening()
    await bus_of(listening.last, listening.middle, listening.first).publish(Happened())

    assert ["first", "middle", "last"] == log


async def test_a_listener_that_names_its_types_need_not_take_the_event() -> None:
    """It is called without it."""
    log: list[str] = []

    class Listening:
        @EventListener(Happened, Followed)
        def on(self) -> None:
            log.append("called")

    await bus_of(Listening().on).publish(Followed(1))

    assert ["called"] == log


class Made[T]:
    def __init__(self, value: T) -> None:
        self.value = value


class MadeInt(Made[int]): ...


class Hearing[T]:
    def __init__(self) -> None:
        self.heard: list[object] = []

    @EventListener
    def on(self, event: Made[T]) -> None:
        self.heard.append(event.value)


class HearingInt(Hearing[int]): ...


class HearingStr(Hearing[str]): ...


async def test_a_listener_of_a_generic_base_hears_what_the_class_binds() -> None:
    """``Hearing[int]`` hears ``Made[int]``, by subclass or by argument, and no ``Made[str]``; unbound it hears all."""
    bus, ints, texts, every = EventBus(), HearingInt(), HearingStr(), Hearing[Any]()
    for listener in (ints, texts, every):
        bus.subscribe(listener.on)

    for event in (MadeInt(1), Made[int](2), Made[str]("a")):
        await bus.publish(event)

    assert ([1, 2], ["a"], [1, 2, "a"]) == (ints.heard, texts.heard, every.heard)


class Shape(TypedDict):
    side: int


class Sized(Protocol):
    side: int


@pytest.mark.parametrize("kind", [Shape, Sized])
def test_events_that_python_cannot_tell_are_refused_when_the_listener_is_there(kind: Any) -> None:
    """Each event of any kind would else raise, at the end of the application as well."""

    class Wrong:
        def on(self, event: object) -> None: ...

    Wrong.on.__annotations__["event"] = kind
    EventListener(Wrong.on)
    with pytest.raises(DefinitionError, match="cannot tell its events"):
        EventBus().subscribe(Wrong().on)
