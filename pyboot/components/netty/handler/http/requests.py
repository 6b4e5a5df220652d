"""RequestQueue: what a handler knows of the requests that wait for their response, oldest first.

Law 1. Responses leave in the order of their requests (RFC 9112 9.3.2), so the first entry is the one of the response that is written.
Law 2. An answer of the handler's own, to a request that goes no further, waits until the requests before it were answered. Law 3. A
response before the response (1xx, but for 101) ends nothing.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, final

from pyboot.components.netty.wire.http.message import FullHttpResponse, HttpResponse, LastHttpContent

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["RequestQueue"]


@final
class RequestQueue[T]:
    """The requests of one connection."""

    def __init__(self) -> None:
        self._entries: deque[T | FullHttpResponse] = deque()

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: T) -> None:
        """Note a request that is passed on."""
        self._entries.append(entry)

    def answer(self, ctx: ChannelHandlerContext, response: FullHttpResponse) -> None:
        """Answer a request that is not passed on, in its turn."""
        self._entries.append(response)
        if len(self._entries) == 1:
            self._write_answers(ctx)

    def of(self, response: HttpResponse) -> T | None:
        """Return the entry of the request that *response* is for; None of an informational one, and where no request waits."""
        if (response.status < 200 and response.status != 101) or not self._entries:
            return None
        entry = self._entries[0]
        return None if isinstance(entry, FullHttpResponse) else entry

    def written(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Note that *msg* was passed on to the network: the end of a response makes way for what waits behind it."""
        if not isinstance(msg, LastHttpContent) or not self._entries:
            return
        if isinstance(msg, HttpResponse) and msg.status < 200 and msg.status != 101:
            return
        self._entries.popleft()
        self._write_answers(ctx)

    def take(self) -> T | None:
        """Forget the oldest request, and return what is known of it; None if none is left. For those that get no response any more."""
        while self._entries:
            if not isinstance(entry := self._entries.popleft(), FullHttpResponse):
                return entry
        return None

    def _write_answers(self, ctx: ChannelHandlerContext) -> None:
        is_due = False
        while self._entries and isinstance(answer := self._entries[0], FullHttpResponse):
            self._entries.popleft()
            ctx.write(answer)
            is_due = True
        if is_due:
            ctx.flush()
