"""Shutdown of servers, graceful: they stop listening, and their connections end on whichever loops they live, blocked ones in time.

Theory of operation. `shutdown` ends the channels of one loop, on that loop. A server has connections on several loops, each in a thread
of its own, and any of these may be blocked by a handler that never returns, or end by itself while it is waited for. Hence three rules:

- each loop keeps the graceful deadline itself; past it, a loop that makes no turn for two seconds is taken for blocked (`_unless_blocked`),
  and the stop goes on without it;
- a loop that has ended is no failure: its channels ended with it (`unless_ended`);
- servers close before connections do, and all loops end theirs at the same time: the stop takes as long as the slowest loop, not the sum.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from typing import Any

from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.fault import flush_faults
from pyboot.components.netty.channel.life.deadline import DeadlineScope
from pyboot.components.netty.channel.loop_state import state_of
from pyboot.components.netty.errors import LoopEndedError

from .listening import ServerSocketChannel
from .shutdown import close_gracefully, shut_down, tell_draining
from .threadsafe import end_on_loop, ends_on

__all__ = ["close_orderly", "end_servers", "stop_listening", "tell_connections", "unless_ended"]

_log = logging.getLogger(__name__)

type Loop = asyncio.AbstractEventLoop


async def stop_listening(servers: Iterable[ServerSocketChannel]) -> None:
    """Close *servers*, each on its loop; connections that are open stay."""
    for server in servers:
        await unless_ended(end_on_loop(server.loop, close_orderly(server)))


def tell_connections(servers: Collection[ServerSocketChannel], loops: Iterable[Loop]) -> None:
    """Tell the handlers of all connections of *servers* that these will end, each on its loop; wait for nobody."""
    for loop in {*loops, *(server.loop for server in servers)}:
        with contextlib.suppress(RuntimeError):  # it is closed, and so are they
            loop.call_soon_threadsafe(_tell_connections_on, loop, servers)


def _tell_connections_on(loop: Loop, servers: Collection[ServerSocketChannel]) -> None:
    for channel in list(state_of(loop).channels):
        if channel.parent in servers:
            tell_draining(channel)


async def end_servers(servers: set[ServerSocketChannel], loops: Collection[Loop], quiet_seconds: float, timeout_seconds: float) -> int:
    """Close *servers* and end their connections on *loops*; without any, on their own. Give how many were cut off.

    If cancelled, everything is aborted.
    """
    kept = {server.loop for server in servers if server.keeps_connections or not loops}
    open_loops = [loop for loop in {*loops, *kept} if not loop.is_closed()]
    try:
        await asyncio.gather(*(_end_server_on_its_loop(server, timeout_seconds) for server in servers))
    except asyncio.CancelledError:
        for loop in {*open_loops, *(server.loop for server in servers if not server.loop.is_closed())}:
            loop.call_soon_threadsafe(_abort, loop, servers)
        raise
    async with asyncio.TaskGroup() as ending:
        cut_off = [ending.create_task(_end_children_on(loop, servers, quiet_seconds, timeout_seconds)) for loop in open_loops]
    flush_faults(*servers)
    return sum(task.result() for task in cut_off)


async def _end_children(loop: Loop, servers: set[ServerSocketChannel], quiet: float, deadline: float) -> int:
    return await shut_down(state_of(loop), quiet, deadline, lambda channel: channel.parent in servers)


def _abort(loop: Loop, servers: set[ServerSocketChannel]) -> None:
    for channel in list(state_of(loop).channels):
        if channel.parent in servers or channel in servers:
            channel.abort()


async def unless_ended(ending: Awaitable[Any]) -> None:
    """Await *ending*, of something on a loop; where that loop has ended, or ends meanwhile, all on it ends with it."""
    try:
        await ending
    except LoopEndedError as error:
        _log.debug("%s, and what was to be ended on it has ended with it", error)


async def _end_children_on(loop: Loop, servers: set[ServerSocketChannel], quiet: float, deadline: float) -> int:
    """End the connections of *servers* on *loop*; a loop that ends by itself meanwhile is no reason to hurry the others."""
    try:
        cut_off = await _unless_blocked(loop, lambda: _end_children(loop, servers, quiet, deadline), deadline)
    except LoopEndedError:
        _log.debug("%r has ended before its connections", loop)
        return 0
    # Nobody there can count, so it is done from here, while they change; one at least, or the stop would pass for a clean one.
    if cut_off is None:
        return max(1, sum(channel.parent in servers for channel in list(state_of(loop).channels)))
    return cut_off


async def _unless_blocked[T](loop: Loop, work: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T | None:
    """Run *work*, which keeps a deadline of *seconds*, on *loop*, and return its result; None, and a log line, if that stands still."""

    async def there() -> T:
        return await end_on_loop(loop, work())  # made here: who is cancelled before its first step leaves no coroutine behind

    ending = asyncio.ensure_future(there())
    try:
        if await ends_on(loop, ending, seconds):
            return ending.result()
    finally:
        ending.cancel()  # done already, unless the loop stands still, or whoever waits here was cancelled
    _log.error("%r is blocked by something that runs on it; its channels end with the process", loop)
    return None


async def _end_server_on_its_loop(server: ServerSocketChannel, seconds: float) -> None:
    await unless_ended(_unless_blocked(server.loop, lambda: _end_server(server, seconds), seconds))


async def _end_server(server: ServerSocketChannel, seconds: float) -> None:
    """Stop listening, at the latest after *seconds*, whatever handlers of the listening channel do about it. On its loop."""
    try:
        async with DeadlineScope(seconds):
            await close_orderly(server)
    except TimeoutError:
        server.abort()


async def close_orderly(channel: Channel) -> None:
    """Finish what *channel* has read, deliver what was flushed, and close it. On its loop."""
    close_gracefully(channel)
    await channel.close_future
