"""The errors of callbacks: each is told to exception_caught, logged, or told to whoever runs the loop.

Law: whatever a callback raises, plain or suspended, is told; what asks the program to end to who runs the loop, everything else to
exception_caught. A CancelledError that is none of its own task, that of a future for instance, cancels nobody. What exception_caught
itself raises is logged, with both errors, and goes no further (Netty's rule).
"""

from __future__ import annotations

from collections.abc import Awaitable
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from .coroutines.callback import containing
from .coroutines.letter import CallLetter
from .fault import is_fault_of_peer, log_of, note, tell_error, tell_fault
from .loop_state import ENDS_PROGRAMS
from .mask import BITS

if TYPE_CHECKING:
    from .context import ChannelHandlerContext

__all__ = ["callback_raised", "catch", "catch_in_place"]


def callback_raised(ctx: ChannelHandlerContext, raised: BaseException) -> None:
    """An inbound callback of *ctx* raised: its own exception_caught comes first."""
    if isinstance(raised, ENDS_PROGRAMS):
        ctx.loop_state.end_program(raised, ctx.name)
        return
    error = ctx.loop_state.error_of(raised, ctx.name)
    _count(ctx)
    note(error, ctx.channel)
    _explain(error, ctx.target)
    inbox = ctx.inbox
    if ctx.mask & BITS["exception_caught"] == 0:
        ctx.fire_exception_caught(error)
    elif inbox is not None and not inbox.is_idle:
        # Ahead of what waits: the next callback of the handler may depend on what exception_caught mends.
        inbox.deliver_first(_letter(ctx, error))
    else:
        catch(ctx, error)


def _count(ctx: ChannelHandlerContext) -> None:
    ctx.channel.errors += 1
    log_of(ctx.channel).tally.add("error", type(ctx.handler).__name__)


def _explain(error: BaseException, handler: object) -> None:
    """Add to an attribute that *handler* lacks that its ``__init__`` leaves out the one of its base, where it does."""
    missing = error if isinstance(error, AttributeError) else error.__cause__
    if not isinstance(missing, AttributeError) or not (missing.obj is handler or missing.obj is None):  # compiled code tells no obj
        return
    makers = [cls for cls in type(handler).__mro__ if "__init__" in cls.__dict__][:-1]  # the last is object
    code = getattr(makers[0].__dict__["__init__"], "__code__", None) if len(makers) > 1 else None
    if code is not None and "__init__" not in code.co_names:
        missing.add_note(
            f"{makers[0].__qualname__}.__init__ does not call super().__init__(...), so what {makers[1].__qualname__} needs is not there"
        )


def catch(ctx: ChannelHandlerContext, error: Exception) -> Awaitable[None]:
    """Run the exception_caught of *ctx*, in its turn."""
    inbox = ctx.inbox
    outcome: Any = catch_in_place(ctx, error) if inbox is None else inbox.deliver(_letter(ctx, error))
    settled: Awaitable[None] = ctx.done if outcome is None else ctx.settle(outcome)
    return settled


def _letter(ctx: ChannelHandlerContext, error: Exception) -> CallLetter:
    return CallLetter("exception_caught", catch_in_place, (ctx, error))


def catch_in_place(ctx: ChannelHandlerContext, error: Exception) -> Any:
    """The same within the callback that runs now, for a coroutine that has more to fire behind *error*; gives what to await."""

    def log(error: BaseException, second: BaseException) -> None:
        note(second, ctx.channel)
        _count(ctx)
        if isinstance(second, ENDS_PROGRAMS):
            ctx.loop_state.end_program(second, ctx.name)
        elif is_fault_of_peer(second, ctx.channel):
            tell_error(ctx.channel, second)
        else:
            tell_fault(ctx.channel, f"exception_caught of {ctx.name} raised {second!r} while it handled {error!r}", second)

    try:
        outcome = ctx.target.exception_caught(ctx, error)
    except BaseException as second:  # noqa: BLE001  # a user's callback
        log(error, second)
        return None
    return containing(outcome, error, log) if isinstance(outcome, CoroutineType) else outcome
