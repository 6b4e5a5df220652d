"""Carrier: the connection that carries a channel, which a stream is not, and whether it is encrypted. No I/O here, and no TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .channel import Channel

__all__ = ["carrier_of", "is_secure"]


def carrier_of(channel: Channel) -> Channel:
    """Return the connection of *channel*: the one that carries it where it is a stream, else itself."""
    return channel.parent if channel.parent is not None and channel.is_stream() else channel


def is_secure(channel: Channel) -> bool:
    """Tell whether the connection of *channel* is encrypted: by TLS, or as all of QUIC are."""
    carrier = carrier_of(channel)
    # By what an `SslHandler` has, not by its class: who asks for this may have no TLS, and pays for none of it.
    return getattr(carrier, "is_encrypted", False) or any(hasattr(type(each), "application_protocol") for _, each in carrier.pipeline())
