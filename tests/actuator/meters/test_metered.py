"""Methods of beans that are timed and counted."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from pyboot.actuator import Counted, Timed
from pyboot.boot import Async, Component, Service, start
from pyboot.boot.errors import DefinitionError
from tests.actuator.management_client import application

from .test_servers import told

OFF = {"management.server.port": -1}


@Service
class Orders:
    """Is measured."""

    @Timed("work")
    @Counted("calls")
    def plain(self, error: Exception | None = None) -> str:
        """Return, or raise."""
        if error is not None:
            raise error
        return "plain"

    @Timed("work")
    @Counted("calls", failures_only=True)
    async def coroutine(self, error: BaseException | None = None) -> str:
        """As above, after a turn."""
        await asyncio.sleep(0)
        if error is not None:
            raise error
        return "coroutine"

    @Async
    @Timed("background")
    async def later(self) -> str:
        """Run in the background."""
        return "later"


async def test_calls_are_told_by_method_and_by_what_they_raised() -> None:
    """Plain and coroutine ones; a cancelled call has ended too. Results and errors are the methods' own."""
    async with start(application(Orders), properties=OFF) as context:
        orders = context.get(Orders)
        assert "plain" == orders.plain()
        assert "coroutine" == await orders.coroutine()
        with pytest.raises(KeyError):
            orders.plain(KeyError("x"))
        with pytest.raises(asyncio.CancelledError):
            await orders.coroutine(asyncio.CancelledError())

        numbers = await told(context)
        counts = {tags: value.count for tags, value in numbers["work"].items()}
        assert {
            ("Orders", "none", "plain"): 1,
            ("Orders", "KeyError", "plain"): 1,
            ("Orders", "none", "coroutine"): 1,
            ("Orders", "CancelledError", "coroutine"): 1,
        } == counts
        assert {
            ("Orders", "none", "plain", "success"): 1,
            ("Orders", "KeyError", "plain", "failure"): 1,
            ("Orders", "none", "coroutine", "success"): 0,
            ("Orders", "CancelledError", "coroutine", "failure"): 1,
        } == numbers["calls"]


async def test_what_runs_in_the_background_is_timed_to_its_end() -> None:
    """The call that starts it is not what is meant."""
    async with start(application(Orders), properties=OFF) as context:
        assert "later" == await context.get(Orders).later()

        assert 1 == (await told(context))["background"][("Orders", "none", "later")].count


async def test_a_frozen_bean_is_measured_too() -> None:
    """And stays frozen."""

    @Component
    @dataclass(frozen=True)
    class Frozen:
        size: int = 1

        @Timed("frozen")
        def ask(self) -> int:
            return self.size

    async with start(application(Frozen), properties=OFF) as context:
        assert 1 == context.get(Frozen).ask()
        assert 1 == (await told(context))["frozen"][("test_a_frozen_bean_is_measured_too.<locals>.Frozen", "none", "ask")].count


async def test_a_generator_and_a_class_with_slots_are_refused() -> None:
    """At the start, with the reason."""

    @Component
    class Generates:
        @Timed
        def each(self) -> Iterator[int]:
            yield 1

    @Component
    class Slotted:
        __slots__ = ()

        @Counted
        def ask(self) -> int:
            return 1

    for kind, text in ((Generates, "a generator has no single call"), (Slotted, "must let its instances have attributes")):
        with pytest.raises(DefinitionError, match=text):
            async with start(application(kind), properties=OFF):
                pass
