"""Watching: finds out that a peer is gone where the loop does not look, because nothing is read there.

No loop reports a reset while reading is paused, or after the peer has ended its side; such a connection would stay for
ever (the same in Netty: CVE-2026-42577). So once a second all those connections, and only those, are asked by one
``poll`` call, which tells without reading. With none of them there is no timer. Linux only: elsewhere ``POLLRDHUP`` is
missing, and a dead peer is noticed with the next read or write.

What is found:

- a reset: the channel is closed with that error; bytes that the operating system still has are dropped, those that are held
  for the channel (`paused_protocol`) were received, and come first;
- the orderly end of the peer's side, with all that it sent read: the channel's input has ended;
- that end with bytes unread or held: nothing, for it will be met when they are read;
- a channel that is closing its transport already: nothing, for it knows.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
import struct
from typing import TYPE_CHECKING, Final, final

if TYPE_CHECKING:
    from .tcp import SocketChannel

__all__ = ["has_unread", "unwatch", "watch"]

_INTERVAL_SECONDS: Final = 1.0
_POLLRDHUP: Final[int] = getattr(select, "POLLRDHUP", 0)


def watch(channel: SocketChannel) -> None:
    """Look after *channel* until `unwatch`; not if it has no socket, for then its transport tells by itself. On its loop."""
    if _POLLRDHUP and channel.get_extra_info("socket") is not None:
        state = channel.loop_state
        if state.watch is None:
            state.watch = _Watch(channel.loop)
        state.watch.add(channel)


def unwatch(channel: SocketChannel) -> None:
    """Stop looking after *channel*: the loop does so again, or the channel is gone."""
    state = channel.loop_state
    if state.watch is not None and state.watch.remove(channel):
        state.watch = None


def has_unread(channel: SocketChannel) -> bool:
    """True if something that the peer sent, its end included, waits in the operating system: the loop has not looked since it came.

    Whoever is about to use a connection that has rested lets the loop look first. Always False where that cannot be asked.
    """
    sock = channel.get_extra_info("socket")
    descriptor = -1 if sock is None or not _POLLRDHUP else sock.fileno()
    if descriptor < 0:
        return False
    asked = select.poll()
    asked.register(descriptor, select.POLLIN | _POLLRDHUP)
    return bool(asked.poll(0))


@final
class _Watch:
    """The watched channels of one loop, by descriptor, and the timer that is on while there are any."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._poll = select.poll()
        self._channels: dict[int, SocketChannel] = {}
        self._descriptors: dict[SocketChannel, int] = {}
        self._timer = loop.call_later(_INTERVAL_SECONDS, self._look)

    def add(self, channel: SocketChannel) -> None:
        descriptor = channel.get_extra_info("socket").fileno()
        if descriptor < 0:
            return
        self._channels[descriptor] = channel
        self._descriptors[channel] = descriptor
        # After the end of the peer's side only its reset is news.
        self._poll.register(descriptor, 0 if channel.has_peer_ended else _POLLRDHUP)

    def remove(self, channel: SocketChannel) -> bool:
        """Forget *channel*; tell whether it was the last."""
        descriptor = self._descriptors.pop(channel, -1)
        # The descriptor of a connection that is gone may be another's already.
        if self._channels.get(descriptor) is channel:
            del self._channels[descriptor]
            self._poll.unregister(descriptor)
        if not self._channels:
            self._timer.cancel()
        return not self._channels

    def _look(self) -> None:
        self._timer = self._loop.call_later(_INTERVAL_SECONDS, self._look)
        for descriptor, events in self._poll.poll(0):
            channel = self._channels[descriptor]
            if events & select.POLLNVAL or channel.get_transport().is_closing():
                continue  # closed a moment ago
            if events & select.POLLERR or (events & select.POLLHUP and channel.has_peer_ended):
                self._poll.modify(descriptor, 0)  # before anybody is told, who may unwatch it
                channel.peer_was_reset(_error_of(descriptor))
            elif _unread(descriptor) == 0 and not channel.holds_unread:
                self._poll.modify(descriptor, 0)
                channel.peer_ended()


def _error_of(descriptor: int) -> OSError:
    # A duplicate, for the end of the block closes it, and the descriptor is the transport's. Asking takes the error out of the socket.
    with socket.socket(fileno=os.dup(descriptor)) as sock:
        number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return OSError(number, os.strerror(number)) if number else ConnectionResetError("the peer has closed both sides")


def _unread(descriptor: int) -> int:
    """The number of bytes that wait to be read."""
    import fcntl  # not on Windows, where nothing is watched
    import termios

    (count,) = struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0\0\0\0"))
    return int(count)
