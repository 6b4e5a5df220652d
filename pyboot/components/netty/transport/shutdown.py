"""Shutdown: the graceful end of all channels of a loop.

Nothing new is accepted, what was read is finished, what was flushed is delivered, the rest is cut off in time.

Theory of operation. The channels of a loop are a set that changes while it is emptied: an accepted socket may still be on its way to this
loop, a handler that ends may open a connection to say good-bye. So the set is not walked once; it is finished, and looked at again, until
it has been empty for the whole quiet period. Listening channels go first, since each round would otherwise meet new ones.

The deadline stands around all rounds and not around each: a peer that opens a connection every second cannot prolong the end. What is left
at the deadline, or when the waiting task is cancelled, is aborted, which needs no answer of any peer and so always ends.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.event import DRAINING
from pyboot.components.netty.channel.fault import flush_faults
from pyboot.components.netty.channel.life.closing import ACTIVE
from pyboot.components.netty.channel.life.deadline import DeadlineScope
from pyboot.components.netty.channel.loop_state import LoopState

from .listening import ServerSocketChannel
from .tcp import SocketChannel

__all__ = ["close_gracefully", "shut_down", "tell_draining"]

_log = logging.getLogger(__name__)

# How long a peer that still sends is listened to after the last answer left: a socket that is closed with unread bytes
# sends a reset, which takes the answers on their way with it (nginx calls this lingering_close).
_LINGER_SECONDS: Final = 1.0

type Belongs = Callable[[Channel], bool]


def _all(_: Channel) -> bool:
    return True


def close_gracefully(channel: Channel) -> None:
    """Start the orderly end of *channel*: read no more, finish what was read, deliver what was flushed, close. On its loop.

    Its handlers hear of it first, unless they have by `tell_draining`. One that a handler ends (`Channel.ends_by_handler`) goes on reading
    until that has closed it: of HTTP/2, the peer makes room for what is still sent.
    """
    tell_draining(channel)
    if isinstance(channel, SocketChannel) and channel.state == ACTIVE and not channel.ends_by_handler:
        channel.linger(_LINGER_SECONDS)
        channel.pause_reading()
        channel.input_ended(channel.close)
        if not channel.config.allow_half_closure:
            return
    channel.close()


def tell_draining(channel: Channel) -> None:
    """Fire `DRAINING` in the pipeline of *channel*, once, if it is open and does not listen. On its loop."""
    if channel.state == ACTIVE and not isinstance(channel, ServerSocketChannel) and DRAINING not in channel.attributes:
        channel.attributes[DRAINING] = True
        channel.run_in_context(channel.pipeline().fire_user_event_triggered, DRAINING)


async def shut_down(state: LoopState, quiet_seconds: float, timeout_seconds: float, belongs: Belongs = _all) -> int:
    """End the channels of one loop that *belongs* picks, until none came for *quiet_seconds*; runs on that loop.

    After *timeout_seconds*, or if cancelled, what is still open is aborted, which the log tells; gives how many channels that were.
    """
    cut_off = 0
    try:
        async with DeadlineScope(timeout_seconds):
            # Asked anew each time, the set and not a copy of it: see the theory above.
            while any(map(belongs, state.channels)):
                await _finish_all([channel for channel in state.channels if belongs(channel)])
                await asyncio.sleep(quiet_seconds)
    except TimeoutError:
        pass
    finally:
        left = [channel for channel in state.channels if belongs(channel)]
        if left:
            cut_off = len(left)
            text = "%d channels were not over within %g s and are cut off, the first: %s"
            _log.warning(text, cut_off, timeout_seconds, _described(left[0]))
        for channel in left:
            channel.abort()
        if left:
            # What their handlers do in channel_inactive is theirs; a second is enough for the turns of the loop that it takes.
            await asyncio.wait([asyncio.ensure_future(_end(channel)) for channel in left], timeout=1.0)
        flush_faults(state)
    return cut_off


def _described(channel: Channel) -> str:
    """Describe *channel* and what keeps it: the handlers at work, messages not handed on, or bytes that the peer does not take."""
    busy = channel.pipeline().handlers_at_work()
    if busy:
        return f"{channel!r}, with {', '.join(busy)} at work"
    if channel.reading.has_paused():
        return f"{channel!r}, with messages of its last read not handed on yet"
    return f"{channel!r}, {channel.outbound.pending} bytes not taken by the peer"


async def _finish_all(channels: list[Channel]) -> None:
    """Close *channels* gracefully and wait for them, listening ones first, so that nothing new comes in while the others end."""
    for channel in sorted(channels, key=lambda channel: not isinstance(channel, ServerSocketChannel)):
        try:
            close_gracefully(channel)
        except Exception:  # noqa: BLE001  # whatever it is: the others still can
            _log.exception("%r did not end in order; it was aborted", channel)
            channel.abort()  # else it would be waited for below until the deadline
    for channel in channels:
        await _end(channel)


async def _end(channel: Channel) -> None:
    """Wait until *channel* is closed and its handlers were told."""
    await channel.close_future
    while channel in channel.loop_state.channels:  # noqa: ASYNC110  # one turn at most: they are told in the next
        await asyncio.sleep(0)
