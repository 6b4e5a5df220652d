"""Membership: how a handler comes into a pipeline and goes, and how it is told of either.

Theory of operation. Coming and going have two halves, in opposite orders. A handler that comes gets its events first and is told
second (``handler_added`` may fire, and must find its own place in the chain). One that goes sees nothing more from the moment it is
removed; it is told (``handler_removed``) once no callback of it is under way; and its context leaves the chain last, when its
mailboxes are empty, since what waits in them keeps its place in the stream::

    comes     pending ──registered──> linked ──> handler_added
    goes      retired ──no callback under way──> handler_removed ──mailboxes empty──> out of the chain (`chain`, law 2)

Law 1. Who was told that it came is told that it went, once; who was not is not: a handler that is removed before the channel was
registered hears nothing. Law 2. A handler whose handler_added raises is taken out again. Its handler_removed runs all the same, so
that it can give back what it had got by then (Netty's rule). Law 3. What either callback raises is told to exception_caught from the
head on, since the handler that raised is not there any more. Law 4. What a handler writes or fires in its handler_removed is what it had:
that goes behind what it passed on before, and ahead of all that came to its place later, in either direction, however long its
callbacks and its removal take (`coroutines.leaving`). One exception, for it could wait for ever: while a callback that has asked for
the removal of its own handler goes on, what passes in the other direction does not wait.

Source: Netty's ``DefaultChannelPipeline.callHandlerAdded0`` and ``callHandlerRemoved0``, which know no callbacks that suspend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.errors import HandlerCallbackError

from .channel_write import call_channel_write
from .context import INTERPRETED, MAIL, PASS_ON, PASS_READ_COMPLETE_ON, PASS_READ_ON, PASS_WRITE_ON
from .coroutines.callback import awaiting_handler_added, leaving
from .coroutines.executor import traits_in_executor
from .coroutines.leaving import Leaving
from .coroutines.letter import CallLetter
from .coroutines.mailbox import CLOSED
from .loop_state import ENDS_PROGRAMS
from .mask import BITS, INBOUND, LIFE, OUTBOUND, traits_of

if TYPE_CHECKING:
    from .chain import Chain
    from .context import ChannelHandlerContext
    from .coroutines.mailbox import Mailbox
    from .pipeline import ChannelPipeline

__all__ = ["Membership"]

_HANDLER_ADDED: Final[int] = BITS["handler_added"]
_HANDLER_REMOVED: Final[int] = BITS["handler_removed"]
_NOBODY: Final[list[ChannelHandlerContext]] = []  # never added to


@final
class Membership:
    """The handlers of *pipeline* as they come and go; made with it. On the channel's loop."""

    def __init__(self, pipeline: ChannelPipeline, chain: Chain) -> None:
        self._pipeline = pipeline
        self._chain = chain
        self._is_registered = False
        self._is_destroying = False  # `destroy` is on the stack: who goes meanwhile is not the last
        self._pending: list[ChannelHandlerContext] = []  # added before the channel was registered

    # Coming.

    def add(self, ctx: ChannelHandlerContext, has_followers: bool = False) -> None:
        """Let *ctx*, which stands in the chain, take part: at once, or, before the channel is registered, when it is.

        *has_followers*: others are added next, which may be linked with it.
        """
        if self._is_registered:
            self._join(ctx, has_followers)
        else:
            self._pending.append(ctx)

    def register(self) -> None:
        """Tell the handlers that were added before the channel was registered, in order, that they stand in the pipeline."""
        self._is_registered = True
        # One at a time off the list: a handler_added may remove one that waits here, and adding goes past the list from now on.
        while self._pending:
            ctx = self._pending.pop(0)
            if not ctx.is_removed:
                self._join(ctx, False)
        self._pending = _NOBODY  # a channel that lives keeps no list of its own for that

    def _join(self, ctx: ChannelHandlerContext, has_followers: bool) -> None:
        """Let events reach the context, then tell its handler."""
        pipeline = self._pipeline
        traits = traits_of(type(ctx.handler)) if ctx.actor is ctx.handler else traits_in_executor(ctx.handler)
        ctx.mask = traits.mask
        ctx.overrides = traits.overrides
        if not traits.native:
            ctx.inbound_kind = ctx.outbound_kind = INTERPRETED
            ctx.bind_callbacks()
        if traits.overrides_channel_write:
            ctx.outbound_kind = INTERPRETED
            ctx.write_function = call_channel_write
        # Last: a mailbox stands before whatever way of calling was chosen above.
        if traits.coroutines & (INBOUND | LIFE):
            ctx.inbound_kind = MAIL
            ctx.inbox = pipeline.channel.new_mailbox(ctx)
        if traits.coroutines & OUTBOUND:
            ctx.outbound_kind = MAIL
            ctx.outbox = pipeline.channel.new_mailbox(ctx)
        if has_followers and traits.coroutines == 0 and traits.overrides & _HANDLER_ADDED == 0:
            return  # nobody is told of it, so it is linked with those behind it
        pipeline.link()
        if ctx.inbox is not None:
            ctx.inbox.deliver(CallLetter("handler_added", self._call_handler_added, (ctx,)))
            return
        outcome = self._call_handler_added(ctx)
        if outcome is not None:
            ctx.settle(outcome)

    def _call_handler_added(self, ctx: ChannelHandlerContext) -> Any:
        """Call handler_added; a coroutine it gives is returned with what is to happen if that raises."""
        if ctx.overrides & _HANDLER_ADDED == 0:
            return None
        try:
            outcome = ctx.actor.handler_added(ctx)
        except BaseException as error:  # noqa: BLE001  # a user's callback
            self._handler_added_failed(ctx, ctx.loop_state.error_of(error, ctx.name))
            return None
        return None if outcome is None else awaiting_handler_added(ctx, outcome, self.expel, self.tell_failure)

    def _handler_added_failed(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        said = f"handler_added of {ctx.name} raised {error!r}; it was removed"
        try:
            if self.expel(ctx):
                self._end_removal(ctx, ctx.actor.handler_removed(ctx))
        except BaseException as raised:  # noqa: BLE001  # a user's callback
            second = ctx.loop_state.error_of(raised, ctx.name)
            said = f"handler_added of {ctx.name} raised {error!r}, and it failed to remove: {second!r}"
        self.tell_failure(said, error)

    def expel(self, ctx: ChannelHandlerContext) -> bool:
        """Take out a handler whose handler_added raised; False if it was removed before, and told so."""
        if ctx.is_removed:
            return False
        self.retire(ctx)
        _close_mailboxes(ctx)
        self._let_go(ctx)
        return True

    # Going.

    def leave(self, ctx: ChannelHandlerContext) -> None:
        """Retire the context and tell its handler; what waits in its mailboxes keeps its place in the stream.

        The handler is told ahead of what waits: what it still has came before that.
        """
        # One that waits for the registration was not told that it came, and, with no overrides yet, is not told that it goes (law 1).
        self.retire(ctx)
        host = ctx.outbox if ctx.inbox is None else ctx.inbox
        if host is None:
            self._end_removal(ctx, self._depart(ctx))
            return
        _close_mailboxes(ctx)
        self._tell_removal(ctx, host)
        for mailbox in ctx.mailboxes():
            mailbox.end_if_idle()

    def retire(self, ctx: ChannelHandlerContext) -> None:
        """Show the handler nothing more: let pass whatever still reaches its context, or waits in its mailboxes."""
        ctx.is_removed = True
        # The functions too: they were looked up once, and the hot path does not come by the target.
        ctx.target = PASS_ON
        ctx.read_function = PASS_READ_ON
        ctx.read_complete_function = PASS_READ_COMPLETE_ON
        ctx.write_function = PASS_WRITE_ON
        if ctx.inbox is None and ctx.outbox is None:
            self._let_go(ctx)  # now, as in Netty: what is done to the chain in handler_removed concerns a chain without it

    def mailbox_is_idle(self, ctx: ChannelHandlerContext) -> None:
        """A mailbox has run empty: a removed handler leaves the chain with its last one, in whose turn it was told."""
        self._let_go(ctx)
        ctx.channel.mail_was_delivered()

    def _let_go(self, ctx: ChannelHandlerContext) -> None:
        """Take a removed context out of the chain, unless one of its mailboxes is still to run empty."""
        # Not with the first of them: what passes in that direction may have to wait for the end of handler_removed yet (`_hold`). And not
        # one that is only retired, and so not closed: its handler has yet to be told (`ChannelPipeline.replace`).
        inbox, outbox = ctx.inbox, ctx.outbox
        if not ctx.is_removed or (inbox is not None and inbox.state is not CLOSED) or (outbox is not None and outbox.state is not CLOSED):
            return
        # Where all go there is nothing to work out: events pass by those who have left.
        if self._chain.leave(ctx) and not self._is_destroying:
            self._pipeline.link()

    def _tell_removal(self, ctx: ChannelHandlerContext, host: Mailbox) -> None:
        """Call handler_removed in *host* as soon as no callback of the handler is under way, of either direction; law 4."""
        mailboxes = list(ctx.mailboxes())
        leaving = Leaving(ctx, self._depart, self._hold)
        suspended = [mailbox for mailbox in mailboxes if mailbox.is_suspended]
        asking = [mailbox for mailbox in mailboxes if mailbox.is_stepping]
        if asking:
            # Who asks for its own removal is not waited for in the other direction: it may wait for what is to pass there.
            if host.is_suspended:
                leaving.hold(asking, is_waited_for=False)
            behind = [mailbox for mailbox in suspended if mailbox is not host]
            host.deliver_first(CallLetter("handler_removed", leaving.begin_behind, (host, behind)))
            return
        if suspended:
            self._hold(ctx, leaving, host)
        host.deliver_first(CallLetter("handler_removed", leaving.begin, ()))
        # Not before: most take no turn, and need no mailboxes for it. What is suspended may also be a letter behind it.
        if host.is_suspended and not leaving.holds and not leaving.is_over:
            self._hold(ctx, leaving, host)

    def _end_removal(self, ctx: ChannelHandlerContext, removed: Any) -> None:
        """The handler_removed of a handler without mailboxes was called; if it gave a coroutine, what comes waits for the end of that."""
        if removed is None:
            return
        leaving = Leaving(ctx, self._depart, self._hold)
        ctx.settle(leaving.end_behind(removed))
        host = ctx.inbox
        if host is not None and host.is_suspended:
            self._chain.rejoin(ctx)
            self._hold(ctx, leaving, host)

    def _hold(self, ctx: ChannelHandlerContext, leaving: Leaving, host: Mailbox) -> None:
        """Keep what passes the context behind its removal, in the direction of *host* by that, in the other one by *leaving*."""
        self._open_mailboxes(ctx)
        leaving.hold([mailbox for mailbox in ctx.mailboxes() if mailbox is not host])

    def _open_mailboxes(self, ctx: ChannelHandlerContext) -> None:
        """Give a context that leaves a mailbox for each direction: it is called as if it had coroutine callbacks of both."""
        if ctx.inbox is None:
            ctx.inbox = self._pipeline.channel.new_mailbox(ctx)
            ctx.inbox.close()
        if ctx.outbox is None:
            ctx.outbox = self._pipeline.channel.new_mailbox(ctx)
            ctx.outbox.close()
        ctx.inbound_kind = ctx.outbound_kind = MAIL
        ctx.mask |= INBOUND | OUTBOUND
        self._pipeline.link()

    def _depart(self, ctx: ChannelHandlerContext) -> Any:
        """Call handler_removed; a coroutine it gives is returned with what is to happen if that raises."""
        if ctx.overrides & _HANDLER_REMOVED == 0:
            return None
        try:
            outcome = ctx.actor.handler_removed(ctx)
        except BaseException as raised:  # noqa: BLE001  # a user's callback
            error = ctx.loop_state.error_of(raised, ctx.name)
            self.tell_failure(f"handler_removed of {ctx.name} raised {error!r}", error)
            return None
        return None if outcome is None else leaving(ctx, outcome, self.tell_failure)

    def tell_failure(self, said: str, cause: Exception) -> None:
        """Tell that ``handler_added`` or ``handler_removed`` raised, from the head on (law 3)."""
        if isinstance(cause.__cause__, ENDS_PROGRAMS):
            return  # whoever runs the loop is told
        failure = HandlerCallbackError(said)
        failure.__cause__ = cause
        self._pipeline.fire_exception_caught(failure)

    def destroy(self) -> None:
        """Remove every handler, last to first, as the channel is gone. What is fired meanwhile passes through those who went."""
        self._is_destroying = True
        contexts = self._pipeline.contexts()
        for ctx in reversed(contexts):
            if not ctx.is_removed:
                self.leave(ctx)
        self._is_destroying = False
        if not self._pipeline.has_coroutines:  # so nobody has stayed
            for ctx in contexts:
                self._chain.forget(ctx)

    def serve(self, pipeline: ChannelPipeline) -> None:
        """Belong to *pipeline* from here on."""
        self._pipeline = pipeline

    @property
    def is_over(self) -> bool:
        """True if no removal is under way, and no callback of any handler, of those too that are on their way out."""
        return not self._is_destroying and all(mailbox.is_idle for mailbox in self._pipeline.mailboxes())


def _close_mailboxes(ctx: ChannelHandlerContext) -> None:
    """Cancel what is suspended, unless it is what asks for this; the mailboxes end with the last of what waits."""
    for mailbox in ctx.mailboxes():
        mailbox.close()
