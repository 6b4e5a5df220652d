"""HttpRequestRejected: the event that tells of a request that was refused before any handler saw it."""

from __future__ import annotations

from typing import final

from pyboot.components.netty.wire.http.errors import HttpDecoderError

__all__ = ["HttpRequestRejected"]


@final
class HttpRequestRejected:
    """A codec has refused what a peer sent, or is about to when earlier requests are answered; *error* says why and with what status.

    For those who count: ``event.error.reason`` is one of few.
    """

    __slots__ = ("error",)

    def __init__(self, error: HttpDecoderError) -> None:
        self.error = error

    def __repr__(self) -> str:
        return f"HttpRequestRejected({self.error.status}, {self.error.reason})"
