"""Fault: whose an error is, the peer's or ours, and what the log says of it. The one place that decides both.

Law 1. An error is judged by where it came from, not by its type. A ``ConnectionError`` that the transport tells is the peer's; the same
raised in a handler, whose database is down, is ours. What the transport tells is marked there (`blame_peer`).

Law 2. Raised in the pipeline, only those errors blame the peer that say nothing else: `DecoderError` (with all of TLS), a timeout or
a stall of this channel, a write that overflows because the peer reads too slowly, an operation on this channel after its end. A
decoder's bug is not the peer's fault: a `DecoderError` around an error that no bytes cause (``OSError``, ``AttributeError``, …) is ours.

Law 3. An error knows the first channel that saw it (`note`). What the peer of an accepted connection did stays his fault wherever it is
met, in the handler of a proxy's other side for instance; what befell a connection that we opened is, in the handlers of other
channels, ours: it was we who asked for it.

Law 4. What a peer did is told without a traceback, one line and a count for each reason, server and ten seconds; what we did is ERROR
with its traceback, ten in ten seconds for each place, then a count. A group of errors is the peer's if all of them are.

Law 5. Who ends a connection for what its peer did says so here (`cut_off`), once, before anybody else is told: so it is in the log and
counted whatever the handlers do with the error, and the end of the pipeline, which may get it too, does not tell it again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, NamedTuple

from pyboot.components.netty.errors import (
    ClosedChannelError,
    CloseTimeoutError,
    DecoderError,
    NettyError,
    OutboundOverflowError,
    ReadTimeoutError,
    WriteStallError,
    WriteTimeoutError,
)
from pyboot.components.netty.limited_log import LimitedLog

from .carrier import carrier_of

if TYPE_CHECKING:
    from .channel import Channel
    from .close_reason import CloseReason

__all__ = [
    "blame_peer",
    "blame_us",
    "cut_off",
    "flush_faults",
    "is_cut_off",
    "is_fault_of_peer",
    "log_of",
    "note",
    "reason_given",
    "tell_error",
    "tell_fault",
    "tell_peer",
]

_log = logging.getLogger(__name__)

# Of our own errors, those that blame the peer of the channel in whose pipeline they are raised (law 2).
_BLAMES_PEER: Final = (
    DecoderError,
    ReadTimeoutError,
    WriteTimeoutError,
    WriteStallError,
    CloseTimeoutError,
    OutboundOverflowError,
    ClosedChannelError,
)
# Of these, those that are a limit which a handler may take as it likes: told by the name of the setting, as what is cut off.
_LIMITS: Final[dict[type[BaseException], str]] = {OutboundOverflowError: "write-buffer-limit"}
# What no bytes of a peer cause, whatever a decoder does with them.
_NEVER_OF_BYTES: Final = (OSError, AttributeError, NameError, ImportError, AssertionError, NotImplementedError, MemoryError)

_BURST_OF_OURS: Final = 10
_DEEPEST: Final = 10_000

_RAISED: Final = "raised"
_PEER: Final = "peer"
_OURS: Final = "ours"


class _Origin(NamedTuple):
    channel_id: str
    is_accepted: bool
    verdict: str


_KEPT_IN: Final = "_pyboot_origin"
_REASON_KEPT_IN: Final = "_pyboot_close_reason"


def note(error: BaseException, channel: Channel) -> None:
    """Remember that *channel* was the first to see *error*."""
    # In the error itself: it goes from channel to channel, and from loop to loop, and a table of errors would keep them.
    if _KEPT_IN not in error.__dict__:
        _mark(error, channel, _RAISED)


def blame_peer(error: BaseException, channel: Channel) -> None:
    """Blame *error* on the peer of *channel*, or the network between; an error of another kind is only noted."""
    if _KEPT_IN not in error.__dict__:
        _mark(error, channel, _PEER if isinstance(error, OSError | NettyError) else _RAISED)


def blame_us(error: BaseException, channel: Channel) -> None:
    """Blame *error*, which looks like one of the peer, on our own code."""
    _mark(error, channel, _OURS)


def _mark(error: BaseException, channel: Channel, verdict: str) -> None:
    error.__dict__[_KEPT_IN] = _Origin(channel.id, carrier_of(channel).parent is not None, verdict)


def is_fault_of_peer(error: BaseException, channel: Channel) -> bool:
    """True if *error*, met in the pipeline of *channel*, was caused from outside."""
    if isinstance(error, BaseExceptionGroup):
        return all(is_fault_of_peer(each, channel) for each in error.exceptions)
    origin: _Origin | None = error.__dict__.get(_KEPT_IN)
    if origin is not None:
        if origin.channel_id not in (channel.id, carrier_of(channel).id) and not origin.is_accepted:
            return False
        if origin.verdict is not _RAISED:
            return origin.verdict is _PEER
    # The very class: what decoders raise of themselves is derived from it, while a bug of one is wrapped in it.
    if type(error) is DecoderError and isinstance(error.__cause__, _NEVER_OF_BYTES):
        return False
    return isinstance(error, _BLAMES_PEER)


def cut_off(channel: Channel, reason: CloseReason, error: NettyError, level: int = logging.WARNING) -> None:
    """Give *channel* up for what its peer did: keep *error* as the cause, tell and count *reason*. The caller closes it, or aborts it."""
    error.__dict__[_REASON_KEPT_IN] = reason
    blame_peer(error, channel)
    channel.close_cause = error
    tell_peer(channel, reason, f"{reason}: {error}: closing", level)


def reason_given(error: BaseException) -> CloseReason | None:
    """Return the reason that `cut_off` got with *error*; None for any other error."""
    reason: CloseReason | None = error.__dict__.get(_REASON_KEPT_IN)
    return reason


def is_cut_off(channel: Channel) -> bool:
    """True if *channel* closes because its peer was too slow or sent too much, so that it is not the peer who has left."""
    return channel.close_cause is not None and reason_given(channel.close_cause) is not None


# What the log says.


def tell_error(channel: Channel, error: BaseException) -> None:
    """Log an error that no handler caught, as loud as it deserves; one that was told of when it ended the connection is not told again."""
    if reason_given(error) is not None:
        return
    if is_fault_of_peer(error, channel):
        told = _first_of(error)
        # The reason is the key of a table: of few kinds, whatever peers do, so the text of an error is no part of it.
        number = told.errno if isinstance(told, OSError) and not isinstance(told, NettyError) else None
        name = getattr(told, "close_reason", "") or _LIMITS.get(type(told), type(told).__name__)
        tell_peer(channel, name if number is None else f"{name} {number}", f"{name}: {told}", _level_of(told))
    else:
        tell_fault(channel, f"unhandled in {channel.pipeline()!r}", error)


def tell_peer(channel: Channel, reason: str, text: str, level: int = logging.WARNING) -> None:
    """Log what a peer did: one line, and then a count, for each *reason*, server and ten seconds; `peer_faults` counts all."""
    log = log_of(channel)
    log.count(reason)
    if _log.isEnabledFor(level):
        log.tell(channel.loop, _log, level, reason, f"{channel!r}: {text}")


def tell_fault(channel: Channel, text: str, error: BaseException, level: int = logging.ERROR) -> None:
    """Log an error of our own code with its traceback; the same from the same place more than ten times in ten seconds is counted."""
    reason = f"{type(error).__name__} {_place_of(error)}"
    log_of(channel).tell(channel.loop, _log, level, reason, f"{channel!r}: {text}", burst=_BURST_OF_OURS, error=error)


def flush_faults(*owners: object) -> None:
    """Write the counts that servers, channels or loops among *owners* still keep."""
    for owner in owners:
        kept: LimitedLog | None = getattr(owner, "faults", None)
        if kept is not None:
            kept.flush()


def _level_of(error: BaseException) -> int:
    """Return how loud *error* of a peer is told.

    Peers leave all the time; what the network does is worth a look; rubbish and slowness may be an attack, or a mistake of ours.
    """
    if isinstance(error, DecoderError):
        return logging.WARNING
    if isinstance(error, ConnectionError):
        return logging.DEBUG
    return logging.WARNING if isinstance(error, NettyError) else logging.INFO


def _first_of(error: BaseException) -> BaseException:
    return _first_of(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


def _place_of(error: BaseException) -> str:
    """Name the place where *error* was raised.

    An object that is raised again and again carries the frames of all times: not all are gone through.
    """
    found = error.__traceback__
    if found is None:
        return "raised nowhere"
    for _ in range(_DEEPEST):
        if found.tb_next is None:
            break
        found = found.tb_next
    return f"at {found.tb_frame.f_code.co_filename}:{found.tb_lineno}"


def log_of(channel: Channel) -> LimitedLog:
    """Return the log of the server that has accepted the connection; a channel without a peer has its own, clients share their loop's."""
    channel = carrier_of(channel)
    owner = channel.parent
    if owner is None and channel.remote_address() is None and channel.local_address() is not None:
        owner = channel
    if owner is not None:
        if owner.faults is None:
            owner.faults = LimitedLog(f"at {owner.local_address()}")
        return owner.faults
    state = channel.loop_state
    if state.faults is None:
        state.faults = LimitedLog("of connections that were opened here")
    return state.faults
