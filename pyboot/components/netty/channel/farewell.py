"""Farewell: what the peer is told before an error that no handler caught closes its channel.

Law 1. The protocol tells it: the handler nearest the tail that is a `SaysFarewell`, for one nearer the network speaks of bytes only.
Law 2. It is told in the language of the protocol, and tells nothing of the error but whose it is: the log has the rest. Law 3. A peer whose
fault is that it takes nothing, or has left, is told nothing. Law 4. The close follows whatever becomes of the farewell.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from pyboot.components.netty.errors import DecoderError, PrematureCloseError, SslError, TooLongFrameError

from .fault import is_fault_of_peer, tell_fault

if TYPE_CHECKING:
    from .channel import Channel
    from .context import ChannelHandlerContext

__all__ = ["Blame", "SaysFarewell", "close_with_farewell"]


class Blame(Enum):
    """The side that an error which ends a channel is the fault of, as far as a peer may know."""

    OURS = "an error on this side"
    WRONG = "what came was wrong"
    TOO_LONG = "what came was too long"


@runtime_checkable
class SaysFarewell(Protocol):
    """A handler that speaks a protocol in which one can say why a connection ends."""

    def say_farewell(self, ctx: ChannelHandlerContext, blame: Blame, /) -> None:
        """Write why the channel, which is closed right behind this, ends; nothing where it cannot be said any more."""


def close_with_farewell(channel: Channel, error: Exception) -> None:
    """Close *channel* because of *error*, which no handler caught, once its protocol has told the peer."""
    channel.close_cause = error
    blame = _blame_of(channel, error)
    if blame is not None:
        _say_farewell(channel, error, blame)
    channel.pipeline().close()


def _say_farewell(channel: Channel, error: Exception, blame: Blame) -> None:
    for ctx in reversed(channel.pipeline().contexts()):
        handler = ctx.handler
        if isinstance(handler, SaysFarewell):
            try:
                handler.say_farewell(ctx, blame)
            except Exception as second:  # noqa: BLE001  # the close must follow
                tell_fault(channel, f"farewell of {ctx.name} raised {second!r} after {error!r}", second)
            return


def _blame_of(channel: Channel, error: Exception) -> Blame | None:
    if not is_fault_of_peer(error, channel):
        return Blame.OURS
    if isinstance(error, PrematureCloseError | SslError) or not isinstance(error, DecoderError):
        return None
    return Blame.TOO_LONG if isinstance(error, TooLongFrameError) else Blame.WRONG
