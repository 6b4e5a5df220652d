"""Leaving: how a handler with coroutine callbacks goes without losing its place in the stream.

Theory of operation. ``handler_removed`` is called once no callback of the handler is under way, which may take turns of the loop, and may
itself take turns. What the handler still has came before whatever comes meanwhile, so that waits, in either direction, behind a letter of
ours (`_stay`) that lasts until ``handler_removed`` is over::

    inbox     [ cancelled callback ] [ handler_removed ........... ] [ 1 ] [ 2 ]
    outbox    [ cancelled callback ] [ stays ····················· ] [ 3 ] [ 4 ]
                                       reached                    over

Law 1. ``handler_removed`` begins when every direction has *reached* that place: whatever was cancelled has ended. Law 2. What it writes and
fires goes ahead of all that waits, and what it asks of the channel, from the tail, does too: waiting for it would never end.
Law 3. A cancellation that comes while it waits for its beginning was meant for what is under way: the handler is told all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any, final

from .letter import CallLetter

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

    from .mailbox import Mailbox

__all__ = ["Leaving"]


@final
class Leaving:
    """The going of the handler of *ctx*.

    *depart* calls its handler_removed, and gives what is to be awaited or None; *hold_all* lets what passes the context wait for the end of
    that, which runs in the mailbox it is given.
    """

    def __init__(
        self,
        ctx: ChannelHandlerContext,
        depart: Callable[[ChannelHandlerContext], Any],
        hold_all: Callable[[ChannelHandlerContext, Leaving, Mailbox], None],
    ) -> None:
        self._ctx = ctx
        self._depart = depart
        self._hold_all = hold_all
        self._reached: list[asyncio.Future[None]] = []
        self._over: asyncio.Future[None] | None = None
        self.is_over = False

    @property
    def holds(self) -> bool:
        """True if anything waits for its end."""
        return self._over is not None

    def hold(self, mailboxes: Iterable[Mailbox], *, is_waited_for: bool = True) -> None:
        """Let what waits in *mailboxes*, and what comes to them, wait until handler_removed is over.

        *is_waited_for*: that begins only when what is under way in them has ended (law 1).
        """
        loop = self._ctx.channel.loop
        if self._over is None:
            self._over = loop.create_future()
        for mailbox in mailboxes:
            reached = loop.create_future()
            if is_waited_for:
                self._reached.append(reached)
            mailbox.is_held = True
            mailbox.deliver_first(CallLetter("handler_removed", _stay, (reached, self._over)))

    def begin_behind(self, host: Mailbox, behind: Sequence[Mailbox]) -> Coroutine[Any, Any, None] | None:
        """The same as `begin`, in *host*, for a callback that asked for its own removal, once those in *behind* have ended too.

        Nothing was held while that callback went on. From here on there is no reason left why anything should pass.
        """
        if behind:
            self.hold(behind)
        removed = self.begin()
        if removed is not None and not self.holds:
            self._hold_all(self._ctx, self, host)
        return removed

    def begin(self) -> Coroutine[Any, Any, None] | None:
        """Call handler_removed, once every direction has reached that place; the coroutine to run where that takes turns, or None."""
        if not all(reached.done() for reached in self._reached):
            return self._begin_later()
        removed = self._depart(self._ctx)
        if removed is not None:
            return self.end_behind(removed)
        self._end()
        return None

    async def _begin_later(self) -> None:
        try:
            for reached in self._reached:
                while not reached.done():
                    try:
                        await asyncio.shield(reached)
                    except asyncio.CancelledError:  # law 3
                        continue
            removed = self._depart(self._ctx)
            if removed is not None:
                await removed
        finally:
            self._end()

    async def end_behind(self, removed: Any) -> None:
        """Await *removed*, which handler_removed gave; what waits for the end of the removal goes on then."""
        try:
            await removed
        finally:
            self._end()

    def _end(self) -> None:
        self.is_over = True
        if self._over is not None and not self._over.done():
            self._over.set_result(None)


async def _stay(reached: asyncio.Future[None], over: asyncio.Future[None]) -> None:
    """Keep this place in a mailbox until a departure is *over*."""
    if not reached.done():
        reached.set_result(None)
    await asyncio.shield(over)
