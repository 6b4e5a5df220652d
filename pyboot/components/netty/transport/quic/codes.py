"""QuicCodes: the error numbers of an application protocol over QUIC, which alone knows what they mean (RFC 9000 20.2)."""

from __future__ import annotations

from typing import NamedTuple, final

__all__ = ["QuicCodes"]


@final
class QuicCodes(NamedTuple):
    """The numbers that a connection tells its peer of its own accord; the handler of the protocol sets ``channel.codes``.

    Args:
        no_error: the connection ends, or no more of a stream is wanted, and nothing is wrong.
        cancelled: a stream is broken off, or what is left of it is not read.
        refused: a stream is refused, and nothing was done with it.
        excessive_load: the peer asks for too much. None, the default of a protocol without such a number: the connection ends with
            QUIC's own APPLICATION_ERROR (RFC 9000 20.1), for 0 would say that nothing is wrong.
    """

    no_error: int = 0
    cancelled: int = 0
    refused: int = 0
    excessive_load: int | None = None
