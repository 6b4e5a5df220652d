"""Deferred beans: asked for each time, or once."""

import asyncio

import pytest

from pyboot.boot import Component, Lazy, PostConstruct, Provider, Scope
from pyboot.boot.errors import ClosedContextError
from pyboot.testing import ContextRunner


@Scope(Scope.PROTOTYPE)
@Component
class Ticket: ...


@Scope(Scope.PROTOTYPE)
@Component
class Fetched:
    @PostConstruct
    async def fetch(self) -> None:
        await asyncio.sleep(0)


@Lazy
@Component
class Shared: ...


@Component
class Desk:
    def __init__(self, each: Provider[Ticket], one: Lazy[Ticket], fetched: Lazy[Fetched], shared: Lazy[Shared]) -> None:
        self.each = each
        self.one = one
        self.fetched = fetched
        self.shared = shared


RUNNER = ContextRunner().with_beans(Ticket, Fetched, Shared, Desk)


async def test_a_provider_asks_each_time() -> None:
    """With and without awaiting."""
    async with RUNNER.run() as context:
        provider = context.get(Desk).each

        assert 3 == len({provider.get(), await provider.aget(), provider.get()})


async def test_a_lazy_asks_once() -> None:
    """Whichever way comes first, and however many ask at a time."""
    async with RUNNER.run() as context:
        desk = context.get(Desk)
        threads = await asyncio.gather(*(asyncio.to_thread(desk.one.get) for _ in range(8)))

        assert {desk.one.get()} == {*threads, await desk.one.aget()}
        assert 1 == len({*await asyncio.gather(*(desk.fetched.aget() for _ in range(8))), desk.fetched.get()})


async def test_a_lazy_does_not_outlive_what_it_gives() -> None:
    """It remembers a shared bean no longer than the container does."""
    async with RUNNER.run() as context:
        desk = context.get(Desk)
        assert desk.shared.get() is context.get(Shared)

    with pytest.raises(ClosedContextError, match="shared"):
        desk.shared.get()
    with pytest.raises(ClosedContextError, match="ticket"):
        desk.each.get()
