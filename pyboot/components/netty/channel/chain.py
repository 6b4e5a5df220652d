"""Chain: in which order events pass the contexts of a pipeline, and the links between them.

The law of links. Events travel along ``next``, operations along ``prev``, and both always reach an end:

1. A link is set when the chain is linked, and leads to whoever stands next then. Every change links all who stand.
2. A handler that is removed leaves the chain, in both directions at once, when nothing of it is under way in either: until then
   what comes queues behind that and passes through, so that nothing overtakes. Its context keeps the links that it left with, and
   comes back to those if its plain ``handler_removed`` has given something to wait for.
3. A replacement stands right behind the old context in the direction of travel, in each direction. So what the old one
   still forwards, either way, goes through the new one, and on to whoever follows that when it leaves in turn.
4. Whoever has left is passed by: its mask is empty. What is fired from it walks the links to whoever stands.

Why that never makes a circle: say of each link when it was set. It leads to a context that stood then, whose own link is
therefore as young or younger, and where it is of the same linking, further along the same chain. A circle would have to
come back to an older link, or to an earlier place of one chain.

A context on its way out stands on opposite sides of its replacement in the two directions: so each direction has its list, both from
head to tail; until such a context comes it is one and the same.
Source: Netty's ``DefaultChannelPipeline.replace0``, which knows no contexts on their way out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final

from .context import GONE
from .mask import BITS

if TYPE_CHECKING:
    from .context import ChannelHandlerContext
    from .coroutines.mailbox import Mailbox

__all__ = ["Chain"]

_CHANNEL_READ: Final[int] = BITS["channel_read"]
_CHANNEL_READ_COMPLETE: Final[int] = BITS["channel_read_complete"]
_READ: Final[int] = BITS["read"]
_WRITE: Final[int] = BITS["write"]
_FLUSH: Final[int] = BITS["flush"]


@final
class Chain:
    """The contexts between *head* and *tail*."""

    def __init__(self, head: ChannelHandlerContext, tail: ChannelHandlerContext) -> None:
        self._head = head
        self._tail = tail
        self._inbound: list[ChannelHandlerContext] = []
        self._outbound = self._inbound  # one list, until the two directions differ
        self.reader: ChannelHandlerContext | None = None  # of those that have a say in reading, the one nearest the tail

    def present(self) -> list[ChannelHandlerContext]:
        """Those that were not removed, head to tail."""
        return [ctx for ctx in self._inbound if not ctx.is_removed]

    def has_name(self, name: str) -> bool:
        """True if one that was not removed has that name."""
        for ctx in self._inbound:  # noqa: SIM110  # compiled, `any` makes a list first
            if ctx.name == name and not ctx.is_removed:
                return True
        return False

    def mailboxes(self) -> list[Mailbox]:
        """The mailboxes of all, of those too that leave when theirs are empty."""
        inboxes = [ctx.inbox for ctx in self._inbound if ctx.inbox is not None]
        return inboxes + [ctx.outbox for ctx in self._outbound if ctx.outbox is not None]

    def has_outbound_mail(self) -> bool:
        """True if any operation is under way, or waits."""
        return any(ctx.outbox is not None and not ctx.outbox.is_idle for ctx in self._outbound)

    def insert(self, ctx: ChannelHandlerContext, follower: ChannelHandlerContext) -> None:
        """Put *ctx* before *follower*; if that was removed, before what follows it or has replaced it."""
        while follower.is_removed:
            follower = follower.next
        inbound, outbound = self._inbound, self._outbound
        inbound.insert(len(inbound) if follower is self._tail else inbound.index(follower), ctx)
        if outbound is not inbound:
            outbound.insert(len(outbound) if follower is self._tail else outbound.index(follower), ctx)

    def insert_behind(self, old: ChannelHandlerContext, new: ChannelHandlerContext) -> None:
        """Put *new* where all that passes *old* comes next, in either direction."""
        if self._outbound is self._inbound:
            self._outbound = self._inbound.copy()
        self._inbound.insert(self._inbound.index(old) + 1, new)
        self._outbound.insert(self._outbound.index(old), new)

    def leave(self, ctx: ChannelHandlerContext) -> bool:
        """Let a removed context go; False if it has gone before."""
        if ctx.inbound_kind == GONE:
            return False
        self._inbound.remove(ctx)
        if self._outbound is not self._inbound:
            self._outbound.remove(ctx)
        # Its next are the wrong ends afterwards, whose kind says GONE: whatever it still fires asks for the links as they stand then.
        ctx.inbound_kind = ctx.outbound_kind = GONE
        ctx.mask = 0
        ctx.next_read = ctx.next_read_complete = self._head
        ctx.next_write = ctx.next_flush = self._tail
        return True

    def forget(self, ctx: ChannelHandlerContext) -> None:
        """Let *ctx*, which has left as all others, know nobody but the ends."""
        ctx.prev, ctx.next = self._head, self._tail

    def take_apart(self, head: ChannelHandlerContext, tail: ChannelHandlerContext) -> None:
        """Let the ends of this chain, in which nobody stands, know *head* and *tail* of another; `link` takes that back."""
        for end in (self._head, self._tail):
            end.prev, end.next = head, tail
            end.next_read = end.next_read_complete = tail
            end.next_write = end.next_flush = head

    def rejoin(self, ctx: ChannelHandlerContext) -> None:
        """Put a context that has left back where what passes it comes to those that it left for; not if it stands."""
        if ctx.inbound_kind != GONE:
            return
        follower, before = ctx.next, ctx.prev
        while follower.inbound_kind == GONE:
            follower = follower.next
        while before.outbound_kind == GONE:
            before = before.prev
        place = len(self._inbound) if follower is self._tail else self._inbound.index(follower)
        outbound_place = 0 if before is self._head else self._outbound.index(before) + 1
        if self._outbound is self._inbound and place != outbound_place:  # others have come between those two
            self._outbound = self._inbound.copy()
        self._inbound.insert(place, ctx)
        if self._outbound is not self._inbound:
            self._outbound.insert(outbound_place, ctx)

    def link(self) -> int:
        """Work out, for each context, its neighbours and who is next for what is paid per message; the callbacks that any overrides."""
        # One pass for each direction, against it, so that who is next is known when a context is come to. All are linked anew, though one
        # has changed: laws 1 and 4 then need no proof for a chain that was mended in places.
        present = 0
        read = complete = after = self._tail
        for ctx in reversed(self._inbound):
            ctx.next, ctx.next_read, ctx.next_read_complete = after, read, complete
            after = ctx
            if ctx.mask & _CHANNEL_READ:
                read = ctx
            if ctx.mask & _CHANNEL_READ_COMPLETE:
                complete = ctx
            # Both: the mask has more than is overridden (of handlers whose mailbox takes all events, to keep their order), and the
            # overrides stay when the mask is emptied.
            present |= ctx.mask & ctx.overrides
        self._head.prev = self._head
        self._head.next, self._head.next_read, self._head.next_read_complete = after, read, complete
        write = flush = before = self._head
        self.reader = None
        for ctx in self._outbound:
            ctx.prev, ctx.next_write, ctx.next_flush = before, write, flush
            before = ctx
            if ctx.mask & _WRITE:
                write = ctx
            if ctx.mask & _FLUSH:
                flush = ctx
            if ctx.mask & ctx.overrides & _READ:
                self.reader = ctx  # the last one stays, which is nearest the tail: a read begins there
        self._tail.next = self._tail
        self._tail.prev, self._tail.next_write, self._tail.next_flush = before, write, flush
        return present
