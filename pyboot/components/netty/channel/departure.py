"""Departure: how a channel that is closed takes leave of its handlers.

Law 1: every handler learns that the channel is gone before any is removed. Law 2: what a handler waited for when the channel
closed is cancelled; what it does with the news is not. Law 3: whoever waits for an operation that will not happen any
more is told. Law 4: all of it is over after the close timeout.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, final

from pyboot.components.netty.buffer.message import release

from .driver import operate_through, write_through
from .event import ChannelEvent

if TYPE_CHECKING:
    from .lifecycle import ChannelLifecycle
    from .mailbox import Letter
    from .promise import ChannelPromise

__all__ = ["Departure"]

_log = logging.getLogger(__name__)

# Events that still reach a handler whose mailbox was full of others when the channel closed.
_FAREWELL: Final = frozenset(
    {"channel_event", "channel_inactive", "channel_unregistered", "exception_caught", "given", "handler_added", "handler_removed"}
)


@final
class Departure:
    """Made when the carrier is gone; `begin` tells the handlers, `go_on` is called when one of them has caught up."""

    def __init__(self, channel: ChannelLifecycle) -> None:
        self._channel = channel
        self._is_over = False
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Tell the handlers that it is over, and cancel what they waited for until then."""
        channel = self._channel
        pipeline = channel.pipeline()
        suspended = [mailbox for mailbox in pipeline.mailboxes() if mailbox.busy]
        if channel.was_active:
            if pipeline.wants_events:
                pipeline.fire_channel_event(ChannelEvent.DISCONNECTED)
            pipeline.fire_channel_inactive()
        if channel.is_registered:
            channel.is_registered = False
            pipeline.fire_channel_unregistered()
        for mailbox in pipeline.mailboxes():
            for letter in mailbox.drop_letters(_FAREWELL):
                self._lost(letter)
        for mailbox in suspended:
            mailbox.cancel()
        self.go_on()

    def go_on(self) -> None:
        """When every handler has had its farewell, empty the pipeline; at the latest after the close timeout."""
        channel = self._channel
        if not channel.pipeline().has_mail():
            self._end()
        elif self._timer is None:
            self._timer = channel.loop.call_later(channel.config.close_timeout, self._end)

    def _end(self) -> None:
        if not self._is_over:
            self._is_over = True
            if self._timer is not None:
                self._timer.cancel()
            self._channel.pipeline().destroy()

    def _lost(self, letter: Letter) -> None:
        """An event that waited for a handler when the channel closed will not be handled."""
        channel = self._channel
        name, function, arguments = letter
        _log.debug("%r closed before %s was handled", channel, name)
        if function is write_through:
            channel.write_lost(arguments)
            release(arguments[1])
        elif function is operate_through:
            promise: ChannelPromise = arguments[3]
            if name == "close":
                promise.try_success()
            else:
                promise.try_failure(channel.closed_error())
        elif name == "channel_read":
            release(arguments[1])
