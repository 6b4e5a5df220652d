"""HttpServerObservationHandler: tells observers of each request of a connection, or of a stream, and of its end.

Theory of operation. It stands behind the codec and in front of all that may answer, so it sees each request and each response. Responses
leave in the order of their requests (RFC 9112 9.3.2), so the oldest request is the one whose response is written.

Law of the current request. While a request is handed on, it is current; else the oldest that waits for its response is. That holds in the
channel's own context, so for plain callbacks, and for coroutines, which take one request after the other. The task of an ASGI
application has a context of its own, where `applied` says it.

Law of the end. A request has ended when its response was handed to the network. Where that is a failure (5xx) and an application still
runs, it ends with the application, for frameworks answer before they raise; its time is the response's all the same.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, final

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.wire.http.message import HttpRequest, HttpResponse, LastHttpContent

from .observer import OBSERVED, HttpObservation, HttpServerObserver

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["HttpServerObservationHandler"]


@final
class HttpServerObservationHandler(ChannelHandler[Any]):
    """Tells *observers*; the *clock* gives seconds. Source: Micrometer's ``http.server.requests``."""

    def __init__(self, observers: Sequence[HttpServerObserver], clock: Callable[[], float] = time.perf_counter) -> None:
        self._observers = tuple(observers)
        # What most do not ask for is not paid for: decided once for the connection.
        self._entered = [each for each in observers if type(each).made_current is not HttpServerObserver.made_current]
        self._clock = clock
        self._waiting: deque[HttpObservation] = deque()
        self._handed_on: HttpObservation | None = None
        self._applied: set[HttpObservation] = set()  # those whose application runs
        self._late: set[HttpObservation] = set()  # and of these, those whose response has left

    @property
    def is_traced(self) -> bool:
        """True if somebody has requests made current: the work that is done for them is known by them."""
        return bool(self._entered)

    @property
    def current(self) -> HttpObservation | None:
        """The request that is being answered."""
        return self._handed_on or (self._waiting[0] if self._waiting else None)

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if not isinstance(msg, HttpRequest):
            return ctx.fire_channel_read(msg)
        seen = HttpObservation(msg, ctx.channel, self._clock())
        for observer in self._observers:
            observer.began(seen)
        self._waiting.append(seen)
        OBSERVED.set(self)
        self._handed_on = seen
        if self._entered:
            self._make_current(seen)
        try:
            return ctx.fire_channel_read(msg)
        finally:
            self._handed_on = None
            if self._entered:
                self._make_current(self.current)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        waiting = self._waiting
        if not waiting:
            return ctx.write(msg, promise)
        seen = waiting[0]
        if isinstance(msg, HttpResponse) and (msg.status >= 200 or msg.status == 101):
            seen.status, seen.headers = msg.status, msg.headers
        written = ctx.write(msg, promise)
        if seen.status and isinstance(msg, LastHttpContent):
            if isinstance(written, ChannelPromise) and written.error is not None:
                seen.status = 0  # refused: another response will be the one
            else:
                waiting.popleft()
                self._end(ctx, seen)
        return written

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        """Tell of those that get no response any more."""
        while self._waiting:
            seen = self._waiting.popleft()
            seen.status = 0
            self._end(ctx, seen)
        return ctx.fire_channel_inactive()

    @contextmanager
    def applied(self, seen: HttpObservation) -> Iterator[None]:
        """Let an application answer in the block, which runs in a context of its own; what it raises is noted, and goes on."""
        for observer in self._entered:
            observer.made_current(seen)
        self._applied.add(seen)
        try:
            yield
        except BaseException as error:
            seen.error = error
            raise
        finally:
            self._applied.discard(seen)
            if seen in self._late:
                self._late.discard(seen)
                self._tell(seen)

    def _end(self, ctx: ChannelHandlerContext, seen: HttpObservation) -> None:
        seen.seconds = self._clock() - seen.began
        if seen.status >= 500 and seen in self._applied:
            self._late.add(seen)
        else:
            self._tell(seen)
        if self._entered and self._handed_on is None:  # else `channel_read` does it
            self._pass_on(ctx, is_in_channel=seen.routing is None)

    def _tell(self, seen: HttpObservation) -> None:
        for observer in self._observers:
            observer.ended(seen)

    def _pass_on(self, ctx: ChannelHandlerContext, *, is_in_channel: bool) -> None:
        """Make the next request current in the channel's context, in which we are or are not."""
        own = ctx.channel.own_context()
        try:
            own.run(self._make_current, self.current)
        except RuntimeError:  # somebody is in it: a callback of the channel, which is us unless an application has written
            if is_in_channel:
                self._make_current(self.current)
            ctx.channel.loop.call_soon(self._make_current_now, context=own)

    def _make_current_now(self) -> None:
        self._make_current(self.current)

    def _make_current(self, seen: HttpObservation | None) -> None:
        for observer in self._entered:
            observer.made_current(seen)
