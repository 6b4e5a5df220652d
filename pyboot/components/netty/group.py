"""ChannelGroup: a set of channels to speak to all at once. Source: Netty's ``DefaultChannelGroup``.

A channel leaves the group by itself when it closes. The channels may live on different loops, and the group may be used from
any thread: what is asked of a channel is done on its own loop.

Theory of operation. No lock is held anywhere, for a lock that a handler waits for would stop a loop. Instead each step is one that the
interpreter does not divide: the set is a dict whose single operations are atomic, whoever iterates takes a copy first, and the last of many
results is the one that draws the last number of a counter. A channel that closes while an operation is on its way fails that operation's
promise on its own loop, as any operation on a closed channel does; a channel whose loop has ended fails it at once (`_on_loop`). So each
promise of a `ChannelGroupFuture` is completed, and the future ends.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, Final, final

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.pipeline import ChannelPipeline
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ChannelGroupError, LoopEndedError
from pyboot.components.netty.matcher import ChannelMatcher, ChannelMatchers
from pyboot.components.netty.transport.listening import ServerSocketChannel

__all__ = ["ChannelGroup", "ChannelGroupFuture"]

type Operation = Callable[..., object]

_numbers: Final = itertools.count(1)
_ALL: Final = ChannelMatchers.all()


@final
class ChannelGroupFuture:
    """The end of one operation on many channels: await it on any loop, or block for its `result` in a plain thread.

    Awaiting raises `ChannelGroupError`, which holds the error of each channel that failed, when all are over. A failure that
    nobody awaits goes to exception_caught of its channel, unless the loop of that channel has ended.
    """

    def __init__(self, channels: Iterable[Channel]) -> None:
        """Wait for an operation on each of *channels*; with no channels it is over at once."""
        self.promises: dict[Channel, ChannelPromise] = {channel: channel.new_promise() for channel in channels}
        self._is_awaited = False
        self._done: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._left = itertools.count(len(self.promises) - 1, -1)
        for channel, promise in self.promises.items():
            promise.add_listener(lambda ended, channel=channel: self._ended(channel, ended))  # type: ignore[misc]  # bound now
        if not self.promises:
            self._done.set_result(None)

    def _ended(self, channel: Channel, promise: ChannelPromise) -> None:
        """On the loop of *channel*. Taking a number of a counter is atomic, so the last one is told apart without a lock."""
        if isinstance(promise.error, Exception) and not isinstance(promise.error, LoopEndedError):
            channel.loop.call_soon(self._report_unless_awaited, channel, promise.error)
        if next(self._left) == 0:
            failures = self.failures
            if failures:
                self._done.set_exception(ChannelGroupError(failures, len(self.promises)))
            else:
                self._done.set_result(None)

    def _report_unless_awaited(self, channel: Channel, error: Exception) -> None:
        if not self._is_awaited:
            channel.pipeline().fire_exception_caught(error)

    @property
    def failures(self) -> dict[Channel, BaseException]:
        """The error of each channel that failed so far."""
        return {channel: promise.error for channel, promise in self.promises.items() if promise.error is not None}

    @property
    def is_done(self) -> bool:
        """True if it is over on all channels."""
        return self._done.done()

    @property
    def is_success(self) -> bool:
        """True if it is over and no channel failed."""
        return self.is_done and not self.failures

    @property
    def is_partial_success(self) -> bool:
        """True if it is over, on some channels well and on some not."""
        return self.is_done and 0 < len(self.failures) < len(self.promises)

    def result(self, timeout: float | None = None) -> None:
        """Block until it is over; never call this on a loop. Raises `ChannelGroupError`, or TimeoutError after *timeout* seconds."""
        self._is_awaited = True
        self._done.result(timeout)

    def __await__(self) -> Generator[Any, None, None]:
        """Wait for the end on all channels; cancelling the waiting task changes nothing there."""
        self._is_awaited = True
        yield from asyncio.shield(asyncio.wrap_future(self._done)).__await__()

    def __len__(self) -> int:
        return len(self.promises)

    def __repr__(self) -> str:
        return f"<ChannelGroupFuture of {len(self)}: {len(self.failures)} failed{'' if self.is_done else ', going on'}>"


@final
class ChannelGroup:
    """A set of open channels. With *stay_closed*, what is added after `close` is closed at once."""

    def __init__(self, name: str | None = None, *, stay_closed: bool = False) -> None:
        self.name = name if name is not None else f"group-{next(_numbers)}"
        self._stay_closed = stay_closed
        self._is_closed = False
        self._channels: dict[str, Channel] = {}

    # The set.

    def add(self, channel: Channel) -> bool:
        """Put *channel* in until it closes; False if it is in already."""
        if channel.id in self._channels:
            return False
        self._channels[channel.id] = channel
        # By a promise of our own: the channel may be closed already, or its loop ended, and both complete that.
        leaving = channel.new_promise()
        leaving.add_listener(lambda _: self.discard(channel))
        _on_loop(channel, leaving, _tell_closed, channel.pipeline(), leaving)
        if self._is_closed:
            channel.close()
        return True

    def discard(self, channel: Channel) -> bool:
        """Take *channel* out; False if it is not in."""
        return self._channels.pop(channel.id, None) is not None

    def find(self, channel_id: str) -> Channel | None:
        """The channel with that id, or None."""
        return self._channels.get(channel_id)

    def __contains__(self, channel: Channel) -> bool:
        return self._channels.get(channel.id) is channel

    def __iter__(self) -> Iterator[Channel]:
        return iter(list(self._channels.values()))

    def __len__(self) -> int:
        return len(self._channels)

    # Operations on all, or on those that a matcher picks.

    def write(self, msg: object, matcher: ChannelMatcher = _ALL) -> ChannelGroupFuture:
        """Write *msg* on each connection; what counts references is duplicated for each of them and released here once."""
        return self._send(ChannelPipeline.write, msg, matcher)

    def write_and_flush(self, msg: object, matcher: ChannelMatcher = _ALL) -> ChannelGroupFuture:
        """Write *msg* on each connection and send it."""
        return self._send(ChannelPipeline.write_and_flush, msg, matcher)

    def flush(self, matcher: ChannelMatcher = _ALL) -> None:
        """Send on each connection what was written; what fails goes to exception_caught of its channel."""
        for channel in self._connections(matcher):
            _on_loop(channel, channel.new_promise(), ChannelPipeline.flush, channel.pipeline())

    def disconnect(self, matcher: ChannelMatcher = _ALL) -> ChannelGroupFuture:
        """Disconnect the channels, listening ones first; a stream is closed by that."""
        return self._on_each(self._servers_first(matcher), ChannelPipeline.disconnect)

    def close(self, matcher: ChannelMatcher = _ALL) -> ChannelGroupFuture:
        """Close the channels, listening ones first, so that nobody comes in while the others go."""
        self._is_closed = self._is_closed or self._stay_closed
        return self._on_each(self._servers_first(matcher), ChannelPipeline.close)

    def new_close_future(self, matcher: ChannelMatcher = _ALL) -> ChannelGroupFuture:
        """Wait until the channels that are in now are closed, by whomever."""
        return self._on_each(self._servers_first(matcher), _tell_closed)

    def _send(self, operation: Operation, msg: Any, matcher: ChannelMatcher) -> ChannelGroupFuture:
        future = ChannelGroupFuture(self._connections(matcher))
        duplicate = getattr(msg, "retained_duplicate", None)
        for channel, promise in future.promises.items():
            _on_loop(channel, promise, operation, channel.pipeline(), msg if duplicate is None else duplicate(), promise)
        if duplicate is not None:
            release(msg)
        return future

    def _on_each(self, channels: list[Channel], operation: Operation) -> ChannelGroupFuture:
        future = ChannelGroupFuture(channels)
        for channel, promise in future.promises.items():
            _on_loop(channel, promise, operation, channel.pipeline(), promise)
        return future

    def _connections(self, matcher: ChannelMatcher) -> list[Channel]:
        return [channel for channel in self if not isinstance(channel, ServerSocketChannel) and matcher(channel)]

    def _servers_first(self, matcher: ChannelMatcher) -> list[Channel]:
        matching = [channel for channel in self if matcher(channel)]
        return sorted(matching, key=lambda channel: not isinstance(channel, ServerSocketChannel))  # False comes first

    def __repr__(self) -> str:
        return f"<ChannelGroup {self.name}: {len(self)} channels>"


def _tell_closed(pipeline: ChannelPipeline, promise: ChannelPromise) -> None:
    pipeline.channel.close_future.add_listener(lambda _: promise.try_success())


def _on_loop(channel: Channel, promise: ChannelPromise, operation: Operation, *arguments: object) -> None:
    """Call *operation* on the loop of *channel*, at once if the caller is there; a loop that has ended fails *promise*."""
    if channel.in_event_loop():
        operation(*arguments)
        return
    try:
        channel.loop.call_soon_threadsafe(operation, *arguments)
    except RuntimeError:
        promise.try_failure(LoopEndedError(channel.loop))
