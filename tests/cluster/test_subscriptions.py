"""Subscriptions: the engine ends up with what was wanted last."""

import asyncio
from collections.abc import Iterable

from pyboot.cluster.errors import EngineLostError
from pyboot.cluster.subscriptions import Subscriptions


class Engine:
    """Notes what it is told, slowly."""

    def __init__(self) -> None:
        self.told: list[tuple[str, list[str]]] = []
        self.is_lost = False

    async def subscribe(self, channels: Iterable[str]) -> None:
        await self._tell("+", channels)

    async def unsubscribe(self, channels: Iterable[str]) -> None:
        await self._tell("-", channels)

    async def _tell(self, sign: str, channels: Iterable[str]) -> None:
        await asyncio.sleep(0)
        if self.is_lost:
            raise EngineLostError("test", "gone")
        self.told.append((sign, list(channels)))


def made() -> tuple[Subscriptions, Engine]:
    """Subscriptions at an engine."""
    engine = Engine()
    return Subscriptions(engine), engine  # type: ignore[arg-type]  # what it uses of one


async def test_changes_while_the_engine_is_told_are_told_next() -> None:
    """By the same task."""
    subscriptions, engine = made()
    subscriptions.add("x", lambda envelope: None)
    subscriptions.sync()
    await asyncio.sleep(0)
    subscriptions.remove("x")
    subscriptions.add("y", lambda envelope: None)
    subscriptions.sync()
    await subscriptions.wait()
    assert [("+", ["x"]), ("+", ["y"]), ("-", ["x"])] == engine.told
    assert (True, None) == (subscriptions.is_settled, subscriptions.get("x"))
    await subscriptions.wait()
    await subscriptions.close()


async def test_a_new_connection_knows_nothing() -> None:
    """Whatever the one before knew."""
    subscriptions, engine = made()
    for name in "ba":
        subscriptions.add(name, lambda envelope: None)
    await subscriptions.begin()
    await subscriptions.begin()
    assert [("+", ["a", "b"])] * 2 == engine.told
    engine.is_lost = True
    subscriptions.add("c", lambda envelope: None)
    await subscriptions.wait()
    assert not subscriptions.is_settled
    await subscriptions.close()
