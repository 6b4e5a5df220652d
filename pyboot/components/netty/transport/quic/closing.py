"""QuicClosing: what is left of a connection that has ended, for about three probe timeouts (RFC 9000 10.2).

Theory of operation. Our CONNECTION_CLOSE may be lost, and a peer that has not heard of the end goes on asking until its idle timeout. So
who has ended a connection keeps the packets that said so, and nothing else of it, and answers what still comes with them, byte for byte
(10.2.1 allows that)::

    closing     we have ended it: the 1st, 2nd, 4th, 8th... packet is answered, by no more than three times what has come
    draining    the peer has ended it: nothing is said any more, but what was under way is still known, and begins no connection anew

Nobody waits for it: whoever closes the socket, or the loop, ends it early, as 10.2 allows those whose socket answers no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, final

from pyboot.components.netty.channel.life.deadline import Deadline

from .endpoint import QuicEndpoint

__all__ = ["QuicClosing"]

# Three probe timeouts are a tenth of a second for a peer that is near, but a peer decides how far away it seems.
_MAX_SECONDS: Final = 3.0
# The law of amplification (RFC 9000 8.1): who sends here may have forged where from.
_AMPLIFICATION: Final = 3


@final
class QuicClosing:
    """The end of a connection, for *seconds*, three at most; *datagrams* said so to the peer, none if it was the peer's own.

    They leave by *endpoint*; *over* is called once, when the time is over or `end` is called.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        seconds: float,
        endpoint: QuicEndpoint,
        datagrams: Sequence[tuple[bytes, Any]],  # Any: the shape of an address depends on its family
        over: Callable[[], object],
    ) -> None:
        self._endpoint = endpoint
        self._datagrams = datagrams
        self._size = sum(len(data) for data, _ in datagrams)
        self._came = self._room = 0
        self._over: Callable[[], object] | None = over
        self._deadline = Deadline(loop, min(seconds, _MAX_SECONDS), self.end)

    def received(self, size: int) -> None:
        """A datagram of *size* bytes has come for the connection."""
        if self._over is None:
            return
        self._came += 1
        self._room += _AMPLIFICATION * size
        if self._came & (self._came - 1) or self._size > self._room:
            return
        self._room -= self._size
        for data, address in self._datagrams:
            self._endpoint.send(data, address)

    def end(self) -> None:
        """Forget the connection; harmless again."""
        over, self._over = self._over, None
        if over is not None:
            self._deadline.cancel()
            over()
