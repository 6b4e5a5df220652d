"""Exchange: which requests of one connection wait for their response, and what the response to each must know of it.

Both directions share it. Who sends requests begins an exchange with each (`begin`), who sends responses ends it (`end`), in order: HTTP/1
has no other way to tell which response belongs to which request. An informational response, 1xx, ends nothing.

What must be known is rare: of a plain GET on a connection that is kept, nothing. So requests are numbers, and only those with something to
be known stand in a list. Source: the queue of methods in Netty's ``HttpServerCodec`` and ``HttpClientCodec``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, final

from mypy_extensions import i64

__all__ = ["CONNECT", "HEAD", "HTTP_1_0", "LAST", "UPGRADE", "Exchange"]

HEAD: Final = 1  # the response has no content, whatever it says
CONNECT: Final = 2  # a response of 2xx makes a tunnel
UPGRADE: Final = 4  # a response of 101 changes the protocol
HTTP_1_0: Final = 8  # the response must not be chunked
LAST: Final = 16  # the connection ends behind the response


@final
class Exchange:
    """The requests of one connection, in their order."""

    def __init__(self) -> None:
        self.begun: i64 = 0
        self.ended: i64 = 0
        self.is_switched = False  # both directions are another protocol's
        self.is_over = False  # a response was the last: no request behind it is read any more (RFC 9112 9.6)
        # The connection is about to end: tells whether nothing behind the newest request has come (`HttpRequestDecoder`). None: it goes on.
        self.is_newest_last: Callable[[], bool] | None = None
        # Who holds what came back until a response has ended (`HttpRequestDecoder`), for whoever writes responses to call.
        self.when_ended: Callable[[], None] | None = None
        self._facts: deque[tuple[int, int]] = deque()  # the number of a request, and flags of it

    @property
    def waiting(self) -> int:
        """The number of requests that wait for their response, or for the rest of it."""
        return int(self.begun - self.ended)

    def begin(self, facts: i64) -> None:
        """A request begins; *facts*: the flags above."""
        # hot path: once for each request.
        if facts != 0:
            self._facts.append((int(self.begun), int(facts)))
        self.begun += 1

    def facts(self) -> i64:
        """The flags of the request whose response is next; 0 also where none waits."""
        # hot path: once for each response.
        if not self._facts:
            return 0
        first = self._facts[0]
        return first[1] if first[0] == self.ended else 0

    def is_draining_behind_next(self) -> bool:
        """True if the connection is about to end, and the response that is next answers the last request that has come."""
        is_newest_last = self.is_newest_last
        return is_newest_last is not None and self.begun - self.ended == 1 and is_newest_last()

    def end(self) -> None:
        """The response to the oldest request is over."""
        facts = self._facts
        if facts and facts[0][0] == self.ended:
            facts.popleft()
        self.ended += 1

    def __repr__(self) -> str:
        return f"<Exchange waiting={self.waiting}>"
