"""Coroutine callbacks (design 5.2) under any schedule: hypothesis mixes handlers, suspensions, errors and changes of the pipeline."""

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from pyboot.components.netty.channel import ChannelConfig, ChannelHandler, ChannelHandlerContext, EmbeddedChannel

KINDS = st.lists(st.sampled_from(["plain", "quick", "slow", "mixed"]), min_size=1, max_size=4)
MESSAGES = st.lists(st.integers(0, 3), min_size=1, max_size=25)  # how often each suspends in a slow handler
# What happens, and to which of the handlers that are there (counted round), or of which kind the new one is.
STEPS = st.lists(st.tuples(st.sampled_from(["send", "turn", "remove", "replace", "add"]), st.integers(0, 11)), min_size=1, max_size=40)


class Watch:
    """Notices callbacks of one handler that overlap."""

    def __init__(self) -> None:
        self.inside = 0
        self.overlapped = False

    def __enter__(self) -> None:
        self.overlapped |= self.inside > 0
        self.inside += 1

    def __exit__(self, *_: object) -> None:
        self.inside -= 1


class Plain(ChannelHandler[Any]):
    """Passes on at once."""

    def __init__(self) -> None:
        self.watch = Watch()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Any:
        with self.watch:
            ctx.fire_channel_read(msg)


class Quick(Plain):
    """Passes on in a coroutine that never waits."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        with self.watch:
            ctx.fire_channel_read(msg)


class Slow(Plain):
    """Waits as often as the message says, in its own task all the time."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        task = asyncio.current_task()
        with self.watch:
            try:
                for _ in range(msg[1]):
                    await asyncio.sleep(0)
                    assert task is asyncio.current_task()
            finally:
                ctx.fire_channel_read(msg)
            assert task is asyncio.current_task()


class Mixed(Slow):
    """Has a plain callback beside a coroutine one."""

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: Any) -> None:
        with self.watch:
            ctx.fire_user_event_triggered(event)


class Tail(ChannelHandler[Any]):
    """Keeps messages and events in the order they come."""

    def __init__(self) -> None:
        self.log: list[Any] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(msg[0])

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: Any) -> None:
        self.log.append(event)


def handler(kind: str) -> Plain:
    """A new handler of that kind."""
    return {"plain": Plain, "quick": Quick, "slow": Slow, "mixed": Mixed}[kind]()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(kinds=KINDS, waits=MESSAGES, steps=STEPS, limit=st.integers(1, 4))
def test_nothing_overtakes_overlaps_or_is_lost(kinds: list[str], waits: list[int], steps: list[tuple[str, int]], limit: int) -> None:
    """Messages and events come out in the order they went in, whatever is added, removed and replaced meanwhile."""

    async def scenario() -> None:
        config = ChannelConfig()
        config.mailbox_limit = limit
        tail, used = Tail(), [handler(kind) for kind in kinds]
        channel = EmbeddedChannel(*used, tail, config=config, loop=asyncio.get_running_loop())
        own, expected = asyncio.current_task(), []
        left = list(enumerate(waits))
        for step, number in steps:
            present = [found for _, found in channel.pipeline() if isinstance(found, Plain)]
            chosen = present[number % len(present)] if present else None
            if step == "send" and left:
                message = left.pop(0)
                expected += [message[0], f"event {message[0]}"]
                channel.receive(message)
                channel.pipeline().fire_user_event_triggered(f"event {message[0]}")
            elif step == "turn":
                await asyncio.sleep(0)
            elif step == "remove" and chosen is not None:
                channel.pipeline().remove(chosen)
            elif step in ("replace", "add"):
                used.append(handler(["plain", "quick", "slow", "mixed"][number % 4]))
                if step == "replace" and chosen is not None:
                    channel.pipeline().replace(chosen, used[-1])
                else:
                    channel.pipeline().add_before(tail, used[-1])
            assert own is asyncio.current_task()
        for _ in range(400):
            await asyncio.sleep(0)
        assert expected == tail.log
        assert not any(one.watch.overlapped or one.watch.inside for one in used)
        assert channel.is_reading
        channel.finish()
        for _ in range(20):
            await asyncio.sleep(0)
        assert {own} == asyncio.all_tasks()

    asyncio.run(scenario())
