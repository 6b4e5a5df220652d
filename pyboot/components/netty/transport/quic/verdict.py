"""Verdict: why a connection of QUIC has ended, where this side has decided that for what its peer did, or did not do.

An end that the peer has decided is judged by its error (`QuicClosedError.close_reason`); one that the application wanted needs no judge.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.life.closing import ACTIVE

if TYPE_CHECKING:
    from pyboot.components.netty.errors import NettyError

    from .channel import QuicChannel
    from .errors import QuicClosedError
    from .machine import QuicMachine

__all__ = ["cut_off_connection", "judge"]

# Of RFC 9000 20.1; the second has an alert of TLS in its last eight bits.
_INTERNAL_ERROR: Final = 0x1
_CRYPTO_ERROR: Final = 0x100


def judge(channel: QuicChannel, machine: QuicMachine, error: QuicClosedError) -> None:
    """Tell and count the end of *channel* with *error*, if it was this side that has decided it."""
    if machine.has_ended_itself:
        is_tls = not error.is_application and error.code & ~0xFF == _CRYPTO_ERROR
        cut_off_connection(channel, CloseReason.TLS_ERROR if is_tls else CloseReason.PROTOCOL_ERROR, error)
    elif machine.has_lost_peer:
        is_silent = error.code == _INTERNAL_ERROR  # aioquic's for an idle timeout; with another one no way to the peer is left
        cut_off_connection(channel, CloseReason.IDLE_TIMEOUT if is_silent else CloseReason.PEER_LOST, error, logging.INFO)


def cut_off_connection(channel: QuicChannel, reason: CloseReason, error: NettyError, level: int = logging.WARNING) -> None:
    """Cut *channel* off (`cut_off`); of an attempt to connect its caller hears, so the log tells of it at DEBUG alone."""
    is_attempt = channel.parent is None and channel.state < ACTIVE
    cut_off(channel, reason, error, logging.DEBUG if is_attempt else level)
